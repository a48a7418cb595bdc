"""List prices come without what other vendors' models weigh."""

import subprocess
import sys
from collections.abc import Iterator

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot, set_custom_snapshot
from typing_extensions import override

from bot.domain.clock import SystemClock
from bot.services.calls._list_prices import load
from tests.clocks import HandClock

USED = genai_prices.Usage(input_tokens=1_000_000, output_tokens=1_000_000)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    set_custom_snapshot(None)


def price(model: str) -> object:
    return genai_prices.calc_price(USED, model_ref=model, provider_id="openai").total_price


async def test_what_another_process_read_has_the_same_prices_and_no_other_vendor() -> None:
    models = ("gpt-4o-mini", "gpt-4.1", "text-embedding-3-small", "o3")
    whole = [price(model) for model in models]

    await load(SystemClock())

    assert [vendor.id for vendor in get_snapshot().providers] == ["openai"]
    assert [price(model) for model in models] == whole


def test_the_whole_list_never_enters_the_process_that_loaded_its_part() -> None:
    program = (
        "import asyncio, sys; from bot.services.calls._list_prices import load;"
        "from bot.domain.clock import SystemClock; asyncio.run(load(SystemClock()));"
        "sys.exit('genai_prices.data' in sys.modules)"
    )

    ended = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603  our own

    assert ended.returncode == 0


class Impatient(HandClock):
    @override
    async def sleep(self, seconds: float) -> None:
        """All of it has passed at once."""


async def test_a_reader_that_hangs_is_ended_and_all_prices_are_read_when_asked() -> None:
    hangs = (sys.executable, "-c", "import signal; signal.pause()")

    await load(Impatient(), command=hangs)

    assert len(get_snapshot().providers) > 1
    assert price("gpt-4o-mini") is not None
