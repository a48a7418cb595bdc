"""Servers, channels, members, direct messages and threads over REST."""

import pytest

from sandbox.clock import HandClock
from sandbox.discord.defaults import add_guild, add_user
from sandbox.discord.model import Channel, ChannelType
from sandbox.discord.permissions import Permission
from sandbox.discord.state import World
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Rest, Sockets
from tests.sandbox.discord_core.test_messages import forbid, grant, guild_of, refused, said


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox.discord.world


@pytest.fixture
def general(world: World) -> Channel:
    return world.channel_named("general")


async def test_a_bot_learns_about_itself(rest: Rest, sandbox: Sandbox) -> None:
    me = (await rest("GET", "/users/@me")).body
    application = (await rest("GET", "/oauth2/applications/@me")).body
    same = (await rest("GET", "/applications/@me")).body
    guilds = (await rest("GET", "/users/@me/guilds", params={"with_counts": "true"})).body

    assert (me["username"], me["bot"]) == ("Switchboard", True)
    assert application == same
    assert application["owner"]["username"] == "operator"
    assert application["approximate_guild_count"] == 2
    assert [guild["name"] for guild in guilds] == ["Switchyard", "Second server"]
    assert guilds[0]["approximate_member_count"] == 6
    assert (await rest("GET", "/gateway")).body == {"url": sandbox.discord.gateway_url}


async def test_my_guilds_come_in_pages(rest: Rest) -> None:
    whole = [guild["id"] for guild in (await rest("GET", "/users/@me/guilds")).body]

    first = (await rest("GET", "/users/@me/guilds", params={"limit": "1"})).body
    rest_of = (await rest("GET", "/users/@me/guilds", params={"after": whole[0]})).body
    before = (await rest("GET", "/users/@me/guilds", params={"before": whole[1]})).body

    assert [guild["id"] for guild in first + rest_of] == whole
    assert [guild["id"] for guild in before] == whole[:1]


@pytest.mark.parametrize("authorization", ["", "Bot wrong", "Bearer {token}", "{token}"])
async def test_without_the_bot_token_everything_is_unauthorized(
    authorization: str, rest: Rest
) -> None:
    headers = {"Authorization": authorization.format(token=rest.token)}

    reply = await rest("GET", "/users/@me", headers=headers)

    assert reply.status == 401
    assert reply.body == {"message": "401: Unauthorized", "code": 0}


async def test_what_the_sandbox_does_not_have_says_so_by_name(rest: Rest, general: Channel) -> None:
    invite = await rest("POST", f"/channels/{general.id}/invites", {})
    other = await rest("GET", "/sticker-packs")

    assert invite.status == 501
    assert f"POST /channels/{general.id}/invites" in invite.body["message"]
    assert other.body["route"] == "GET /sticker-packs"


async def test_people_servers_members_and_roles_that_are_unknown(
    rest: Rest, world: World, general: Channel
) -> None:
    guild = f"/guilds/{guild_of(general).id}"
    foreign = add_guild(world, "Foreign", owner=world.user_named("mia"))
    stranger = add_user(world, "stranger")

    assert refused(await rest("GET", "/users/1")) == (404, 10013)
    assert refused(await rest("GET", "/users/ada")) == (400, 50035)
    assert refused(await rest("GET", "/guilds/1")) == (404, 10004)
    assert refused(await rest("GET", f"/guilds/{foreign.id}")) == (404, 10004)
    assert refused(await rest("GET", f"{guild}/members/{stranger.id}")) == (404, 10007)
    assert refused(await rest("GET", f"{guild}/members/1")) == (404, 10013)
    assert refused(await rest("GET", f"{guild}/roles/1")) == (404, 10011)
    assert (await rest("GET", f"/users/{stranger.id}")).body["username"] == "stranger"


async def test_a_server_shows_its_channels_roles_and_members(
    rest: Rest, world: World, general: Channel, sandbox: Sandbox
) -> None:
    server = guild_of(general)
    guild = f"/guilds/{server.id}"
    ada = world.user_named("ada")

    whole = (await rest("GET", guild, params={"with_counts": "true"})).body
    channels = (await rest("GET", f"{guild}/channels")).body
    roles = (await rest("GET", f"{guild}/roles")).body
    member = (await rest("GET", f"{guild}/members/{ada.id}")).body
    listed = (await rest("GET", f"{guild}/members", params={"limit": "1000"})).body
    found = (await rest("GET", f"{guild}/members/search", params={"query": "AD"})).body
    one_role = (await rest("GET", f"{guild}/roles/{server.id}")).body

    assert whole["owner_id"] == str(ada.id)
    assert whole["approximate_member_count"] == len(listed) == len(server.members)
    assert {channel["type"] for channel in channels} == {0, 2, 4, 5}
    assert {role["name"] for role in roles} >= {"@everyone", "moderator", "Switchboard"}
    assert one_role["name"] == "@everyone"
    assert member["user"]["username"] == "ada"
    assert [one["user"]["username"] for one in found] == ["ada"]
    assert refused(await rest("GET", f"{guild}/members/search")) == (400, 50035)
    sandbox.discord.application.flags = 0
    assert refused(await rest("GET", f"{guild}/members")) == (403, 50001)


async def test_a_bot_may_rename_itself_in_a_server(rest: Rest, general: Channel) -> None:
    path = f"/guilds/{guild_of(general).id}/members/@me"

    assert (await rest("PATCH", path, {"nick": "Board"})).body["nick"] == "Board"
    too_long = await rest("PATCH", path, {"nick": "x" * 33})
    assert too_long.error_at("nick") == "BASE_TYPE_MAX_LENGTH"


async def test_leaving_a_server_makes_it_unknown(rest: Rest, general: Channel) -> None:
    guild = guild_of(general)

    assert (await rest("DELETE", f"/users/@me/guilds/{guild.id}")).status == 204
    assert refused(await rest("GET", f"/guilds/{guild.id}")) == (404, 10004)
    assert refused(await rest("GET", f"/channels/{general.id}")) == (403, 50001)


async def test_direct_messages_are_opened_once_and_reach_who_takes_them(
    rest: Rest, world: World
) -> None:
    ada = world.user_named("ada")
    stranger = add_user(world, "stranger")

    async def open_with(user_id: object) -> Json:
        return (await rest("POST", "/users/@me/channels", {"recipient_id": str(user_id)})).body

    channel = await open_with(ada.id)
    path = f"/channels/{channel['id']}/messages"
    assert channel["type"] == 1
    assert [user["username"] for user in channel["recipients"]] == ["ada"]
    assert (await open_with(ada.id))["id"] == channel["id"]
    assert (await rest("POST", path, {"content": "hi"})).status == 200
    ada.accepts_dms = False
    assert refused(await rest("POST", path, {"content": "hi"})) == (403, 50007)
    foreign = await open_with(stranger.id)
    assert refused(
        await rest("POST", f"/channels/{foreign['id']}/messages", {"content": "hi"})
    ) == (403, 50007)
    assert (await rest("DELETE", f"/channels/{channel['id']}")).body["id"] == channel["id"]


async def test_direct_messages_with_nobody_are_refused(rest: Rest, sandbox: Sandbox) -> None:
    path, own = "/users/@me/channels", str(sandbox.discord.application.bot.id)

    assert refused(await rest("POST", path, {"recipient_id": "1"})) == (400, 50033)
    assert refused(await rest("POST", path, {"recipient_id": own})) == (400, 50033)
    assert refused(await rest("POST", path, {})) == (400, 50035)


async def test_what_cannot_be_done_in_direct_messages(rest: Rest, world: World) -> None:
    ada = world.user_named("ada")
    bot = next(iter(world.applications.values())).bot
    channel = world.direct_channel(bot, ada)
    theirs = said(world, channel, ada)
    path = f"/channels/{channel.id}"

    assert refused(await rest("DELETE", f"{path}/messages/{theirs.id}")) == (403, 50003)
    assert refused(await rest("PATCH", path, {"name": "x"})) == (403, 50003)
    assert refused(await rest("POST", f"{path}/threads", {"name": "x"})) == (400, 50024)
    bulk = await rest("POST", f"{path}/messages/bulk-delete", {"messages": ["1", "2"]})
    assert refused(bulk) == (403, 50003)


async def test_a_channel_is_changed_and_deleted_by_who_manages_it(
    rest: Rest, general: Channel, sandbox: Sandbox, sockets: Sockets
) -> None:
    path = f"/channels/{general.id}"

    assert refused(await rest("PATCH", path, {"topic": "x"})) == (403, 50013)
    assert refused(await rest("DELETE", path)) == (403, 50013)
    grant(sandbox, Permission.MANAGE_CHANNELS)
    socket = await sockets()
    await socket.identify()
    changed = (await rest("PATCH", path, {"topic": "x", "rate_limit_per_user": 5})).body
    assert (changed["topic"], changed["rate_limit_per_user"]) == ("x", 5)
    assert (await socket.until("CHANNEL_UPDATE"))["topic"] == "x"
    wrong = await rest("PATCH", path, {"name": "", "topic": "x" * 1025, "nsfw": 1})
    assert wrong.error_at("name") == "BASE_TYPE_REQUIRED"
    assert wrong.error_at("topic") == "BASE_TYPE_MAX_LENGTH"
    assert wrong.error_at("nsfw") == "BOOLEAN_TYPE_CONVERT"
    assert (await rest("DELETE", path)).status == 200
    assert (await socket.until("CHANNEL_DELETE"))["id"] == str(general.id)
    assert refused(await rest("GET", path)) == (404, 10003)


async def test_overwrites_are_set_and_removed(
    rest: Rest, general: Channel, sandbox: Sandbox
) -> None:
    everyone = guild_of(general).id
    path = f"/channels/{general.id}/permissions/{everyone}"
    body = {"type": 0, "deny": str(int(Permission.ADD_REACTIONS))}

    assert refused(await rest("PUT", path, body)) == (403, 50013)
    grant(sandbox, Permission.MANAGE_ROLES)
    assert (await rest("PUT", path, body)).status == 204
    shown = (await rest("GET", f"/channels/{general.id}")).body["permission_overwrites"]
    assert shown == [{"id": str(everyone), "type": 0, "allow": "0", "deny": "64"}]
    assert (await rest("DELETE", path)).status == 204
    assert refused(await rest("DELETE", path)) == (404, 10009)


async def test_typing_is_announced_to_who_may_write(
    rest: Rest, general: Channel, sandbox: Sandbox
) -> None:
    assert (await rest("POST", f"/channels/{general.id}/typing")).status == 204
    forbid(sandbox, general, Permission.SEND_MESSAGES)
    assert refused(await rest("POST", f"/channels/{general.id}/typing")) == (403, 50013)


async def test_a_thread_starts_from_a_message_and_has_its_id(
    rest: Rest, general: Channel, sockets: Sockets
) -> None:
    sent = (await rest("POST", f"/channels/{general.id}/messages", {"content": "topic"})).body
    path = f"/channels/{general.id}/messages/{sent['id']}/threads"
    socket = await sockets()
    await socket.identify()

    thread = await rest("POST", path, {"name": "about it", "auto_archive_duration": 60})
    created = await socket.until("THREAD_CREATE")
    shown = (await rest("GET", f"/channels/{general.id}/messages/{sent['id']}")).body
    starter = (await rest("GET", f"/channels/{sent['id']}/messages")).body[0]

    assert thread.status == 201
    assert thread.body["id"] == created["id"] == sent["id"]
    assert created["newly_created"] is True
    assert thread.body["thread_metadata"]["auto_archive_duration"] == 60
    assert shown["flags"] & 32
    assert shown["thread"]["id"] == sent["id"]
    assert starter["type"] == 21
    assert starter["referenced_message"]["content"] == "topic"
    assert refused(await rest("POST", path, {"name": "again"})) == (400, 160004)


async def test_a_thread_without_a_message_is_announced_unless_it_is_private(
    rest: Rest, general: Channel, sandbox: Sandbox
) -> None:
    grant(sandbox, Permission.CREATE_PRIVATE_THREADS)
    path = f"/channels/{general.id}"

    public = (await rest("POST", f"{path}/threads", {"name": "open", "type": 11})).body
    private = (await rest("POST", f"{path}/threads", {"name": "closed"})).body
    notices = (await rest("GET", f"{path}/messages")).body

    assert (public["type"], private["type"]) == (11, 12)
    assert [(notice["type"], notice["content"]) for notice in notices] == [(18, "open")]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "name", "BASE_TYPE_REQUIRED"),
        ({"name": "x" * 101}, "name", "BASE_TYPE_BAD_LENGTH"),
        ({"name": "x", "auto_archive_duration": 7}, "auto_archive_duration", "BASE_TYPE_CHOICES"),
        ({"name": "x", "type": 10}, "type", "BASE_TYPE_CHOICES"),
        ({"name": "x", "rate_limit_per_user": -1}, "rate_limit_per_user", "NUMBER_TYPE_MIN"),
    ],
)
async def test_a_wrong_thread_is_refused(
    body: Json, field: str, code: str, rest: Rest, general: Channel
) -> None:
    reply = await rest("POST", f"/channels/{general.id}/threads", body)

    assert reply.error_at(field) == code


async def test_threads_need_their_permissions(
    rest: Rest, general: Channel, world: World, sandbox: Sandbox
) -> None:
    forbid(sandbox, general, Permission.CREATE_PUBLIC_THREADS)
    message = said(world, general, world.user_named("ada"))
    path = f"/channels/{general.id}"

    from_message = await rest("POST", f"{path}/messages/{message.id}/threads", {"name": "x"})
    alone = await rest("POST", f"{path}/threads", {"name": "x", "type": 11})
    category = world.channel_named("Text channels")
    nowhere = await rest("POST", f"/channels/{category.id}/threads", {"name": "x"})

    assert refused(from_message) == refused(alone) == (403, 50013)
    assert refused(nowhere) == (400, 50024)


async def test_an_archived_thread_wakes_with_a_message_and_a_locked_one_does_not(
    rest: Rest, general: Channel, world: World
) -> None:
    body = {"name": "x", "type": 11}
    thread = (await rest("POST", f"/channels/{general.id}/threads", body)).body
    path = f"/channels/{thread['id']}"

    archived = (await rest("PATCH", path, {"archived": True})).body
    assert archived["thread_metadata"]["archived"] is True
    assert refused(await rest("PUT", f"{path}/thread-members/@me")) == (400, 50083)
    assert (await rest("POST", f"{path}/messages", {"content": "wake up"})).status == 200
    assert (await rest("GET", path)).body["thread_metadata"]["archived"] is False
    assert refused(await rest("PATCH", path, {"locked": True})) == (403, 50013)
    world.channel(int(thread["id"])).locked = True
    assert refused(await rest("POST", f"{path}/messages", {"content": "x"})) == (403, 160005)


async def test_members_of_threads_come_and_go(
    rest: Rest, general: Channel, world: World, sandbox: Sandbox
) -> None:
    ada, bot = world.user_named("ada"), sandbox.discord.application.bot
    body = {"name": "x", "type": 11}
    thread = (await rest("POST", f"/channels/{general.id}/threads", body)).body
    members = f"/channels/{thread['id']}/thread-members"

    async def inside() -> list[str]:
        return [member["user_id"] for member in (await rest("GET", members)).body]

    assert await inside() == [str(bot.id)]
    assert (await rest("PUT", f"{members}/{ada.id}")).status == 204
    assert (await rest("GET", f"{members}/{ada.id}")).body["user_id"] == str(ada.id)
    assert refused(await rest("DELETE", f"{members}/{ada.id}")) == (403, 50013)
    assert (await rest("DELETE", f"{members}/@me")).status == 204
    assert await inside() == [str(ada.id)]
    assert refused(await rest("GET", f"{members}/@me")) == (404, 10007)
    assert (await rest("PUT", f"{members}/@me")).status == 204
    grant(sandbox, Permission.MANAGE_THREADS)
    assert (await rest("DELETE", f"{members}/{ada.id}")).status == 204
    assert refused(await rest("DELETE", f"{members}/{ada.id}")) == (404, 10007)
    assert refused(await rest("GET", f"/channels/{general.id}/thread-members")) == (400, 50024)


async def test_threads_are_listed_by_whether_they_are_active_archived_or_private(
    rest: Rest, general: Channel, sandbox: Sandbox, clock: HandClock
) -> None:
    grant(sandbox, Permission.CREATE_PRIVATE_THREADS | Permission.MANAGE_THREADS)
    path = f"/channels/{general.id}"
    made: dict[str, str] = {}
    for name, kind in (("a", 11), ("b", 11), ("c", 11), ("p", 12), ("open", 11)):
        thread = (await rest("POST", f"{path}/threads", {"name": name, "type": kind})).body
        made[name] = thread["id"]
    for name in ("a", "b", "c", "p"):
        await clock.advance(1)
        await rest("PATCH", f"/channels/{made[name]}", {"archived": True})

    async def listed(url: str, **params: str) -> tuple[list[str], bool]:
        found = (await rest("GET", url, params=params)).body
        return [thread["name"] for thread in found["threads"]], found["has_more"]

    assert await listed(f"/guilds/{guild_of(general).id}/threads/active") == (["open"], False)
    assert await listed(f"{path}/threads/archived/public", limit="2") == (["c", "b"], True)
    oldest = (await rest("GET", f"/channels/{made['b']}")).body
    before = oldest["thread_metadata"]["archive_timestamp"]
    assert await listed(f"{path}/threads/archived/public", before=before) == (["a"], False)
    assert await listed(f"{path}/threads/archived/private") == (["p"], False)
    assert await listed(f"{path}/users/@me/threads/archived/private") == (["p"], False)


async def test_a_private_thread_is_seen_by_its_members_alone(
    rest: Rest, general: Channel, world: World
) -> None:
    body = {"name": "closed", "type": ChannelType.PRIVATE_THREAD.value}
    thread = world.channel(
        int((await rest("POST", f"/channels/{general.id}/threads", body)).body["id"])
    )

    assert world.can_see(thread, world.user_named("ada"))  # she owns the server
    assert not world.can_see(thread, world.user_named("ben"))
    thread.thread_members.clear()
    assert refused(await rest("GET", f"/channels/{thread.id}")) == (403, 50001)


async def test_deleting_a_thread_takes_its_messages_along(
    rest: Rest, general: Channel, sandbox: Sandbox, sockets: Sockets
) -> None:
    body = {"name": "x", "type": 11}
    thread = (await rest("POST", f"/channels/{general.id}/threads", body)).body
    socket = await sockets()
    await socket.identify()

    assert refused(await rest("DELETE", f"/channels/{thread['id']}")) == (403, 50013)
    grant(sandbox, Permission.MANAGE_THREADS)
    assert (await rest("DELETE", f"/channels/{thread['id']}")).status == 200

    assert (await socket.until("THREAD_DELETE"))["id"] == thread["id"]
    assert refused(await rest("GET", f"/channels/{thread['id']}/messages")) == (404, 10003)


async def test_a_channel_gets_a_category_a_name_and_overwrites(
    rest: Rest, general: Channel, world: World, sandbox: Sandbox
) -> None:
    grant(sandbox, Permission.MANAGE_CHANNELS | Permission.MANAGE_ROLES)
    path, everyone = f"/channels/{general.id}", str(guild_of(general).id)
    category = str(world.channel_named("Text channels").id)

    moved = (await rest("PATCH", path, {"parent_id": None, "name": "talk", "topic": None})).body
    back = (await rest("PATCH", path, {"parent_id": category})).body
    wrong = await rest("PATCH", path, {"parent_id": str(general.id)})
    body = {"permission_overwrites": [{"id": everyone, "type": 0, "deny": "64"}]}
    closed = (await rest("PATCH", path, body)).body

    assert (moved["parent_id"], moved["name"], moved["topic"]) == (None, "talk", None)
    assert back["parent_id"] == category
    assert wrong.error_at("parent_id") == "CHANNEL_PARENT_INVALID"
    assert [one["deny"] for one in closed["permission_overwrites"]] == ["64"]


async def test_deleting_a_channel_takes_its_threads_along(
    rest: Rest, general: Channel, sandbox: Sandbox
) -> None:
    body = {"name": "x", "type": 11}
    thread = (await rest("POST", f"/channels/{general.id}/threads", body)).body
    files = {"a.txt": b"a"}
    await rest("POST", f"/channels/{thread['id']}/messages", {}, files=files)
    grant(sandbox, Permission.MANAGE_CHANNELS)

    await rest("DELETE", f"/channels/{general.id}")

    assert refused(await rest("GET", f"/channels/{thread['id']}")) == (404, 10003)
    assert sandbox.discord.world.attachments == {}


async def test_threads_have_no_overwrites_and_owners_leave_no_server(
    rest: Rest, general: Channel, sandbox: Sandbox
) -> None:
    body = {"name": "x", "type": 11}
    thread = (await rest("POST", f"/channels/{general.id}/threads", body)).body
    guild = guild_of(general)
    guild.owner_id = sandbox.discord.application.bot.id

    for method in ("PUT", "DELETE"):
        path = f"/channels/{thread['id']}/permissions/{guild.id}"
        assert refused(await rest(method, path, {"type": 0})) == (400, 50024)
    assert refused(await rest("DELETE", f"/users/@me/guilds/{guild.id}")) == (400, 50055)
