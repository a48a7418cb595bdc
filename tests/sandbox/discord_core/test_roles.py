"""What set-up bots do: roles and channels of a server, made, changed and deleted."""

import pytest

from sandbox.discord.defaults import add_role
from sandbox.discord.model import Guild, Role
from sandbox.discord.permissions import Permission
from sandbox.discord.state import World
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Rest, Sockets
from tests.sandbox.discord_core.test_messages import grant, refused


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox.discord.world


@pytest.fixture
def guild(world: World) -> Guild:
    return world.guild_named("Switchyard")


@pytest.fixture
def roles(guild: Guild) -> str:
    return f"/guilds/{guild.id}/roles"


@pytest.fixture
def moderator(guild: Guild) -> Role:
    return next(role for role in guild.roles.values() if role.name == "moderator")


async def test_a_role_is_made_changed_and_deleted_and_everybody_hears_of_it(
    rest: Rest, sandbox: Sandbox, sockets: Sockets, guild: Guild, roles: str
) -> None:
    assert refused(await rest("POST", roles, {})) == (403, 50013)
    grant(sandbox, Permission.MANAGE_ROLES)
    ben = next(one for one in guild.members.values() if one.user.username == "ben")
    socket = await sockets()
    await socket.identify(intents=1 << 0)
    await socket.events_before_ack()

    made = (await rest("POST", roles, {})).body
    assert made["name"] == "new role"
    assert made["permissions"] == str(guild.roles[guild.id].permissions)
    ben.roles.append(int(made["id"]))
    change: Json = {"name": "red", "color": 0xFF0000, "hoist": True, "permissions": "1024"}
    changed = (await rest("PATCH", f"{roles}/{made['id']}", change)).body
    assert {name: changed[name] for name in change} == change
    assert changed["colors"]["primary_color"] == 0xFF0000
    gone = await rest("DELETE", f"{roles}/{made['id']}")
    assert (gone.status, ben.roles) == (204, [])

    events = await socket.events_before_ack()
    assert [event["t"] for event in events] == [
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
    ]
    assert events[2]["d"] == {"guild_id": str(guild.id), "role_id": made["id"]}


async def test_nobody_gives_permissions_they_lack_or_touches_roles_above(
    *, rest: Rest, sandbox: Sandbox, world: World, guild: Guild, roles: str, moderator: Role
) -> None:
    grant(sandbox, Permission.MANAGE_ROLES)
    higher = add_role(world, guild, "higher")
    own = next(role for role in guild.roles.values() if role.bot_id is not None)
    ban = str(int(Permission.BAN_MEMBERS))

    assert refused(await rest("POST", roles, {"permissions": ban})) == (403, 50013)
    assert refused(await rest("PATCH", f"{roles}/{moderator.id}", {"permissions": ban})) == (
        403,
        50013,
    )
    assert refused(await rest("PATCH", f"{roles}/{higher.id}", {"name": "x"})) == (403, 50013)
    assert refused(await rest("DELETE", f"{roles}/{higher.id}")) == (403, 50013)
    assert refused(await rest("DELETE", f"{roles}/{own.id}")) == (400, 50028)
    assert refused(await rest("DELETE", f"{roles}/{guild.id}")) == (400, 50028)
    assert refused(await rest("DELETE", f"{roles}/1")) == (404, 10011)
    assert refused(await rest("POST", roles, {"unicode_emoji": "🔥"})) == (403, 50101)
    too_long = await rest("POST", roles, {"name": "x" * 101})
    assert too_long.error_at("name") == "BASE_TYPE_BAD_LENGTH"


async def test_roles_are_ordered_up_to_the_bots_own(
    rest: Rest, sandbox: Sandbox, roles: str, moderator: Role, guild: Guild
) -> None:
    grant(sandbox, Permission.MANAGE_ROLES)
    own = next(role for role in guild.roles.values() if role.bot_id is not None)

    reply = await rest("PATCH", roles, [{"id": str(moderator.id), "position": own.position - 1}])
    assert {role["id"]: role["position"] for role in reply.body}[str(moderator.id)] == (
        own.position - 1
    )
    above = [{"id": str(moderator.id), "position": own.position + 1}]
    assert refused(await rest("PATCH", roles, above)) == (403, 50013)
    assert moderator.position == own.position - 1


async def test_a_channel_is_made_where_and_how_it_is_asked_for(
    rest: Rest, sandbox: Sandbox, sockets: Sockets, guild: Guild, world: World
) -> None:
    path = f"/guilds/{guild.id}/channels"
    assert refused(await rest("POST", path, {"name": "x"})) == (403, 50013)
    grant(sandbox, Permission.MANAGE_CHANNELS)
    category = world.channel_named("Text channels", guild=guild)
    socket = await sockets()
    await socket.identify(intents=1 << 0)
    await socket.events_before_ack()
    hidden: Json = {"id": str(guild.id), "type": 0, "allow": "0", "deny": "2048"}

    made = await rest(
        "POST",
        path,
        {
            "name": "Help  Desk",
            "topic": "Ask",
            "parent_id": str(category.id),
            "permission_overwrites": [hidden],
        },
    )
    voice = (await rest("POST", path, {"name": "My Room", "type": 2, "user_limit": 3})).body

    assert made.status == 201
    assert (made.body["name"], made.body["topic"], made.body["type"]) == ("help-desk", "Ask", 0)
    assert made.body["parent_id"] == str(category.id)
    assert made.body["permission_overwrites"] == [hidden]
    assert (voice["name"], voice["user_limit"]) == ("My Room", 3)
    events = await socket.events_before_ack()
    assert [(event["t"], event["d"]) for event in events] == [
        ("CHANNEL_CREATE", made.body),
        ("CHANNEL_CREATE", voice),
    ]
    assert (await rest("GET", f"/channels/{made.body['id']}")).body == made.body
    assert (await rest("DELETE", f"/channels/{made.body['id']}")).status == 200


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "name", "BASE_TYPE_REQUIRED"),
        ({"name": "x", "type": 1}, "type", "BASE_TYPE_CHOICES"),
        ({"name": "x", "topic": "x" * 1025}, "topic", "BASE_TYPE_MAX_LENGTH"),
        ({"name": "x", "parent_id": "1"}, "parent_id", "CHANNEL_PARENT_INVALID"),
        ({"name": "x", "type": 2, "bitrate": 1}, "bitrate", "NUMBER_TYPE_MIN"),
    ],
)
async def test_a_channel_that_cannot_be_is_not_made(
    *, rest: Rest, sandbox: Sandbox, guild: Guild, body: Json, field: str, code: str
) -> None:
    grant(sandbox, Permission.MANAGE_CHANNELS)
    before = len(guild.channels)

    reply = await rest("POST", f"/guilds/{guild.id}/channels", body)

    assert reply.error_at(field) == code
    assert len(guild.channels) == before


async def test_a_channel_gives_nobody_more_than_the_bot_has(
    rest: Rest, sandbox: Sandbox, guild: Guild
) -> None:
    grant(sandbox, Permission.MANAGE_CHANNELS)
    more = {"id": str(guild.id), "type": 0, "allow": str(int(Permission.MANAGE_WEBHOOKS))}

    reply = await rest(
        "POST", f"/guilds/{guild.id}/channels", {"name": "x", "permission_overwrites": [more]}
    )

    assert refused(reply) == (403, 50013)
