"""Files that mean harm: each ends in a result or in a planned error, and the bot stays small.

`make faults` runs very many more of them; SWITCHBOARD_SEED chooses others.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Iterator

import pytest

from bot.domain.errors import BotError, FileError, FileFault, MediaError, MediaFailure
from bot.domain.media import PICTURE_2023, Container, SoundWanted
from bot.media import Media
from sandbox.clock import HandClock
from tests.media.hostile import BOMBS, harmed, sound_files
from tests.media.workers import MEASURED, memory_of, peak_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = int(os.environ.get("SWITCHBOARD_HOSTILE", "150"))
SEED = int(os.environ.get("SWITCHBOARD_SEED", "1"))
MIB = 1 << 20
WORKER_AT_MOST = 256 * MIB
ENCODED = SoundWanted(containers=frozenset({Container.OGG}))


def readers(media: Media, data: bytes) -> Iterator[Awaitable[object]]:
    """Everything a stranger's file may be given to."""
    yield media.pictures.fit(data, name="x", wanted=PICTURE_2023)
    yield media.pictures.inspect(data, name="x")
    yield media.sounds.probe(data, name="x")
    yield media.sounds.fit(data, name="x", wanted=ENCODED)
    yield media.documents.pdf_text(data, name="x")


async def outcome(reading: Awaitable[object]) -> str:
    """In a word; what is not planned is raised."""
    try:
        await reading
    except FileError as error:
        return error.fault.value
    except MediaError as error:
        return error.failure.value
    except BotError as error:
        return type(error).__name__
    return "read"


async def outcomes(media: Media, data: bytes) -> list[str]:
    return [await outcome(reading) for reading in readers(media, data)]


async def test_hostile_files_end_in_a_result_or_a_planned_error_and_the_bot_stays_small(
    media: Media, capsys: pytest.CaptureFixture[str]
) -> None:
    for data in sound_files():
        await outcomes(media, data)
    before = memory_of()
    counted: Counter[str] = Counter()
    broke: list[int] = []

    async def share(numbers: range) -> None:
        for number in numbers:
            found = await outcomes(media, harmed(number, SEED))
            counted.update(found)
            if MediaFailure.CRASHED.value in found or MediaFailure.TIMED_OUT.value in found:
                broke.append(number)

    await asyncio.gather(share(range(0, HOSTILE, 2)), share(range(1, HOSTILE, 2)))

    with capsys.disabled():
        print(f"\n{HOSTILE} hostile files: {dict(counted)}")  # noqa: T201  for `make faults`
    assert broke == []
    assert counted["read"] > 0
    assert counted[FileFault.DAMAGED.value] > 0
    assert memory_of() - before < 10 * MIB
    assert await outcomes(media, sound_files()[0]) == [
        "read",
        "read",
        *["not_sound"] * 2,
        "not_a_pdf",
    ]


@pytest.mark.parametrize("kind", BOMBS)
async def test_bombs_are_refused_and_neither_bot_nor_worker_grows(kind: str) -> None:
    async with Media(HandClock(), processes=1, environment=MEASURED) as media:
        for reading in readers(media, sound_files()[0]):
            await outcome(reading)  # now all libraries are there
        bombs = BOMBS[kind]()
        before = memory_of()

        for name, data in bombs.items():
            found = await outcomes(media, data)

            assert MediaFailure.CRASHED.value not in found, name
            assert memory_of() - before < 10 * MIB, name
            assert [peak_of(pid) for pid in media.pids if peak_of(pid) > WORKER_AT_MOST] == [], name
