"""The list prices of our vendor, read by a process of its own: the others would weigh on this one.

genai-prices is one module with the models of some fifty vendors: to import it holds the event loop
for a third of a second, and keeps 20 MiB for good. Of that, OpenAI's part is 85 KiB.
"""

import asyncio
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from typing import Final

import structlog
from genai_prices.data_snapshot import DataSnapshot, set_custom_snapshot

from bot.domain.clock import Clock

LIMIT_S: Final = 10.0
VENDOR: Final = "openai"
_READ: Final = f"""
import os, pickle, sys
hasattr(os, "nice") and os.nice(10)
from genai_prices.data import providers
ours = [each for each in providers if each.id == {VENDOR!r}]
sys.stdout.buffer.write(pickle.dumps(ours))
"""

log = structlog.stdlib.get_logger(__name__)


async def load(clock: Clock, *, command: Sequence[str] = (sys.executable, "-c", _READ)) -> None:
    """From now on prices are looked up in this vendor's part alone.

    Until then, and should the process fail or take longer than LIMIT_S, genai-prices reads all of
    them when first asked.
    """
    reader = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    reading = asyncio.ensure_future(reader.communicate())
    patience = asyncio.ensure_future(clock.sleep(LIMIT_S))
    try:
        await asyncio.wait((reading, patience), return_when=asyncio.FIRST_COMPLETED)
    finally:
        patience.cancel()
        if not reading.done():
            reader.kill()
    found, _ = await reading
    if reader.returncode != 0:
        log.warning("list_prices_not_read", status=reader.returncode)
        return
    ours = pickle.loads(found)  # noqa: S301  written by the lines above
    set_custom_snapshot(DataSnapshot(providers=ours, from_auto_update=False))
