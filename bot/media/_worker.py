"""The process that reads strangers' files. It knows no secrets, has limits, and may die.

Started by bot.media._process; reads jobs from its input until that ends.
"""

import contextlib
import importlib
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from bot.media import _frames
from bot.media._frames import Message
from bot.media._refusal import Refusal

if sys.platform != "win32":  # which has no such limits: there, only the bot's clock holds
    import resource

Job = Callable[[dict[str, Any], Sequence[bytes]], Message]

# Measured: all libraries together take 345 MB of address space (105 MB of memory); 25 megapixels
# with transparency take 100 MB, up to three times while they are turned and scaled.
ADDRESS_SPACE = 704 << 20
FILE_SIZE = 8 << 20  # nothing here writes files, but libraries keep caches
TIRED = 320 << 20  # memory after a job from which on a fresh process is better

MODULES = {"pictures", "masks", "sound", "documents", "charts"}


def main() -> None:
    # Whatever prints goes nowhere: the pipe is for answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable()
    _limit()
    serve(sys.stdin.buffer, answers)


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Do jobs until there are no more; a job's failure is its answer."""
    while start := questions.read(_frames.LENGTH):
        length = _frames.length_of(start)
        facts, sizes = _frames.header_of(questions.read(length))
        blobs = [questions.read(size) for size in sizes]
        answer = _answer(dict(facts), blobs)
        del blobs
        answers.write(_frames.head_of(answer))
        answers.writelines(answer.blobs)
        answers.flush()


def _answer(facts: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    _limit_time(float(facts["limit_s"]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = _job(str(facts.pop("job")))(facts, blobs)
    except Refusal as refusal:
        answer = Message({"refusal": refusal.kind, **refusal.facts})
    except MemoryError:
        return Message({"failure": "out_of_memory", "tired": True})
    except Exception as error:  # noqa: BLE001  parsers raise anything; the file is to blame
        answer = Message({"failure": "damaged", "where": _where(error)})
    return Message({**answer.facts, "tired": _memory() > TIRED}, answer.blobs)


def _job(name: str) -> Job:
    """`pictures.inspect` is the function `inspect` of bot.media._jobs.pictures."""
    module, _, function = name.partition(".")
    if module not in MODULES:
        raise LookupError(name)
    return getattr(importlib.import_module(f"bot.media._jobs.{module}"), function)


def _where(error: Exception) -> str:
    """Kind and place of a failure, without its message, in which a part of the file may stand."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"  # noqa: PTH119  text, and no path of ours
    return f"{type(error).__name__} at {place}"


def _limit() -> None:
    if sys.platform == "win32":
        return
    with contextlib.suppress(ValueError, OSError):  # a stricter limit is there already
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def _limit_time(seconds: float) -> None:
    """Processor time of the next job; the bot's clock is stricter, but the bot may be gone."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(ValueError, OSError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        end = int(used.ru_utime + used.ru_stime + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _memory() -> int:
    """Bytes of memory this process holds; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123  read at each job: cheap
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
