"""Jobs by name, and their failures as our errors."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bot.domain.errors import (
    FileError,
    FileFault,
    MaskSizeError,
    MediaError,
    MediaFailure,
)
from bot.media._frames import MAX_BLOBS, Message
from bot.media._pool import WorkerPool

log = logging.getLogger(__name__)
T = TypeVar("T")

PARSE_S = 5.0  # for a picture or a PDF


class Calls:
    """The door between what services ask and the processes that do it."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    async def do(
        self,
        job: str,
        read: Callable[[Message], T],
        *,
        facts: Mapping[str, Any] | None = None,
        files: Sequence[tuple[str, bytes]] = (),
        limit_s: float = PARSE_S,
    ) -> T:
        """What `job` made of `files`, as `read` reads it.

        files  each with the name it goes by, which is empty where no person gave it

        Raises:
            FileError: one of the files can't be used, and why.
            MaskSizeError: the second file is not as large as the first.
            MediaError: the worker did not deliver.
        """
        names = [name for name, _ in files]
        first = names[0] if names else ""
        if sum(len(data) for _, data in files) > MAX_BLOBS:
            raise FileError(first, FileFault.TOO_LARGE, MAX_BLOBS)
        answer = await self._pool.run(
            Message({"job": job, "limit_s": limit_s, **(facts or {})}, [data for _, data in files]),
            limit_s=limit_s,
            filename=first,
        )
        try:
            _check(answer.facts, job, names)
            return read(answer)
        except (ValueError, TypeError, LookupError) as error:
            log.warning("A media worker's answer to %s can't be read", job)
            raise MediaError(MediaFailure.CRASHED, first) from error


def _check(facts: Mapping[str, Any], job: str, names: Sequence[str]) -> None:
    first = names[0] if names else ""
    if (refusal := facts.get("refusal")) == "file":
        limit = facts["limit"]
        raise FileError(
            names[int(facts["blob"])],
            FileFault(facts["fault"]),
            None if limit is None else int(limit),
        )
    if refusal == "mask_size":
        raise MaskSizeError(_size(facts["picture"]), _size(facts["mask"]))
    if (failure := facts.get("failure")) == "out_of_memory":
        raise MediaError(MediaFailure.OUT_OF_MEMORY, first)
    if failure == "damaged":
        where = str(facts["where"])[:200]
        if first:  # a file is to blame, in all likelihood
            log.info("A media worker failed in %s: %s", job, where)
            raise FileError(first, FileFault.DAMAGED)
        log.error("A media worker failed in %s: %s", job, where)
        raise MediaError(MediaFailure.CRASHED)


def _size(pair: Any) -> tuple[int, int]:
    width, height = pair
    return int(width), int(height)
