"""Whatever JSON is sent, the answer is Discord's refusal or a message, never a broken server."""

import asyncio
import itertools
from typing import Any

import aiohttp
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Rest

SCALARS = st.none() | st.booleans() | st.integers(-3, 70_000) | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "url", "title", "components", "custom_id", "fields"]),
            inside,
            max_size=4,
        )
    ),
    max_leaves=8,
)
KEYS = [
    "content", "embeds", "embed", "components", "flags", "attachments", "allowed_mentions", "nonce",
    "enforce_nonce", "message_reference", "poll", "sticker_ids", "tts", "name", "topic", "type",
    "auto_archive_duration", "rate_limit_per_user", "permission_overwrites", "parent_id", "nick",
    "archived", "locked", "messages", "recipient_id", "position", "invitable", "allow", "deny",
    "roles", "communication_disabled_until", "channel_id", "delete_message_seconds", "permissions",
    "color", "colors", "bitrate", "username", "avatar", "description", "tags", "icon",
]  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4) | VALUES


NULLS: list[Any] = [[None], *({key: [None]} for key in KEYS)]


# a sandbox for each list, since starting one costs more than sending ten bodies
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(bodies=NULLS)
@given(bodies=st.lists(BODIES, min_size=10, max_size=10))
def test_no_body_breaks_a_route(bodies: list[Any]) -> None:
    asyncio.run(_send_everywhere(bodies))


async def _send_everywhere(bodies: list[Any]) -> None:
    async with Sandbox(clock=HandClock()) as sandbox, aiohttp.ClientSession() as http:
        world, bot = sandbox.discord.world, sandbox.discord.application.bot
        sandbox.discord.limits.lift()
        for role in world.guild_named("Switchyard").roles.values():
            role.permissions = (1 << 53) - 1
        rest = Rest(http, sandbox.discord_api_url, sandbox.discord_token)
        general = f"/channels/{world.channel_named('general').id}"
        guild = f"/guilds/{world.guild_named('Switchyard').id}"
        ben, lin = (world.user_named(name).id for name in ("ben", "lin"))
        moderator = next(
            role.id
            for role in world.guild_named("Switchyard").roles.values()
            if role.name == "moderator"
        )
        sent = (await rest("POST", f"{general}/messages", {"content": "a"})).body["id"]
        thread = (await rest("POST", f"{general}/threads", {"name": "t", "type": 11})).body["id"]
        routes = (
            ("POST", f"{general}/messages"),
            ("PATCH", f"{general}/messages/{sent}"),
            ("POST", f"{general}/messages/{sent}/threads"),
            ("POST", f"{general}/messages/bulk-delete"),
            ("POST", f"{general}/threads"),
            ("PATCH", f"/channels/{thread}"),
            ("PUT", f"{general}/permissions/{bot.id}"),
            ("PATCH", general),
            ("POST", "/users/@me/channels"),
            ("PATCH", f"{guild}/members/@me"),
            ("PATCH", f"{guild}/members/{ben}"),
            ("PUT", f"{guild}/bans/{lin}"),
            ("POST", f"{guild}/channels"),
            ("POST", f"{guild}/roles"),
            ("PATCH", "/users/@me"),
            ("PATCH", "/applications/@me"),
            ("PATCH", f"{guild}/roles"),
            ("PATCH", f"{guild}/roles/{moderator}"),
        )
        for body, (method, path) in itertools.product(bodies, routes):
            reply = await rest(method, path, body)
            # 501: what is not implemented is said by name
            assert reply.status < 500 or reply.status == 501, (method, path, reply.body)
        assert (await rest("GET", f"{general}/messages")).status == 200
        assert (await rest("GET", general)).status == 200
        assert (await rest("GET", f"/channels/{thread}")).status == 200
