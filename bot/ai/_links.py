"""Pictures that a server answers with as links: fetched at once, since these die within the hour.

A server may write any address there, so what is fetched is as narrow as can be: https, public
addresses, no redirects, no key, no cookies, and no more bytes than were allowed. The API's own host
is trusted as far as the API is, since LocalAI and others keep pictures there.
"""

import ipaddress
import socket
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override

from bot.ai._deadlines import Deadlines
from bot.domain.clock import Clock
from bot.domain.errors import BadAnswerError, Damage

READ_S = 30.0
TRIES = 3
PAUSE_S = 0.5
_PIECE = 64 * 1024


class Links:
    """Fetches links that the server at `base_url` gave."""

    def __init__(self, base_url: str, clock: Clock) -> None:
        self._own = _place(base_url)
        self._clock = clock

    async def fetch(self, url: str, deadlines: Deadlines, *, most: int) -> bytes:
        """The bytes; the link was paid for, so a connection that breaks is made again.

        Raises:
            BadAnswerError: the link is not allowed or dead, or it is over `most` bytes.
        """
        own = self._own is not None and _place(url) == self._own
        if not own and not allowed(url):
            raise BadAnswerError(damage=Damage.WRONG_SHAPE, detail="a link to elsewhere")
        for tried in range(TRIES):
            try:
                return await deadlines.wait(_get(url, own=own, most=most))
            except (aiohttp.ClientError, TimeoutError):
                if tried + 1 < TRIES:
                    await deadlines.wait(self._clock.sleep(PAUSE_S))
        # Not an UnreachableError: the pictures were made, and must not be made again.
        raise BadAnswerError(damage=Damage.WRONG_SHAPE, detail="a link that can't be reached")


def allowed(url: str) -> bool:
    """Whether it may be fetched, as far as it can be told before its name is looked up."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "https" or not host or parts.username is not None:
        return False
    try:
        return is_public(host)
    except ValueError:  # a name
        return True


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet.

    Raises:
        ValueError: it is no address.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if found in _NAT64:  # which holds an IPv4 address in its last four bytes
            return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF).is_global
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PublicResolver(AbstractResolver):
    """Gives public addresses only; the connection is made to what was checked."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise OSError(None, "not a public address")
        return public

    @override
    async def close(self) -> None:
        await self._resolver.close()


async def _get(url: str, *, own: bool, most: int) -> bytes:
    connector = aiohttp.TCPConnector(resolver=None if own else PublicResolver(), force_close=True)
    timeout = aiohttp.ClientTimeout(total=None, connect=READ_S, sock_read=READ_S)
    data = bytearray()
    async with (
        aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        ) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        if response.status != HTTPStatus.OK:
            detail = f"a link that answers {response.status}"
            raise BadAnswerError(detail, response.status, None, Damage.WRONG_SHAPE)
        if (response.content_length or 0) > most:
            raise BadAnswerError(status=response.status, damage=Damage.ENDLESS)
        async for piece in response.content.iter_chunked(_PIECE):
            data += piece
            if len(data) > most:
                raise BadAnswerError(status=response.status, damage=Damage.ENDLESS)
    return bytes(data)


def _place(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname or "", port)
