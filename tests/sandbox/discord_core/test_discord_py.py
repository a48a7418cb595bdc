"""A small bot that is not ours, on discord.py as it is, with nothing but the address changed."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override

from sandbox._tasks import Tasks
from sandbox.clock import HandClock, SystemClock
from sandbox.discord.faults import Fault, GatewayFault
from sandbox.discord.model import Channel, Message, User
from sandbox.discord.permissions import Permission
from sandbox.discord.posting import compose, post
from sandbox.discord.ratelimits import Kind, Limit
from sandbox.discord.rest.routing import Upload
from sandbox.server import Sandbox
from tests.sandbox.discord_core.test_messages import grant


class Parrot(discord.Client):
    """Answers what it is told, in the way the first word says."""

    def __init__(self) -> None:
        intents = discord.Intents.all()
        super().__init__(intents=intents, guild_ready_timeout=0.01)
        self.online = asyncio.Event()
        self.heard: list[str] = []
        self.readies = 0
        self.resumes = 0

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Nothing: as it comes, it sleeps 5 s before every IDENTIFY but the first."""

    async def on_ready(self) -> None:
        self.readies += 1
        self.online.set()

    async def on_resumed(self) -> None:
        self.resumes += 1

    async def on_message(self, message: discord.Message) -> None:
        if message.author == self.user:
            return
        self.heard.append(message.content)
        order, _, words = message.content.partition(" ")
        match order:
            case "reply":
                answer = await message.reply(words, mention_author=False)
                await answer.edit(content=f"{words}!")
                await message.add_reaction("👍")
            case "thread":
                thread = await message.create_thread(name=words)
                await thread.send("first")
                await thread.edit(archived=True)
            case "whisper":
                await message.author.send(words)
            case "file":
                data = await message.attachments[0].read()
                file = discord.File(io.BytesIO(data[::-1]), "backwards.txt")
                await message.channel.send(embed=discord.Embed(title=words), file=file)
            case "tidy":
                found = [one async for one in message.channel.history(limit=3)]
                assert isinstance(message.channel, discord.TextChannel)
                await message.channel.delete_messages(found)
            case _:
                pass


class Stage:
    def __init__(self, sandbox: Sandbox, bot: Parrot) -> None:
        self.world = sandbox.discord.world
        self.bot = bot
        self.ada: User = self.world.user_named("ada")
        self.general: Channel = self.world.channel_named("general")

    @property
    def newest(self) -> Message:
        return self.general.messages[max(self.general.messages)]

    def say(self, content: str, channel: Channel | None = None) -> Message:
        place = channel or self.general
        return post(self.world, compose(self.world, place, self.ada, {"content": content}))


@asynccontextmanager
async def online(sandbox: Sandbox) -> AsyncGenerator[Parrot, None]:
    """With both places where discord.py keeps the address, put back afterwards."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = sandbox.discord_api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sandbox.discord.gateway_url)
    bot = Parrot()
    tasks = Tasks()
    run = tasks.spawn(bot.start(sandbox.discord_token), name="the bot")
    waiting = tasks.spawn(bot.online.wait(), name="waiting for it")
    await asyncio.wait([run, waiting], return_when=asyncio.FIRST_COMPLETED)
    if run.done():
        run.result()
    try:
        yield bot
    finally:
        await bot.close()
        await run
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@pytest.fixture
async def stage(sandbox: Sandbox) -> AsyncGenerator[Stage, None]:
    async with online(sandbox) as bot:
        yield Stage(sandbox, bot)


async def test_it_comes_online_and_knows_everybody(stage: Stage) -> None:
    assert [guild.name for guild in stage.bot.guilds] == ["Switchyard", "Second server"]
    names = {member.name for member in stage.bot.guilds[0].members}
    assert names == {"ada", "ben", "mia", "lin", "operator", "Switchboard"}
    assert str(stage.bot.user) == "Switchboard#4242"
    assert str(stage.bot.guilds[0].get_member(stage.ada.id)) == "ada"
    assert stage.bot.application_id == next(iter(stage.world.applications))


async def test_it_replies_edits_and_reacts(stage: Stage) -> None:
    asked = stage.say("reply hello")
    await stage.world.until(lambda: asked.reactions)

    answer = stage.newest
    assert answer.content == "hello!"
    assert answer.edited_timestamp is not None
    assert answer.reference is not None
    assert answer.reference["message_id"] == str(asked.id)
    assert answer.mentions == []


async def test_it_opens_a_thread_and_archives_it(stage: Stage) -> None:
    asked = stage.say("thread about trains")
    await stage.world.until(lambda: asked.thread is not None and asked.thread.archived)

    assert asked.thread is not None
    assert asked.thread.name == "about trains"
    assert [message.content for message in asked.thread.messages.values()] == ["", "first"]


async def test_it_writes_direct_messages_and_hears_the_answer(stage: Stage) -> None:
    stage.say("whisper psst")
    bot = next(iter(stage.world.applications.values())).bot
    direct = stage.world.direct_channel(bot, stage.ada)
    await stage.world.until(lambda: direct.messages)
    stage.say("reply back", direct)
    await stage.world.until(lambda: len(direct.messages) == 3)

    assert next(iter(direct.messages.values())).content == "psst"


async def test_it_downloads_a_file_and_uploads_another(stage: Stage) -> None:
    upload = Upload(filename="words.txt", content_type="text/plain", data=b"abc")
    message = compose(
        stage.world, stage.general, stage.ada, {"content": "file turned"}, files={0: upload}
    )
    post(stage.world, message)
    await stage.world.until(lambda: len(stage.general.messages) == 2)

    answer = stage.newest
    assert answer.attachments[0].data == b"cba"
    assert answer.embeds[0]["title"] == "turned"


async def test_it_finds_no_emoji_and_no_stickers_where_it_looks(stage: Stage) -> None:
    guild = stage.bot.guilds[0]

    assert await stage.bot.fetch_application_emojis() == []
    assert await guild.fetch_emojis() == []
    assert await guild.fetch_stickers() == []


async def test_it_deletes_in_bulk(stage: Stage, sandbox: Sandbox) -> None:
    grant(sandbox, Permission.MANAGE_MESSAGES)
    for text in ("one", "two", "tidy"):
        stage.say(text)

    await stage.world.until(lambda: not stage.general.messages)


async def test_it_keeps_within_the_limits_it_is_told() -> None:
    """On the machine's clock, for discord.py waits by it: a window of 50 ms, three times over."""
    async with Sandbox(clock=SystemClock()) as sandbox, online(sandbox) as bot:
        sandbox.discord.limits.limits[Kind.MESSAGE_CREATE] = Limit(2, 0.05)
        channel = bot.get_channel(sandbox.discord.world.channel_named("general").id)
        assert isinstance(channel, discord.TextChannel)

        await asyncio.gather(*(channel.send(str(number)) for number in range(6)))

        statuses = [one.status for one in sandbox.discord.requests if one.method == "POST"]
        assert statuses == [200] * 6


async def test_it_waits_out_a_429_and_sends_again(stage: Stage, sandbox: Sandbox) -> None:
    sandbox.discord.faults.add(
        Fault(route="POST /channels/*/messages", status=429, retry_after=0.01, scope="shared")
    )
    stage.say("reply after all")
    await stage.world.until(lambda: len(stage.general.messages) == 2)

    statuses = [one.status for one in sandbox.discord.requests if one.method == "POST"]
    assert statuses == [429, 200]


async def test_it_resumes_after_a_cut_line_and_misses_nothing(
    stage: Stage, sandbox: Sandbox
) -> None:
    stage.say("before")
    await sandbox.discord.gateway.disturb("drop")
    for number in range(5):
        stage.say(f"missed {number}")
    await stage.world.until(sandbox.discord.gateway.until_ready())
    stage.say("reply after")
    await stage.world.until(lambda: stage.newest.content == "after!")

    assert stage.bot.heard == [
        "before",
        *(f"missed {number}" for number in range(5)),
        "reply after",
    ]
    assert (stage.bot.readies, stage.bot.resumes) == (1, 1)


async def test_it_stays_online_while_a_test_moves_the_clock_by_a_quarter_of_an_hour(
    stage: Stage, clock: HandClock
) -> None:
    """Its own heartbeats come by real time: the gateway asks for one, and it answers."""
    await clock.advance(15 * 60)
    stage.say("reply still here")
    await stage.world.until(lambda: stage.newest.content == "still here!")

    assert (stage.bot.readies, stage.bot.resumes) == (1, 0)


async def test_it_resumes_when_asked_to_reconnect(stage: Stage, sandbox: Sandbox) -> None:
    sandbox.discord.faults.add(GatewayFault(action="reconnect", event="MESSAGE_CREATE"))
    stage.say("one")
    await stage.world.until(lambda: not sandbox.discord.gateway.until_ready()())
    stage.say("two")
    await stage.world.until(sandbox.discord.gateway.until_ready())
    stage.say("reply three")
    await stage.world.until(lambda: stage.newest.content == "three!")

    assert stage.bot.heard == ["one", "two", "reply three"]
    assert stage.bot.resumes == 1


async def test_it_identifies_anew_after_an_invalid_session(stage: Stage, sandbox: Sandbox) -> None:
    stage.bot.online.clear()
    await sandbox.discord.gateway.disturb("invalidate")
    await stage.bot.online.wait()
    stage.say("reply still here")
    await stage.world.until(lambda: stage.newest.content == "still here!")

    assert (stage.bot.readies, stage.bot.resumes) == (2, 0)
