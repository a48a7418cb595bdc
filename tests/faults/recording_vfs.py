"""SQLite's own file layer, with a note of every write and sync it is asked for.

A copy of the default VFS becomes the new default; its files keep the real methods for everything
but writing, truncating and syncing, which are noted and then passed on.  Nothing of the program
that uses SQLite knows of it.  For a process of its own: there is no way back.

https://www.sqlite.org/vfs.html
"""

import _sqlite3
import ctypes
import json
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any

KINDS = {0x100: "db", 0x800: "journal", 0x80000: "wal"}  # SQLITE_OPEN_MAIN_DB, _MAIN_JOURNAL, _WAL

_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)
_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_Delete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)


class _Methods(Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("xClose", c_void_p),
        ("xRead", c_void_p),
        ("xWrite", _Write),
        ("xTruncate", _Truncate),
        ("xSync", _Sync),
        *((f"other{n}", c_void_p) for n in range(13)),
    )


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


class _Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", _Open),
        ("xDelete", _Delete),
        *((f"other{n}", c_void_p) for n in range(14)),
    )


class Recording:
    """What was asked of the disk, in order, and what the program noted between.

    ops   ["write", file, offset, position in data, length], ["truncate", file, size],
          ["sync", file], ["open", file], ["delete", file, with the folder synced],
          ["note", anything]
    """

    def __init__(self) -> None:
        self.ops: list[list[Any]] = []
        self.data = bytearray()
        self._kept: list[object] = []  # callbacks must live as long as SQLite may call them

    def note(self, *said: Any) -> None:
        self.ops.append(["note", *said])

    def save(self, folder: Path) -> None:
        (folder / "ops.json").write_text(json.dumps(self.ops))
        (folder / "data.bin").write_bytes(self.data)

    def install(self) -> None:
        sqlite = ctypes.CDLL(_sqlite3.__file__)  # finds the very library that the module uses
        sqlite.sqlite3_vfs_find.restype = POINTER(_Vfs)
        original = sqlite.sqlite3_vfs_find(None).contents
        vfs = _Vfs.from_buffer_copy(original)
        vfs.zName = b"recording"

        def open_(this: int, name: int, file: int, flags: int, out: int) -> int:
            status = original.xOpen(this, name, file, flags, out)
            kind = next((KINDS[flag] for flag in KINDS if flags & flag), None)
            if status == 0 and kind is not None:
                self.ops.append(["open", kind])
                opened = _File.from_address(file)
                opened.methods = ctypes.pointer(self._recorded(kind, opened.methods.contents))
            return status

        def delete(this: int, name: int, with_folder: int) -> int:
            status = original.xDelete(this, name, with_folder)
            path = ctypes.string_at(name).decode()
            kind = next((kind for kind in ("wal", "journal") if path.endswith(f"-{kind}")), None)
            if status == 0 and kind is not None:
                self.ops.append(["delete", kind, bool(with_folder)])
            return status

        vfs.xOpen, vfs.xDelete = self._keep(_Open, open_), self._keep(_Delete, delete)
        self._kept.append(vfs)
        assert sqlite.sqlite3_vfs_register(ctypes.byref(vfs), 1) == 0

    def _recorded(self, kind: str, real: _Methods) -> _Methods:
        methods = _Methods.from_buffer_copy(real)

        def write(file: int, data: int, length: int, offset: int) -> int:
            status = real.xWrite(file, data, length, offset)
            self.ops.append(["write", kind, offset, len(self.data), length])
            self.data += ctypes.string_at(data, length)
            return status

        def truncate(file: int, size: int) -> int:
            self.ops.append(["truncate", kind, size])
            return real.xTruncate(file, size)

        def sync(file: int, flags: int) -> int:
            status = real.xSync(file, flags)
            if status == 0:
                self.ops.append(["sync", kind])  # not before it is done
            return status

        methods.xWrite = self._keep(_Write, write)
        methods.xTruncate = self._keep(_Truncate, truncate)
        methods.xSync = self._keep(_Sync, sync)
        self._kept.append(methods)
        return methods

    def _keep(self, prototype: Any, function: Callable[..., int]) -> Any:
        callback = prototype(function)
        self._kept.append(callback)
        return callback
