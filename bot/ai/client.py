"""The one client of the OpenAI API: built from what it is given, never from the environment."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient, Omit
from typing_extensions import override

NO_KEY = "no-key-configured"
"""Sent to servers that want no key: the SDK refuses an empty one."""

READ_RETRIES = 2
"""The SDK's own, for GETs alone: it sends no idempotency key, so a POST could cost twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Limits in seconds.

    connect  name lookup, TCP and TLS
    first    from the request to the first piece of the answer; long, because models think first,
             and the chat route says nothing while they do
    stall    between pieces of an answer that has begun; comment lines count as pieces
    overall  the whole call, with every try and every pause (`OPENAI_TIMEOUT`)
    read     each try of a GET: these answer at once or not at all
    """

    connect: float = 10.0
    first: float = 180.0
    stall: float = 30.0
    overall: float = 600.0
    read: float = 30.0


class Client(AsyncOpenAI):
    """An AsyncOpenAI that takes nothing from the environment, nor do copies made by with_options.

    The SDK reads OPENAI_ADMIN_KEY, OPENAI_ORG_ID and OPENAI_PROJECT_ID where it is given None. An
    empty string is not None, so it stops that; empty headers are then left out.
    """

    def __init__(self, **options: Any) -> None:
        for name in ("organization", "project", "admin_api_key", "webhook_secret"):
            options[name] = options.get(name) or ""
        super().__init__(**options)
        # OPENAI_CUSTOM_HEADERS is read whatever is passed: put back what was asked for.
        self._custom_headers = dict(options.get("default_headers") or {})
        self._ambient_authorizations = frozenset[str]()

    @property
    @override
    def default_headers(self) -> dict[str, str | Omit]:
        return {name: value for name, value in super().default_headers.items() if value != ""}


@asynccontextmanager
async def open_client(
    *,
    base_url: str,
    api_key: str | None = None,
    organization: str | None = None,
    project: str | None = None,
    timeouts: Timeouts | None = None,
) -> AsyncGenerator[AsyncOpenAI, None]:
    """A client for one server and one event loop, closed with the block.

    Proxies of the environment are honoured; certificates are the operating system's.
    """
    limits = timeouts or Timeouts()
    async with Client(
        api_key=api_key or NO_KEY,
        base_url=base_url,
        organization=organization,
        project=project,
        timeout=read_timeout(limits),
        max_retries=READ_RETRIES,
        http_client=DefaultAioHttpClient(verify=_certificates()),
    ) as client:
        yield client


@cache
def _certificates() -> ssl.SSLContext:
    """Read once for each process: that takes 30 ms, and each client and proxy would do it again."""
    return httpx2.create_ssl_context()


def read_timeout(timeouts: Timeouts) -> httpx2.Timeout:
    """The transport's own limits for GETs."""
    return httpx2.Timeout(timeouts.read, connect=timeouts.connect, pool=timeouts.connect)


def stream_timeout(timeouts: Timeouts) -> httpx2.Timeout:
    """Only connecting is left to the transport; bot.ai._deadlines measures the rest."""
    return httpx2.Timeout(None, connect=timeouts.connect, pool=timeouts.connect)


def secrets_of(client: AsyncOpenAI) -> tuple[str, ...]:
    """What may never show in an error's detail."""
    return tuple(key for key in (client.api_key, client.admin_api_key) if key and key != NO_KEY)
