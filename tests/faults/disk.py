"""What a disk may hold when the power is cut: what was synced, and any part of what was not.

Every sector of 512 bytes that was written since its file's last sync is kept, dropped, or stays as
an earlier write left it, each by itself: so writes are lost, torn and out of order.  A file that
was made or deleted may be there or not until its folder is synced, which SQLite does with the first
sync of a journal or WAL.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512
SUFFIXES = {"db": "", "wal": "-wal", "journal": "-journal"}


def _write(image: bytearray, offset: int, data: bytes) -> None:
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data


def _sectors(offset: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        size = min(SECTOR - (offset + at) % SECTOR, len(data) - at)
        yield offset + at, data[at : at + size]
        at += size


@dataclass(slots=True)
class _Content:
    """One file from its making to its deletion; `waiting` are writes and sizes without a sync."""

    synced: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes] | int] = field(default_factory=list)
    named: bool = False  # its entry in the folder is on the disk

    def settle(self) -> None:
        for change in self.waiting:
            self._apply(self.synced, change)
        self.waiting.clear()

    def after_cut(self, chance: random.Random) -> bytearray:
        image = bytearray(self.synced)
        kept = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))  # some cuts lose nearly all, some little
        for change in self.waiting:
            if isinstance(change, int):
                if chance.random() < kept:
                    self._apply(image, change)
                continue
            for sector in _sectors(*change):
                if chance.random() < kept:
                    self._apply(image, sector)
        return image

    def _apply(self, image: bytearray, change: tuple[int, bytes] | int) -> None:
        if isinstance(change, int):
            del image[change:]
            image.extend(bytes(change - len(image)))
        else:
            _write(image, *change)


class Disk:
    """Follows a recording, operation by operation; at any time the power may be cut."""

    def __init__(self, ops: Sequence[Sequence[Any]], data: bytes) -> None:
        self._ops = ops
        self._data = data
        self._done = 0
        self._files: dict[str, _Content | None] = {}
        self._before: dict[str, _Content | None] = {}  # what the folder on the disk still names

    def go_to(self, end: int) -> list[Sequence[Any]]:
        """Do what was recorded up to there; what the program had noted by then is returned."""
        for op in self._ops[self._done : end]:
            self._do(op)
        self._done = max(self._done, end)
        return [op[1:] for op in self._ops[: self._done] if op[0] == "note"]

    def cut(self, path: Path, chance: random.Random) -> None:
        """Leave the files as they may be found afterwards."""
        for name in SUFFIXES:
            content = self._files.get(name)
            if name in self._before and chance.random() < 0.5:
                content = self._before[name]
            image = None if content is None else content.after_cut(chance)
            self._leave(path, name, image)
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)  # memory, not disk

    def whole(self, path: Path) -> None:
        """Leave the files as they were before the cut, with nothing lost."""
        for name in SUFFIXES:
            content = self._files.get(name)
            if content is not None:
                content.settle()
            self._leave(path, name, None if content is None else content.synced)

    def _do(self, op: Sequence[Any]) -> None:
        match op:
            case ["open", name]:
                if self._files.get(name) is None:
                    self._before.setdefault(name, None)
                    self._files[name] = _Content()
            case ["write", name, offset, at, length]:
                self._content(name).waiting.append((offset, self._data[at : at + length]))
            case ["truncate", name, size]:
                self._content(name).waiting.append(size)
            case ["sync", name]:
                content = self._content(name)
                content.settle()
                if not content.named and name != "db":
                    self._sync_folder()
                content.named = True
            case ["delete", name, with_folder]:
                self._before.setdefault(name, self._files.get(name))
                self._files[name] = None
                if with_folder:
                    self._sync_folder()
            case _:
                assert op[0] == "note"

    def _content(self, name: str) -> _Content:
        content = self._files[name]
        assert content is not None
        return content

    def _sync_folder(self) -> None:
        self._before.clear()

    def _leave(self, path: Path, name: str, image: bytearray | None) -> None:
        file = path.with_name(path.name + SUFFIXES[name])
        if image is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(image)
