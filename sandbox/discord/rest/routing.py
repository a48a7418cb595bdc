"""A REST route of ours: its method and pattern, who may call it, and what one call brings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from multidict import MultiMapping

from sandbox.discord.errors import invalid_form, unauthorized
from sandbox.discord.model import Application, Json
from sandbox.discord.ratelimits import Kind
from sandbox.discord.snowflakes import is_snowflake

if TYPE_CHECKING:
    from sandbox.discord.server import DiscordServer
    from sandbox.discord.state import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a multipart body; its key in `Call.files` is the n of `files[n]`."""

    filename: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with another status than 200 for a body and 204 for None."""

    status: int
    body: Any = None


@dataclass(slots=True, kw_only=True)
class Call:
    """One request as a handler sees it.

    caller  the application whose token was sent; None on routes without one
    data    the JSON value, or that of `payload_json`; None without a body
    reason  for the audit log, as X-Audit-Log-Reason has it
    """

    discord: "DiscordServer"
    method: str
    path: Mapping[str, str]
    query: MultiMapping[str]
    data: Any
    files: Mapping[int, Upload]
    caller: Application | None
    reason: str | None

    @property
    def world(self) -> "World":
        return self.discord.world

    @property
    def application(self) -> Application:
        if self.caller is None:
            raise unauthorized()
        return self.caller

    @property
    def body(self) -> Json:
        """`data` where it has to be an object; {} without a body."""
        if self.data is None:
            return {}
        if not isinstance(cast("object", self.data), dict):
            raise invalid_form(
                (), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"
            )
        return cast("Json", self.data)

    def id(self, name: str) -> int:
        """A snowflake of the path. Raises 50035 for anything else."""
        return snowflake(self.path[name], (name,))

    def query_int(self, name: str, *, default: int, low: int, high: int) -> int:
        """A number of the query. Raises 50035 outside low..high."""
        text = self.query.get(name)
        if text is None:
            return default
        try:
            value = int(text)
        except ValueError:
            raise invalid_form(
                (name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not int.'
            ) from None
        if value < low:
            raise invalid_form(
                (name,),
                "NUMBER_TYPE_MIN",
                f"int value should be greater than or equal to {low}.",
            )
        if value > high:
            raise invalid_form(
                (name,), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}."
            )
        return value

    def query_id(self, name: str) -> int | None:
        text = self.query.get(name)
        return None if text is None else snowflake(text, (name,))

    def query_flag(self, name: str) -> bool:
        return self.query.get(name, "false").lower() in {"true", "1"}


def snowflake(value: Any, path: tuple[str | int, ...]) -> int:
    """Raises 50035 for what is no snowflake."""
    text = str(value)
    if not is_snowflake(text):
        raise invalid_form(path, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return int(text)


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`auth` False: no bot token needed (interaction tokens are in the path), never global."""

    method: str
    pattern: str
    handler: Handler
    kind: Kind
    auth: bool


class Routes:
    """The routes of one module, in the order they are tried.

    A handler gets a `Call` and answers a JSON value (200), None (204) or an `Answer`.
    """

    def __init__(self) -> None:
        self.all: list[Route] = []

    def add(
        self, method: str, pattern: str, *, kind: Kind = Kind.OTHER, auth: bool = True
    ) -> Callable[[Handler], Handler]:
        """`pattern` as in Discord's documentation: "/channels/{channel_id}/messages"."""

        def keep(handler: Handler) -> Handler:
            route = Route(method=method, pattern=pattern, handler=handler, kind=kind, auth=auth)
            self.all.append(route)
            return handler

        return keep
