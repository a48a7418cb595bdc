"""What a session sees, by intents, permissions and the application's flags."""

import pytest

from sandbox.discord.defaults import add_application, add_bot
from sandbox.discord.model import ApplicationFlag, Channel, Message, Overwrite, User
from sandbox.discord.permissions import Permission
from sandbox.discord.posting import compose, delete, edit, post
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import UNPRIVILEGED, Json, Rest, Socket, Sockets

CONTENT = 1 << 15
GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 9, 1 << 12


class Stage:
    """The people and places of these tests."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.world = sandbox.discord.world
        self.bot = sandbox.discord.application.bot
        self.ada = self.world.user_named("ada")
        self.general = self.world.channel_named("general")
        self.direct = self.world.direct_channel(self.bot, self.ada)

    def say(self, channel: Channel, author: User, content: str) -> Message:
        embeds = [{"title": "an embed"}]
        rows = [
            {"type": 1, "components": [{"type": 2, "style": 1, "label": "b", "custom_id": "b"}]}
        ]
        body: Json = {"content": content, "embeds": embeds, "components": rows}
        return post(self.world, compose(self.world, channel, author, body))


@pytest.fixture
def stage(sandbox: Sandbox) -> Stage:
    return Stage(sandbox)


async def online(sockets: Sockets, intents: int) -> Socket:
    socket = await sockets()
    await socket.identify(intents=intents)
    await socket.events_before_ack()
    return socket


@pytest.mark.parametrize("has_intent", [True, False])
@pytest.mark.parametrize(
    ("case", "always"), [("plain", False), ("own", True), ("direct", True), ("mention", True)]
)
async def test_content_is_empty_without_the_intent_except_own_direct_and_mentions(
    *, case: str, always: bool, has_intent: bool, stage: Stage, sockets: Sockets
) -> None:
    socket = await online(sockets, UNPRIVILEGED | (CONTENT if has_intent else 0))
    channel = stage.direct if case == "direct" else stage.general
    author = stage.bot if case == "own" else stage.ada
    text = f"<@{stage.bot.id}> hi" if case == "mention" else "hi"

    stage.say(channel, author, text)
    message = (await socket.events_before_ack())[0]["d"]

    readable = always or has_intent
    assert message["content"] == (text if readable else "")
    for field in ("embeds", "components"):
        assert bool(message[field]) == readable


async def test_rest_hides_content_from_an_application_without_the_flag(
    sandbox: Sandbox, stage: Stage, rest: Rest
) -> None:
    hidden = stage.say(stage.general, stage.ada, "hidden")
    mention = stage.say(stage.general, stage.ada, f"<@{stage.bot.id}>")
    sandbox.discord.application.flags = int(ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED)

    listed = (await rest("GET", f"/channels/{stage.general.id}/messages")).body
    one = (await rest("GET", f"/channels/{stage.general.id}/messages/{hidden.id}")).body

    assert [message["content"] for message in listed] == [mention.content, ""]
    assert one["content"] == ""
    assert one["embeds"] == []


async def test_a_message_replied_to_is_hidden_by_its_own_rules(
    stage: Stage, sockets: Sockets, rest: Rest
) -> None:
    question = stage.say(stage.general, stage.ada, "what?")
    socket = await online(sockets, UNPRIVILEGED)

    await rest(
        "POST",
        f"/channels/{stage.general.id}/messages",
        {"content": "that", "message_reference": {"message_id": str(question.id)}},
    )
    reply = (await socket.events_before_ack())[0]["d"]

    assert reply["content"] == "that"
    assert reply["referenced_message"]["content"] == ""


async def test_messages_come_by_the_intent_of_their_place(stage: Stage, sockets: Sockets) -> None:
    in_guilds = await online(sockets, GUILD_MESSAGES)
    in_direct = await online(sockets, DIRECT_MESSAGES)
    nowhere = await online(sockets, 0)

    stage.say(stage.general, stage.ada, "server")
    stage.say(stage.direct, stage.ada, "direct")
    channels = [
        [event["d"]["channel_id"] for event in await socket.events_before_ack()]
        for socket in (in_guilds, in_direct, nowhere)
    ]

    assert channels == [[str(stage.general.id)], [str(stage.direct.id)], []]


async def test_a_channel_the_bot_cannot_see_sends_it_nothing(
    stage: Stage, sockets: Sockets
) -> None:
    guild = stage.general.guild
    assert guild is not None
    stage.general.overwrites[guild.id] = Overwrite(
        id=guild.id, type=0, deny=int(Permission.VIEW_CHANNEL)
    )
    own_role = guild.members[stage.bot.id].roles[0]
    socket = await online(sockets, UNPRIVILEGED)

    stage.say(stage.general, stage.ada, "unseen")
    unseen = await socket.events_before_ack()
    stage.general.overwrites[own_role] = Overwrite(
        id=own_role, type=0, allow=int(Permission.VIEW_CHANNEL)
    )
    stage.say(stage.general, stage.ada, "seen")
    seen = await socket.events_before_ack()

    assert unseen == []
    assert [event["t"] for event in seen] == ["MESSAGE_CREATE"]


async def test_an_ephemeral_message_reaches_the_bot_it_belongs_to_and_no_other_list(
    sandbox: Sandbox, stage: Stage, sockets: Sockets, rest: Rest
) -> None:
    socket = await online(sockets, UNPRIVILEGED)
    message = compose(
        stage.world, stage.general, stage.bot, {"content": "psst"}, ephemeral_for=stage.ada.id
    )
    message.application_id = sandbox.discord.application.id

    post(stage.world, message)
    event = (await socket.events_before_ack())[0]["d"]
    listed = (await rest("GET", f"/channels/{stage.general.id}/messages")).body
    one = await rest("GET", f"/channels/{stage.general.id}/messages/{message.id}")

    assert event["flags"] == 64
    assert listed == []
    assert (one.status, one.code) == (404, 10008)


async def test_ephemeral_messages_come_as_direct_messages_do_and_to_nobody_else(
    sandbox: Sandbox, stage: Stage, sockets: Sockets
) -> None:
    guild = stage.general.guild
    assert guild is not None
    other = add_application(stage.world, "Other", owner=stage.ada)
    add_bot(stage.world, guild, other)
    elsewhere = await sockets()
    await elsewhere.identify(token=other.token)
    await elsewhere.events_before_ack()
    in_guilds = await online(sockets, GUILD_MESSAGES)
    in_direct = await online(sockets, DIRECT_MESSAGES)
    before = stage.general.last_message_id
    message = compose(
        stage.world, stage.general, stage.bot, {"content": "psst"}, ephemeral_for=stage.ada.id
    )
    message.application_id = sandbox.discord.application.id

    post(stage.world, message)
    edit(stage.world, message, {"content": "psst!"})
    delete(stage.world, message)
    came = [await one.events_before_ack() for one in (in_direct, in_guilds, elsewhere)]

    events = ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"]
    assert [[event["t"] for event in one] for one in came] == [events, [], []]
    for event in came[0]:
        assert event["d"]["channel_id"] == str(stage.general.id)
        assert "guild_id" not in event["d"]
        assert "member" not in event["d"]
    assert stage.general.last_message_id == before


async def test_no_bot_deletes_an_ephemeral_message_among_others(stage: Stage, rest: Rest) -> None:
    stage.general.overwrites[stage.bot.id] = Overwrite(
        id=stage.bot.id, type=1, allow=int(Permission.MANAGE_MESSAGES)
    )
    secret = post(
        stage.world,
        compose(
            stage.world, stage.general, stage.bot, {"content": "psst"}, ephemeral_for=stage.ada.id
        ),
    )
    said = stage.say(stage.general, stage.ada, "hi")

    listed = {"messages": [str(secret.id), str(said.id)]}
    await rest("POST", f"/channels/{stage.general.id}/messages/bulk-delete", listed)

    assert list(stage.general.messages) == [secret.id]


async def test_typing_reactions_and_interactions_follow_their_intents(
    stage: Stage, sockets: Sockets, rest: Rest
) -> None:
    typing = await online(sockets, 1 << 11)
    reactions = await online(sockets, 1 << 10)
    message = stage.say(stage.general, stage.ada, "react to this")

    await rest("POST", f"/channels/{stage.general.id}/typing")
    await rest("PUT", f"/channels/{stage.general.id}/messages/{message.id}/reactions/👍/@me")

    assert [event["t"] for event in await typing.events_before_ack()] == ["TYPING_START"]
    added = await reactions.events_before_ack()
    assert [event["t"] for event in added] == ["MESSAGE_REACTION_ADD"]
    assert added[0]["d"]["emoji"] == {"id": None, "name": "👍"}
