from datetime import timedelta

from sandbox.discord.changes import give_role, set_overwrite, set_permissions, take_role, time_out
from sandbox.discord.defaults import add_channel, add_member, add_role, add_user
from sandbox.discord.permissions import Permission
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Rest, Sockets
from tests.sandbox.discord_core.test_messages import refused


async def test_a_bot_hears_of_every_change_people_make_to_its_server(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    world = sandbox.discord.world
    guild = world.guild_named("Switchyard")
    ben = guild.members[world.user_named("ben").id]
    socket = await sockets()
    await socket.identify(intents=1 << 0 | 1 << 1)
    await socket.events_before_ack()

    channel = add_channel(world, guild, "new")
    role = add_role(world, guild, "new")
    add_member(world, guild, add_user(world, "newcomer"))
    set_permissions(world, guild, role, Permission.MANAGE_GUILD)
    give_role(world, guild, ben, role)
    take_role(world, guild, ben, role)
    time_out(world, guild, ben, world.clock.now() + timedelta(hours=1))
    set_overwrite(world, channel, role, deny=Permission.SEND_MESSAGES)
    world.remove_member(guild, ben.user)
    events = await socket.events_before_ack()

    assert [event["t"] for event in events] == [
        "CHANNEL_CREATE",
        "GUILD_ROLE_CREATE",
        "GUILD_MEMBER_ADD",
        "GUILD_ROLE_UPDATE",
        "GUILD_MEMBER_UPDATE",
        "GUILD_MEMBER_UPDATE",
        "GUILD_MEMBER_UPDATE",
        "CHANNEL_UPDATE",
        "GUILD_MEMBER_REMOVE",
    ]
    assert events[4]["d"]["roles"] == [str(role.id)]
    assert events[6]["d"]["communication_disabled_until"] == "2026-01-01T13:00:00+00:00"


async def test_a_bot_in_timeout_reads_and_does_not_write(rest: Rest, sandbox: Sandbox) -> None:
    world, bot = sandbox.discord.world, sandbox.discord.application.bot
    general = world.channel_named("general")
    guild = world.guild_named("Switchyard")

    time_out(world, guild, guild.members[bot.id], world.clock.now() + timedelta(hours=1))

    path = f"/channels/{general.id}/messages"
    assert (await rest("GET", path)).status == 200
    assert refused(await rest("POST", path, {"content": "a"})) == (403, 50013)
