import pytest

from sandbox.clock import HandClock
from sandbox.discord.defaults import add_application, add_bot, add_guild
from sandbox.discord.posting import compose, post
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Rest, Sockets

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8


async def test_ready_names_every_server_as_unavailable_and_each_comes_whole_afterwards(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    socket = await sockets()

    ready = await socket.identify(intents=GUILDS | MEMBERS | PRESENCES)
    created = [frame["d"] for frame in await socket.events_before_ack()]

    assert ready["guilds"] == [{"id": guild["id"], "unavailable": True} for guild in created]
    assert ready["user"]["id"] == str(sandbox.discord.application.bot.id)
    assert ready["resume_gateway_url"] == sandbox.discord.gateway_url
    assert [guild["name"] for guild in created] == ["Switchyard", "Second server"]
    assert {member["user"]["username"] for member in created[0]["members"]} >= {"ada", "mia"}
    assert created[0]["member_count"] == len(created[0]["members"])


async def test_without_the_members_intent_a_server_comes_with_the_bot_alone(
    sockets: Sockets,
) -> None:
    socket = await sockets()

    ready = await socket.identify(intents=GUILDS)
    created = (await socket.events_before_ack())[0]["d"]

    assert [member["user"]["id"] for member in created["members"]] == [ready["user"]["id"]]
    assert created["member_count"] > 1


async def test_events_are_numbered_without_gaps(sockets: Sockets) -> None:
    socket = await sockets()
    await socket.identify()

    numbers = [frame["s"] for frame in await socket.events_before_ack()]

    assert numbers == list(range(2, 2 + len(numbers)))


@pytest.mark.parametrize("compress", ["zlib-stream", "zstd-stream"])
async def test_a_compressed_stream_carries_the_same_events(
    compress: str, sandbox: Sandbox, sockets: Sockets
) -> None:
    socket = await sockets(compress=compress)
    await socket.identify()
    await socket.events_before_ack()
    general = sandbox.discord.world.channel_named("general")
    ada = sandbox.discord.world.user_named("ada")

    for number in range(3):
        post(sandbox.discord.world, compose(sandbox.discord.world, general, ada,
                                            {"content": f"message {number}"}))  # fmt: skip
    events = await socket.events_before_ack()

    assert [event["t"] for event in events] == ["MESSAGE_CREATE"] * 3
    assert events[2]["d"]["id"] > events[0]["d"]["id"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"shard": [2, 2]}, 4010),
        ({"shard": [0, 0]}, 4010),
        ({"shard": "0"}, 4010),
        ({"intents": 1 << 30}, 4013),
        ({"intents": "all"}, 4013),
    ],
)
async def test_a_wrong_identify_is_closed_with_discords_code(
    changes: dict[str, object], code: int, sockets: Sockets
) -> None:
    socket = await sockets()

    assert await socket.identify(**changes) == {"closed": code}


async def test_privileged_intents_are_for_applications_that_were_given_them(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    sandbox.discord.application.flags = 0

    for intent in (MEMBERS, PRESENCES, 1 << 15):
        socket = await sockets()
        assert await socket.identify(intents=GUILDS | intent) == {"closed": 4014}


async def test_what_cannot_be_understood_ends_the_connection(sockets: Sockets) -> None:
    codes: list[int] = []
    for text in (
        "{",
        "[]",
        '{"op": 99}',
        '{"op": []}',
        '{"op": 3, "d": {}}',
        '{"op":1,"d":"' + "x" * 4096 + '"}',
    ):
        socket = await sockets()
        await socket.receive()
        await socket.send_text(text)
        codes.append((await socket.receive())["closed"])

    assert codes == [4002, 4002, 4001, 4001, 4003, 4002]


async def test_identifying_twice_on_one_connection_is_refused(sockets: Sockets) -> None:
    socket = await sockets()
    await socket.identify()
    await socket.events_before_ack()

    await socket.send(2, socket.identity())

    assert (await socket.receive()) == {"closed": 4005}


async def test_the_121st_frame_of_a_minute_ends_the_connection(
    sockets: Sockets, clock: HandClock
) -> None:
    socket = await sockets()
    await socket.identify(intents=0)  # the first frame
    for _ in range(119):
        await socket.send(1)
        assert (await socket.receive())["op"] == 11

    await clock.advance(60)
    await socket.send(1)
    assert (await socket.receive())["op"] == 11
    for _ in range(119):
        await socket.send(1)
        assert (await socket.receive())["op"] == 11
    await socket.send(1)

    assert (await socket.receive()) == {"closed": 4008}


async def test_a_client_without_heartbeats_is_asked_once_and_then_left(
    sockets: Sockets, clock: HandClock
) -> None:
    socket = await sockets()
    await socket.identify(intents=0)

    await clock.advance(62)
    assert (await socket.receive())["op"] == 1
    await clock.advance(62)

    assert (await socket.receive()) == {"closed": 4000}


async def test_a_client_that_answers_the_question_stays(sockets: Sockets, clock: HandClock) -> None:
    socket = await sockets()
    await socket.identify(intents=0)

    await clock.advance(62)
    assert (await socket.receive())["op"] == 1
    assert await socket.events_before_ack() == []
    await clock.advance(62)

    assert await socket.events_before_ack() == []


async def test_each_shard_gets_its_own_servers_and_shard_zero_the_direct_messages(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    world = sandbox.discord.world
    bot, ada = sandbox.discord.application.bot, world.user_named("ada")
    direct = world.direct_channel(bot, ada)
    general = {guild.id: next(c for c in guild.channels.values() if c.name == "general")
               for guild in world.guilds.values()}  # fmt: skip
    shards = [await sockets(), await sockets()]
    for number, socket in enumerate(shards):
        ready = await socket.identify(shard=[number, 2])
        assert ready["shard"] == [number, 2]
        assert {(int(guild["id"]) >> 22) % 2 for guild in ready["guilds"]} <= {number}
        await socket.events_before_ack()

    for channel in [direct, *general.values()]:
        post(world, compose(world, channel, ada, {"content": "hello"}))
    seen = [
        {frame["d"]["channel_id"] for frame in await socket.events_before_ack()}
        for socket in shards
    ]

    for guild_id, channel in general.items():
        assert [str(channel.id) in ids for ids in seen] == [
            (guild_id >> 22) % 2 == number for number in (0, 1)
        ]
    assert str(direct.id) in seen[0]
    assert str(direct.id) not in seen[1]


async def test_the_default_servers_fall_on_different_shards(sandbox: Sandbox) -> None:
    assert {(guild_id >> 22) % 2 for guild_id in sandbox.discord.world.guilds} == {0, 1}


async def test_one_shard_in_two_sessions_sees_every_event_twice(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    world = sandbox.discord.world
    both = [await sockets(), await sockets()]
    for socket in both:
        await socket.identify(shard=[0, 1])
        await socket.events_before_ack()

    post(world, compose(world, world.channel_named("general"), world.user_named("ada"),
                        {"content": "once"}))  # fmt: skip
    first, second = [await socket.events_before_ack() for socket in both]

    assert first[0]["d"]["id"] == second[0]["d"]["id"]


async def test_identifies_are_counted_for_a_day(
    rest: Rest, sockets: Sockets, clock: HandClock, sandbox: Sandbox
) -> None:
    await (await sockets()).identify()

    after = (await rest("GET", "/gateway/bot")).body
    await clock.advance(24 * 3600)
    later = (await rest("GET", "/gateway/bot")).body

    assert after["url"] == sandbox.discord.gateway_url
    assert after["session_start_limit"]["remaining"] == 999
    assert after["session_start_limit"]["reset_after"] == 24 * 3600 * 1000
    assert later["session_start_limit"]["remaining"] == 1000


async def test_one_identify_too_many_resets_the_token(
    sandbox: Sandbox, sockets: Sockets, rest: Rest
) -> None:
    sandbox.discord.application.session_starts_total = 1
    first, second = await sockets(), await sockets()
    await first.identify(intents=0)

    assert await second.identify() == {"closed": 4004}
    assert (await first.receive()) == {"closed": 4004}
    assert (await rest("GET", "/users/@me")).status == 401


async def test_members_can_be_asked_for_by_name_by_id_and_all_together(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    guild = sandbox.discord.world.guild_named("Switchyard")
    ada = sandbox.discord.world.user_named("ada")
    socket = await sockets()
    await socket.identify(intents=GUILDS | MEMBERS)

    async def ask(**wanted: object) -> Json:
        await socket.send(8, {"guild_id": str(guild.id), "nonce": "n", **wanted})
        return await socket.until("GUILD_MEMBERS_CHUNK")

    def names(chunk: Json) -> list[str]:
        return [member["user"]["username"] for member in chunk["members"]]

    by_name = await ask(query="AD", limit=5)
    by_id = await ask(user_ids=[str(ada.id), "1"], limit=0)
    everyone = await ask(query="", limit=0)

    assert names(by_name) == ["ada"]
    assert by_name["nonce"] == "n"
    assert names(by_id) == ["ada"]
    assert by_id["not_found"] == ["1"]
    assert len(names(everyone)) == len(guild.members)


async def test_a_bot_that_is_invited_and_thrown_out_hears_of_both(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    world, application = sandbox.discord.world, sandbox.discord.application
    socket = await sockets()
    await socket.identify(intents=GUILDS)
    await socket.events_before_ack()
    guild = add_guild(world, "Third", owner=world.user_named("mia"))

    add_bot(world, guild, application)
    created = await socket.until("GUILD_CREATE")
    world.remove_member(guild, application.bot)
    deleted = await socket.until("GUILD_DELETE")

    assert created["name"] == "Third"
    assert deleted == {"id": str(guild.id)}


async def test_another_bot_sees_only_its_own_servers(sandbox: Sandbox, sockets: Sockets) -> None:
    world = sandbox.discord.world
    other = add_application(world, "Other", owner=world.user_named("ben"))
    socket = await sockets()

    ready = await socket.identify(token=other.token)

    assert ready["guilds"] == []
    assert ready["application"]["id"] == str(other.id)


async def test_presence_and_voice_state_are_accepted(sockets: Sockets) -> None:
    socket = await sockets()
    await socket.identify(intents=0)

    await socket.send(3, {"since": None, "activities": [], "status": "idle", "afk": False})
    await socket.send(4, {"guild_id": "1", "channel_id": None})

    assert await socket.events_before_ack() == []


@pytest.mark.parametrize(
    ("query", "code"), [({"v": 9}, 4012), ({"encoding": "etf"}, 4002), ({"compress": "x"}, 4002)]
)
async def test_another_version_or_encoding_is_refused(
    query: dict[str, object], code: int, sockets: Sockets
) -> None:
    socket = await sockets(**query)

    assert (await socket.receive()) == {"closed": code}
