"""Messages and places by what they are in a run, not by their ids: those differ in the next one.

A message is one of
    {"action": 3, "post": 0}   the first message that the interaction of action 3 made
    {"action": 3, "said": true}   the message that action 3 said
    {"action": 3, "reply": 0}  the bot's first message in that channel after action 3, of its own
with "channel", "author" and "text" beside it, for one whose action is not known (any more).
"""

import re
from collections.abc import Callable, Iterable

from sandbox.discord.interactions.model import Interaction
from sandbox.discord.model import Channel, ChannelType, Json, Message, User
from sandbox.discord.server import DiscordServer
from sandbox.driver import Message as SeenMessage

_MENTION = re.compile(r"<(@&|@!?|#)(\d+)>")
_TEXT = 200


class Acts:
    """Which action said which message, and which opened which interaction."""

    def __init__(self) -> None:
        self.said: dict[int, int] = {}
        self.opened: dict[int, int] = {}

    def forget(self, action: int) -> None:
        for known in (self.said, self.opened):
            for key in [key for key, value in known.items() if value == action]:
                del known[key]

    def clear(self) -> None:
        self.said.clear()
        self.opened.clear()


def place(channel: Channel, me: User) -> Json | str:
    """As the driver names it; a group by its people."""
    if channel.guild is not None:
        return f"{channel.guild.name}/{channel.name}"
    others = [one for one in channel.recipients if one is not me]
    if channel.type is ChannelType.GROUP_DM:
        return {"group": [one.username for one in others], "name": channel.name or "group"}
    other = others[0] if others else me
    return "@bot" if other.bot else f"@{other.username}"


def plain(discord: DiscordServer, text: str, channel: Channel) -> str:
    """Mentions as one types them: @ben, @moderator, #random."""
    world = discord.world

    def name(found: re.Match[str]) -> str:
        sigil, number = found[1], int(found[2])
        if sigil == "#":
            one = world.channels.get(number)
            return f"#{one.name}" if one is not None else found[0]
        if sigil == "@&":
            role = channel.guild.roles.get(number) if channel.guild is not None else None
            return f"@{role.name}" if role is not None else found[0]
        user = world.users.get(number)
        return f"@{user.username}" if user is not None else found[0]

    return _MENTION.sub(name, text)


def interaction_of(discord: DiscordServer, interaction_id: int) -> Interaction | None:
    return next(iter(discord.interactions.all(lambda one: one.id == interaction_id)), None)


def reference(discord: DiscordServer, acts: Acts, message: Message, me: User) -> Json:
    channel = message.channel
    found: Json = {
        "channel": place(channel, me),
        "author": message.author.username,
        "text": plain(discord, SeenMessage(discord.world, message, me).text[:_TEXT], channel),
    }
    if message.id in acts.said:
        return {"action": acts.said[message.id], "said": True, **found}
    if message.interaction_metadata is not None:
        opened = interaction_of(discord, int(message.interaction_metadata["id"]))
        if opened is not None and opened.id in acts.opened and message in opened.posts:
            index = opened.posts.index(message)
            return {"action": acts.opened[opened.id], "post": index, **found}
        return found
    before = [number for number in acts.said if number < message.id and number in channel.messages]
    if message.author.bot and before:
        earlier = own_words(channel.messages.values(), message.author, after=max(before))
        if message in earlier:
            return {"action": acts.said[max(before)], "reply": earlier.index(message), **found}
    return found


def own_words(messages: Iterable[Message], author: User, *, after: int) -> list[Message]:
    """What a bot said after a message, its answers to interactions left out."""
    return [
        one
        for one in messages
        if one.author is author and one.id > after and one.interaction_metadata is None
    ]


def nearest(
    messages: list[SeenMessage], wanted: Json, plain_text: Callable[[SeenMessage], str]
) -> SeenMessage | None:
    """The newest that reads like the one that was used."""
    for one in reversed(messages):
        if one.author == wanted.get("author") and plain_text(one) == wanted.get("text"):
            return one
    return None
