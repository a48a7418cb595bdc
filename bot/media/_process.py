"""One worker process, as the bot holds it."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from bot.media import _frames
from bot.media._frames import Message

ROOT = Path(__file__).resolve().parents[2]  # what `bot` is imported from
PIECE = 1 << 18  # bytes written at once: the pipe takes less, and what waits would be copied

# -I: neither PYTHONPATH nor the current folder decide what the worker imports.
_START = "import sys; sys.path.append(sys.argv[1]); from bot.media._worker import main; main()"

# No token or key is in the worker's environment, whatever a file makes it do.
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT")
_QUIET = {
    "OPENBLAS_NUM_THREADS": "1",  # each thread takes address space, of which there is a limit
    "MALLOC_ARENA_MAX": "2",
    "MPLBACKEND": "agg",
}


class WorkerProcess:
    """Does one job after the other; whoever gets an error from it must kill it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.jobs = 0

    @classmethod
    async def start(cls, scratch: str, environment: Mapping[str, str]) -> Self:
        """A fresh one; `scratch` is a folder for what libraries cache."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-c", _START, str(ROOT)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,  # decoders print what they find in a file
                env={
                    **inherited,
                    **_QUIET,
                    "HOME": scratch,
                    "MPLCONFIGDIR": scratch,
                    **environment,
                },
                cwd=scratch,
                start_new_session=True,  # Ctrl+C is for the bot, which ends its workers itself
            )
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False as soon as it has closed its pipe, which is seen before its end is."""
        answers = self._process.stdout
        closed = answers is None or answers.at_eof()
        return self._process.returncode is None and not closed

    async def ask(self, message: Message) -> Message:
        """Do one job.

        Raises:
            FrameError: the answer is none.
            OSError, EOFError: the process ended.
        """
        self.jobs += 1
        await self._write(_frames.head_of(message))
        for blob in message.blobs:
            await self._write(blob)
        answers = self._process.stdout
        assert answers is not None  # noqa: S101  a pipe was asked for
        length = _frames.length_of(await answers.readexactly(_frames.LENGTH))
        facts, sizes = _frames.header_of(await answers.readexactly(length))
        return Message(facts, [await answers.readexactly(size) for size in sizes])

    async def _write(self, data: bytes) -> None:
        questions = self._process.stdin
        assert questions is not None  # noqa: S101  a pipe was asked for
        view = memoryview(data)
        for at in range(0, len(view), PIECE):
            questions.write(view[at : at + PIECE])
            await questions.drain()

    def dismiss(self) -> None:
        """Ask it to end; it does when it waits for a job, and only then."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    async def ended(self) -> None:
        await self._process.wait()
