"""Where Discord is, and the few things about its wire that discord.py keeps to itself.

The library has no setting for its address: `Route.BASE` and `DiscordWebSocket.DEFAULT_GATEWAY` are
all it reads (discord.py 2.7, http.py and gateway.py). Neither is a documented interface, so nobody
else touches them, and the cog tests say so the day they move.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

log = logging.getLogger(__name__)

DISCORD = URL("https://discord.com/api/v10")
CDN_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def talk_to(api: URL) -> None:
    """Send every request to `api` from now on. The gateway's address is asked for after login."""
    Route.BASE = str(api).rstrip("/")


def meet_at(gateway: str) -> None:
    """Open gateway connections at the address that GET /gateway/bot named.

    Needed although `launch_shards` asks as well: it does so only without a shard count, and after
    INVALID_SESSION the library goes to this default, which would be the real Discord.
    """
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway)


def attachment_hosts(api: URL) -> Callable[[URL], bool]:
    """Which addresses an attachment may be fetched from.

    Discord's own two hosts; where Discord is elsewhere, that one's host on any port. Always https,
    except on loopback. Whoever fetches follows no redirects, or the answer means nothing.
    """
    hosts = CDN_HOSTS if api.host == DISCORD.host else frozenset({api.host})

    def allowed(url: URL) -> bool:
        if url.host not in hosts or url.user is not None:
            return False
        if api.host in LOOPBACK:
            return url.scheme in ("http", "https")
        return url.scheme == "https" and (
            url.explicit_port in (None, 443) or hosts is not CDN_HOSTS
        )

    return allowed


def survive_odd_events(client: discord.Client) -> None:
    """Log an event that the library can't read instead of letting it end the whole connection.

    Discord adds fields and kinds before libraries know them; an exception of a parser would leave
    the reader's loop, and with it `Client.start`. READY is no such event: without it nothing works.
    """
    parsers = client._connection.parsers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  see above
    for name, parse in parsers.items():
        if name != "READY":
            parsers[name] = _surviving(name, parse)


def _surviving(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def survive(data: Any) -> None:
        try:
            parse(data)
        except Exception:  # whatever a parser makes of what it does not know
            log.exception("An event %s could not be read", name)

    return survive


def leave_edits_unread(client: discord.Client) -> None:
    """Make no message of each edit: our own come back, too, and nobody listens to any.

    Views that the library follows by their message still hear of theirs.
    """
    connection = client._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  see above
    views = connection._view_store  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  see above
    read = connection.parsers["MESSAGE_UPDATE"]

    def parse(data: Any) -> None:
        followed = (data["id"], data.get("interaction", {}).get("id", data["id"]))
        if any(views.is_message_tracked(int(each)) for each in followed):
            read(data)

    connection.parsers["MESSAGE_UPDATE"] = parse


def since_heartbeat_ack(client: discord.AutoShardedClient, shard: int) -> float | None:
    """Seconds since the gateway last answered this shard's heartbeat; None before the first one.

    discord.py publishes only how long the last answer took, which says nothing about a connection
    that has stopped answering.
    """
    info = client.get_shard(shard)
    if info is None or info.is_closed():
        return None
    socket: DiscordWebSocket = info._parent.ws  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001  see above
    keep_alive = socket._keep_alive  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001  see above
    if keep_alive is None:
        return None
    return time.perf_counter() - keep_alive._last_ack  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001  see above
