"""What moderation bots do to the people of a server."""

from datetime import timedelta

import pytest

from sandbox.clock import HandClock
from sandbox.discord.defaults import add_role, add_user
from sandbox.discord.model import Channel, Guild, Member, Role
from sandbox.discord.permissions import Permission
from sandbox.discord.state import World
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Rest, Sockets
from tests.sandbox.discord_core.test_messages import grant, refused, said

GUILDS_MEMBERS_AND_BANS = 1 << 0 | 1 << 1 | 1 << 2
MAY_MODERATE = (
    Permission.MANAGE_ROLES | Permission.MANAGE_NICKNAMES | Permission.KICK_MEMBERS
    | Permission.BAN_MEMBERS | Permission.MODERATE_MEMBERS | Permission.MOVE_MEMBERS
)  # fmt: skip


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox.discord.world


@pytest.fixture
def guild(world: World) -> Guild:
    return world.guild_named("Switchyard")


@pytest.fixture
def ben(world: World, guild: Guild) -> Member:
    return guild.members[world.user_named("ben").id]


@pytest.fixture
def path(guild: Guild, ben: Member) -> str:
    return f"/guilds/{guild.id}/members/{ben.user.id}"


@pytest.fixture
def moderator(guild: Guild) -> Role:
    """A role below the bot's."""
    return next(role for role in guild.roles.values() if role.name == "moderator")


def ada_of(world: World, guild: Guild) -> Member:
    """The server's owner."""
    return guild.members[world.user_named("ada").id]


async def test_a_role_is_given_and_taken_and_everybody_hears_of_it(
    *, rest: Rest, sandbox: Sandbox, sockets: Sockets, path: str, moderator: Role, ben: Member
) -> None:
    grant(sandbox, MAY_MODERATE)
    socket = await sockets()
    await socket.identify(intents=GUILDS_MEMBERS_AND_BANS)
    await socket.events_before_ack()

    given = await rest("PUT", f"{path}/roles/{moderator.id}")
    assert (given.status, ben.roles) == (204, [moderator.id])
    taken = await rest("DELETE", f"{path}/roles/{moderator.id}")
    assert (taken.status, ben.roles) == (204, [])

    events = await socket.events_before_ack()
    assert [event["t"] for event in events] == ["GUILD_MEMBER_UPDATE"] * 2
    assert [event["d"]["roles"] for event in events] == [[str(moderator.id)], []]


async def test_roles_that_cannot_be_given(
    *, rest: Rest, sandbox: Sandbox, world: World, guild: Guild, path: str, moderator: Role
) -> None:
    own = next(role for role in guild.roles.values() if role.bot_id is not None)
    higher = add_role(world, guild, "higher")

    assert refused(await rest("PUT", f"{path}/roles/{moderator.id}")) == (403, 50013)
    grant(sandbox, MAY_MODERATE)
    assert refused(await rest("PUT", f"{path}/roles/{higher.id}")) == (403, 50013)
    assert refused(await rest("PUT", f"{path}/roles/{own.id}")) == (403, 50013)
    assert refused(await rest("PUT", f"{path}/roles/{guild.id}")) == (400, 50028)
    assert refused(await rest("PUT", f"{path}/roles/1")) == (404, 10011)
    nobody = f"/guilds/{guild.id}/members/1/roles/{moderator.id}"
    assert refused(await rest("PUT", nobody)) == (404, 10013)


async def test_a_member_gets_a_nickname_roles_and_a_timeout_at_once(
    *, rest: Rest, sandbox: Sandbox, sockets: Sockets, path: str, moderator: Role, clock: HandClock
) -> None:
    grant(sandbox, MAY_MODERATE)
    socket = await sockets()
    await socket.identify(intents=GUILDS_MEMBERS_AND_BANS)
    await socket.events_before_ack()
    until = (clock.now() + timedelta(days=28)).isoformat()
    change: Json = {
        "nick": "Benny",
        "roles": [str(moderator.id)],
        "communication_disabled_until": until,
        "flags": 4,
    }

    changed = (await rest("PATCH", path, change)).body

    assert {name: changed[name] for name in change} == change
    assert (await rest("GET", path)).body == changed
    (event,) = await socket.events_before_ack()
    assert (event["t"], event["d"]["nick"]) == ("GUILD_MEMBER_UPDATE", "Benny")
    ended = await rest("PATCH", path, {"nick": None, "communication_disabled_until": None})
    assert ended.body["communication_disabled_until"] is None
    assert ended.body["nick"] is None
    assert ended.body["roles"] == [str(moderator.id)]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"nick": "x" * 33}, ("nick",), "BASE_TYPE_MAX_LENGTH"),
        ({"nick": 5}, ("nick",), "STRING_TYPE_CONVERT"),
        ({"roles": ["first"]}, ("roles", 0), "NUMBER_TYPE_COERCE"),
        (
            {"communication_disabled_until": "tomorrow"},
            ("communication_disabled_until",),
            "DATE_TIME_TYPE_PARSE",
        ),
        (
            {"communication_disabled_until": "2027-01-01T00:00:00Z"},
            ("communication_disabled_until",),
            "INVALID_COMMUNICATION_DISABLED_TIMESTAMP",
        ),
    ],
)
async def test_what_no_member_can_be_given_is_named(
    *, rest: Rest, sandbox: Sandbox, path: str, change: Json, field: tuple[str, ...], code: str
) -> None:
    grant(sandbox, MAY_MODERATE)

    reply = await rest("PATCH", path, change)

    assert refused(reply) == (400, 50035)
    assert reply.error_at(*field) == code


@pytest.mark.parametrize(
    "change",
    [
        {"nick": "x"},
        {"roles": []},
        {"communication_disabled_until": "2026-01-02T00:00:00Z"},
        {"channel_id": None},
        {"flags": 4},
    ],
)
async def test_without_the_permission_a_member_stays_as_they_are(
    rest: Rest, path: str, change: Json
) -> None:
    assert refused(await rest("PATCH", path, change)) == (403, 50013)


async def test_nobody_is_moved_who_is_in_no_voice_channel(
    rest: Rest, sandbox: Sandbox, path: str, ben: Member
) -> None:
    grant(sandbox, MAY_MODERATE)

    reply = await rest("PATCH", path, {"nick": "Benny", "channel_id": None})

    assert refused(reply) == (400, 40032)
    assert ben.nick is None


async def test_who_stands_above_the_bot_is_out_of_its_reach(
    *, rest: Rest, sandbox: Sandbox, world: World, guild: Guild, ben: Member, path: str
) -> None:
    grant(sandbox, MAY_MODERATE)
    owner = ada_of(world, guild).user.id
    ben.roles.append(add_role(world, guild, "higher").id)
    timeout = {"communication_disabled_until": "2026-01-02T00:00:00Z"}

    for person in (owner, ben.user.id, sandbox.discord.application.bot.id):
        member = f"/guilds/{guild.id}/members/{person}"
        assert refused(await rest("PATCH", member, timeout)) == (403, 50013)
        assert refused(await rest("DELETE", member)) == (403, 50013)
        assert refused(await rest("PUT", f"/guilds/{guild.id}/bans/{person}")) == (403, 50013)
    assert refused(await rest("PATCH", path, {"nick": "x"})) == (403, 50013)


async def test_an_administrator_cannot_be_timed_out_although_they_stand_below(
    rest: Rest, sandbox: Sandbox, path: str, ben: Member, moderator: Role
) -> None:
    grant(sandbox, MAY_MODERATE)
    moderator.permissions |= Permission.ADMINISTRATOR
    ben.roles.append(moderator.id)

    reply = await rest("PATCH", path, {"communication_disabled_until": "2026-01-02T00:00:00Z"})

    assert refused(reply) == (403, 50013)


async def test_a_kick_shows_somebody_out(
    rest: Rest, sandbox: Sandbox, sockets: Sockets, path: str
) -> None:
    assert refused(await rest("DELETE", path)) == (403, 50013)
    grant(sandbox, MAY_MODERATE)
    socket = await sockets()
    await socket.identify(intents=GUILDS_MEMBERS_AND_BANS)
    await socket.events_before_ack()

    assert (await rest("DELETE", path)).status == 204

    (event,) = await socket.events_before_ack()
    assert (event["t"], event["d"]["user"]["username"]) == ("GUILD_MEMBER_REMOVE", "ben")
    assert refused(await rest("GET", path)) == (404, 10007)


async def test_a_ban_takes_somebody_and_their_last_messages_away(
    *,
    rest: Rest,
    sandbox: Sandbox,
    sockets: Sockets,
    guild: Guild,
    ben: Member,
    world: World,
    clock: HandClock,
) -> None:
    grant(sandbox, MAY_MODERATE)
    general: Channel = world.channel_named("general", guild=guild)
    old = said(world, general, ben.user, "old")
    await clock.advance(3600)
    said(world, general, ben.user, "new")
    others = said(world, general, world.user_named("mia"))
    socket = await sockets()
    await socket.identify(intents=GUILDS_MEMBERS_AND_BANS)
    await socket.events_before_ack()
    path = f"/guilds/{guild.id}/bans/{ben.user.id}"

    reply = await rest(
        "PUT",
        path,
        {"delete_message_seconds": 60},
        headers={"X-Audit-Log-Reason": "too%20loud"},
    )

    assert reply.status == 204
    assert list(general.messages) == [old.id, others.id]
    events = await socket.events_before_ack()
    assert [event["t"] for event in events] == ["GUILD_BAN_ADD", "GUILD_MEMBER_REMOVE"]
    assert (await rest("GET", path)).body["reason"] == "too loud"
    listed = (await rest("GET", f"/guilds/{guild.id}/bans")).body
    assert [one["user"]["username"] for one in listed] == ["ben"]


async def test_a_ban_is_lifted_once(
    rest: Rest, sandbox: Sandbox, sockets: Sockets, guild: Guild, ben: Member
) -> None:
    grant(sandbox, MAY_MODERATE)
    path = f"/guilds/{guild.id}/bans/{ben.user.id}"
    assert refused(await rest("GET", path)) == (404, 10026)
    await rest("PUT", path, {"delete_message_days": 0})
    socket = await sockets()
    await socket.identify(intents=GUILDS_MEMBERS_AND_BANS)
    await socket.events_before_ack()

    assert (await rest("DELETE", path)).status == 204

    (event,) = await socket.events_before_ack()
    assert (event["t"], event["d"]["user"]["username"]) == ("GUILD_BAN_REMOVE", "ben")
    assert refused(await rest("DELETE", path)) == (404, 10026)


async def test_bans_come_in_pages_and_only_to_who_may_ban(
    rest: Rest, sandbox: Sandbox, guild: Guild, world: World
) -> None:
    bans = f"/guilds/{guild.id}/bans"
    strangers = [add_user(world, f"stranger{number}").id for number in range(3)]
    assert refused(await rest("GET", bans)) == (403, 50013)
    assert refused(await rest("PUT", f"{bans}/{strangers[0]}")) == (403, 50013)
    grant(sandbox, MAY_MODERATE)
    for stranger in reversed(strangers):
        assert (await rest("PUT", f"{bans}/{stranger}")).status == 204

    async def page(**params: str) -> list[int]:
        listed = (await rest("GET", bans, params=params)).body
        return [int(one["user"]["id"]) for one in listed]

    assert await page(limit="2") == strangers[:2]
    assert await page(after=str(strangers[0])) == strangers[1:]
    assert await page(before=str(strangers[2]), limit="1") == [strangers[1]]
    assert refused(await rest("PUT", f"{bans}/1")) == (404, 10013)
    too_long = await rest("PUT", f"{bans}/{strangers[0]}", {"delete_message_seconds": 604_801})
    assert too_long.error_at("delete_message_seconds") == "NUMBER_TYPE_MAX"
