"""What a question points at: a message it replies to, forwards, or links to.

Each is read only where whoever asks may read it: in the same server, in a channel that they can
see, with its history. What can't be used is named under the answer.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.domain.conversations import Input, InputLeftOut, LeftOut, Question
from bot.domain.errors import FileError
from cogs._quoting import Quoted, quoted

if TYPE_CHECKING:
    from bot.client import Bot

LINK = re.compile(
    r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/channels/(\d{15,20}|@me)/(\d{15,20})/(\d{15,20})"
)
MOST_LINKS = 5
Found = Quoted | InputLeftOut
Look = Callable[[], Awaitable[Sequence[Found]]]


def with_context(bot: "Bot", question: Question, message: discord.Message) -> Question:
    """With the message it replies to, what it forwards, and what it links to."""
    near = [*_replied_to(bot, message), *_forwarded(message)]
    links = _links(message.content)
    if not near and not links:
        return question

    async def look() -> Sequence[Found]:
        member = message.author if isinstance(message.author, discord.Member) else None
        return [*near, *await _linked(links, message.guild, member)]

    return _looking(bot, question, look)


def with_links(bot: "Bot", question: Question, interaction: discord.Interaction) -> Question:
    """The same for a command, which can only link."""
    links = _links(question.text)
    if not links:
        return question

    async def look() -> Sequence[Found]:
        member = interaction.user if isinstance(interaction.user, discord.Member) else None
        return await _linked(links, interaction.guild, member)

    return _looking(bot, question, look)


def forwards(message: discord.Message) -> bool:
    return bool(message.message_snapshots)


def _replied_to(bot: "Bot", message: discord.Message) -> list[Quoted]:
    """Not one of ours: it stands in the history."""
    reference = message.reference
    replied = reference.resolved if reference is not None and not forwards(message) else None
    if not isinstance(replied, discord.Message) or replied.author == bot.user:
        return []
    return [quoted(replied)]


def _forwarded(message: discord.Message) -> list[Quoted]:
    """It has no author: Discord does not say who wrote it."""
    return [quoted(message)] if forwards(message) else []


def _links(text: str) -> list[re.Match[str]]:
    found = {match[0]: match for match in LINK.finditer(text)}
    return list(found.values())


async def _linked(
    links: Sequence[re.Match[str]], guild: discord.Guild | None, member: discord.Member | None
) -> list[Found]:
    found = [await _read(link, guild, member) for link in links[:MOST_LINKS]]
    found += [InputLeftOut(what=each[0], why=LeftOut.TOO_MANY) for each in links[MOST_LINKS:]]
    return found


async def _read(
    link: re.Match[str], guild: discord.Guild | None, member: discord.Member | None
) -> Found:
    """By REST, so that what was forbidden a moment ago is forbidden here."""
    server, channel, message = link.groups()
    hidden = InputLeftOut(what=link[0], why=LeftOut.NOT_ALLOWED)
    if guild is None or member is None or server != str(guild.id):
        return hidden
    try:
        there = await guild.fetch_channel(int(channel))
        if not isinstance(there, discord.abc.Messageable) or not await _may_read(there, member):
            return hidden
        return quoted(await there.fetch_message(int(message)))
    except discord.NotFound:
        return InputLeftOut(what=link[0], why=LeftOut.GONE)
    except (discord.Forbidden, discord.InvalidData):
        return hidden
    except discord.HTTPException:
        return InputLeftOut(what=link[0], why=LeftOut.GONE)


async def _may_read(
    channel: discord.abc.GuildChannel | discord.Thread, member: discord.Member
) -> bool:
    allowed = channel.permissions_for(member)
    if not (allowed.view_channel and allowed.read_message_history):
        return False
    if not isinstance(channel, discord.Thread) or not channel.is_private():
        return True
    if allowed.manage_threads:
        return True
    try:
        await channel.fetch_member(member.id)
    except discord.NotFound:
        return False
    return True


def _looking(bot: "Bot", question: Question, look: Look) -> Question:
    own = question.inputs

    async def fetch() -> Sequence[Input | InputLeftOut]:
        fetched: list[Input | InputLeftOut] = [*await own()] if own else []
        for each in await look():
            if isinstance(each, InputLeftOut):
                fetched.append(each)
                continue
            name = each.text.partition(":")[0]
            fetched.append(Input(name=name, mime="text/plain", data=each.text.encode()))
            for file in each.files:
                try:
                    fetched.append(await bot.attachments.read(file))
                except FileError as error:
                    fetched.append(InputLeftOut(what=error.filename, why=LeftOut.FILE))
        return fetched

    return replace(question, inputs=fetch)
