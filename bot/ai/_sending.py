"""One HTTP request to the API, before it is sent."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, cast

from bot.domain.calls import Json, Operation

Method = Literal["GET", "POST", "DELETE"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form. Servers go by the ending of the name, so it has to have one."""

    filename: str
    data: bytes | BinaryIO = field(repr=False)
    mime: str

    @property
    def size(self) -> int:
        """In bytes; of an open file all of it."""
        if isinstance(self.data, bytes):
            return len(self.data)
        return os.fstat(self.data.fileno()).st_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is asked.

    path     below the base URL, with a slash in front, ids quoted: "/files/file-1"
    route    of which endpoint it tells whether it is there; "" where the answer may be about an id
    body     JSON; with files the fields of a form, lists among them repeated as `name[]`, objects
             as `name[key]`
    files    by field: several pictures go as `image[]`, a single one as `image`
    patient  it may be silent until it is done, up to the overall limit: pictures, sound
    """

    operation: Operation
    method: Method = "POST"
    path: str
    route: str = ""
    model: str = ""
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    files: tuple[tuple[str, Upload], ...] = ()
    query: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    patient: bool = False

    def shown(self) -> Json:
        """The body for people: a file as its name, kind and size."""
        if not self.files:
            return None if self.body is None else dict(self.body)
        fields: dict[str, Json] = {}
        for name, value in (self.body or {}).items():
            if isinstance(value, dict):
                inner = cast("dict[str, Json]", value)
                fields |= {f"{name}[{key}]": each for key, each in inner.items()}
            else:
                fields[f"{name}[]" if isinstance(value, list | tuple) else name] = value
        for name, upload in self.files:
            one = {
                "filename": upload.filename,
                "content_type": upload.mime,
                "bytes": upload.size,
            }
            fields[name] = [*fields.get(name, []), one] if name.endswith("[]") else one
        return fields
