"""One request on its way through the server, what it can reach, and the table of operations."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from secrets import token_hex
from typing import Any

from sandbox.clock import Clock
from sandbox.openai.answers import Answers
from sandbox.openai.catalogue import Catalogue
from sandbox.openai.file_store import FileStore
from sandbox.openai.params import Dialect, Params
from sandbox.openai.pictures import PictureStore
from sandbox.openai.streams import Answer
from sandbox.openai.training import Trainings


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a form."""

    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class State:
    """What the operations share, for as long as the server runs."""

    clock: Clock
    dialect: Dialect
    answers: Answers
    catalogue: Catalogue
    files: FileStore
    pictures: PictureStore
    trainings: Trainings
    organization: str = "org-sandbox"

    def now(self) -> int:
        return int(self.clock.now().timestamp())


@dataclass(slots=True)
class Call:
    """One request.

    origin  of this server, with /v1, for links
    ids     from the path
    args    the checked parameters of the body (of the query, for GET), without nulls; files of
            a form as list[Upload]
    """

    state: State
    origin: str
    ids: Mapping[str, str]
    args: dict[str, Any]

    @property
    def legacy(self) -> bool:
        return self.state.dialect is Dialect.LEGACY

    @property
    def modern(self) -> bool:
        return self.state.dialect is Dialect.MODERN


Handler = Callable[[Call], Awaitable[Answer]]


class Body(Enum):
    NONE = "none"
    JSON = "application/json"
    FORM = "multipart/form-data"
    EITHER = "application/json or multipart/form-data"


MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Operation:
    """legacy and modern are its parameters in either dialect; None where it does not exist.

    limit is that of the whole body, in bytes; public ones need no key.
    """

    method: str
    path: str
    handler: Handler
    legacy: Params | None
    modern: Params | None
    body: Body = Body.NONE
    limit: int = 64 * MIB
    public: bool = False

    def params(self, dialect: Dialect) -> Params | None:
        """What it takes in this dialect; in `both`, whatever either takes."""
        match dialect:
            case Dialect.LEGACY:
                return self.legacy
            case Dialect.MODERN:
                return self.modern
            case Dialect.BOTH:
                if self.legacy is None or self.modern is None:
                    return self.legacy if self.modern is None else self.modern
                return {**self.legacy, **self.modern}


def new_id(prefix: str) -> str:
    return f"{prefix}{token_hex(12)}"
