"""Each operation of the API times each of its documented errors: what the person reads.

/chat has its own matrix in test_faults.py. All cells of an operation are tried on one running bot,
which shows as well that none of them harms it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.driver import Invocation
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.media.sounds import recorded
from tests.pictures import a_png

STEP, LEAP = 0.5, 30.0
"""Seconds that the clock is moved at a time: for pauses between tries and edits, for a silence."""
FAILED, ENDED = "failed on its side", "ended before"
NOTE = recorded("wav")


def error(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **fields}}


def status(number: int, body: Any = None) -> dict[str, Any]:
    return {"kind": "status", "status": number, "body": body}


FAULTS: Mapping[str, tuple[dict[str, Any], str]] = {
    "400": (status(400, error("No good", param="x_y")), "The API refused `x_y`.\n> No good"),
    "400_content": ({"kind": "status", "error": "content_filter"}, "safety system"),
    "401": ({"kind": "status", "error": "invalid_api_key"}, "refused the bot's key"),
    "403": ({"kind": "status", "error": "permission_denied"}, "not allow"),
    "404_model": (status(404, error("No such model", code="model_not_found")), "There is no model"),
    "413": (status(413, error("Too large")), "Too large"),
    "422": (status(422, {"detail": [{"msg": "Bad", "loc": ["body", "z_z"]}]}), "refused `z_z`"),
    "429": ({"kind": "status", "error": "rate_limit"}, "too many requests right now"),
    "429_without": (
        {"kind": "status", "error": "rate_limit_without_retry_after"},
        "again in a minute",
    ),
    "429_quota": ({"kind": "status", "error": "insufficient_quota"}, "no credit left"),
    "500": ({"kind": "status", "error": "server_error"}, FAILED),
    "503_html": ({"kind": "status", "error": "html_503"}, FAILED),
    "dropped": ({"kind": "drop"}, "can't be reached"),
    "timeout": ({"kind": "slow_first_byte", "seconds": 10_000}, "said nothing for"),
    "cut": ({"kind": "cut", "after": 1}, ENDED),
    "malformed": ({"kind": "malformed", "after": 1}, "could not be read"),
    "200_error": ({"kind": "error_object"}, "The API"),
    "200_empty": ({"kind": "empty_body"}, "The API"),
    "200_html": ({"kind": "html"}, "not JSON"),
}


@dataclass(frozen=True)
class Asking:
    """A command, and what else is true of it.

    route    what is faulty
    streams  it comes in pieces, of which one may be none
    stands   the path that stands in where the endpoint is gone
    unlike   faults that this operation ends otherwise, with what is read then
    good     what a good answer has to hold, in its text or the names of its files
    """

    command: str
    route: str
    options: Callable[[User], Mapping[str, Any]]
    good: str
    streams: bool = False
    stands: str | None = None
    unlike: Mapping[str, str] | None = None


def picture(user: User) -> Any:
    return user.upload("cat.png", a_png(), "image/png")


def recording(user: User) -> Any:
    return user.upload("said.wav", NOTE, "audio/wav")


OPERATIONS = (
    Asking(
        "complete",
        "POST /completions",
        lambda _: {"prompt": "Once", "model": "gpt-3.5-turbo-instruct"},
        streams=True,
        good="A fine answer",
        stands="/chat/completions",
    ),
    Asking(
        "edit",
        "POST /edits",
        lambda _: {"instruction": "Fix", "input": "helo", "model": "text-davinci-edit-001"},
        good="A fine answer",
        stands="/chat/completions",
    ),
    Asking(
        "image generate",
        "POST /images/generations",
        lambda _: {"prompt": "a cat"},
        streams=True,
        good="picture-1.png",
    ),
    Asking(
        "image edit",
        "POST /images/edits",
        lambda user: {"image": picture(user), "prompt": "at night"},
        streams=True,
        good="picture-1.png",
    ),
    Asking(
        "image variation",
        "POST /images/variations",
        lambda user: {"image": picture(user)},
        good="picture-1.png",
        stands="/images/edits",
        # Its model is nobody's choice, so another may do it; what is cut is a refusal of `model`.
        unlike={"404_model": "/images/edits", "cut": "can't be reached"},
    ),
    Asking(
        "audio transcribe",
        "POST /audio/transcriptions",
        lambda user: {"file": recording(user)},
        streams=True,
        good="A fine answer",
    ),
    Asking(
        "audio translate",
        "POST /audio/translations",
        lambda user: {"file": recording(user)},
        good="A fine answer",
        stands="/audio/transcriptions",
        unlike={"404_model": "/audio/transcriptions"},
    ),
    Asking("audio speak", "POST /audio/speech", lambda _: {"text": "Hello"}, good="speech.mp3"),
    Asking("moderate", "POST /moderations", lambda _: {"text": "Hello"}, good="omni-moderation"),
    Asking("models list", "GET /models", lambda _: {}, good="62 models"),
    Asking("models info", "GET /models/gpt-4o", lambda _: {"model": "gpt-4o"}, good="gpt-4o"),
)


def seen(asked: Invocation) -> str:
    """All that the person can read of it, and the names of its files."""
    files = [file.name for message in asked.messages for file in message.attachments]
    return "\n".join([asked.text, *files])


def ended(asked: Invocation) -> bool:
    """An answer that can be asked for again, or one that is no turn."""
    last = asked.messages[-1] if asked.messages else None
    if last is None:
        return False
    if asked.interaction.data["name"] in ("moderate", "models"):
        return bool(last.text)
    return any(button.custom_id.startswith("retry:") for button in last.buttons)


async def end_of(asked: Invocation, clock: PatientClock, step: float) -> str:
    """All that there is to read when it is over."""
    ending = asyncio.ensure_future(asked.until(ended))
    while not ending.done():
        await clock.advance(step)
    await ending
    return seen(asked)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("asking", OPERATIONS, ids=lambda asking: asking.command)
async def test_each_documented_error_is_told_and_harms_nothing(
    sandbox: Sandbox, clock: PatientClock, asking: Asking
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.text = "A fine answer"
    wrong: dict[str, str] = {}
    for name, (fault, words) in FAULTS.items():
        if name == "malformed" and not asking.streams:
            continue
        await clock.advance(120)  # nobody asks that fast
        wanted = (asking.unlike or {}).get(name, words)
        if name == "200_html" and asking.stands:
            wanted = asking.stands
        sandbox.openai.faults.add(asking.route, **fault)
        asked = await ada.slash(asking.command, options=dict(asking.options(ada)))

        said = await end_of(asked, clock, LEAP if name == "timeout" else STEP)

        if wanted not in said:
            wrong[name] = said
        sandbox.openai.faults.clear()

    await clock.advance(120)
    asked = await ada.slash(asking.command, options=dict(asking.options(ada)))
    assert asking.good in await end_of(asked, clock, STEP)
    assert wrong == {}
