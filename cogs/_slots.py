"""What a delivery knows about the messages it made, and what it needs to make them."""

from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.clock import Clock
from bot.domain.conversations import Post
from bot.domain.ids import ChannelId, MessageId, TurnId
from cogs._posts import Body, Posts
from cogs._pump import Pump


class Book(Protocol):
    """What a delivery writes down: `Conversations` in production."""

    async def posted(self, turn: TurnId, post: Post) -> None: ...
    async def unposted(self, turn: TurnId, part: int) -> None: ...
    async def shown(self, turn: TurnId) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What all deliveries share."""

    book: Book
    posts: Posts
    pump: Pump
    clock: Clock


@dataclass(slots=True)
class Slot:
    """One message.

    shown     None while nobody knows what it looks like
    original  it is the first answer to the interaction whose token is used: "@original"
    """

    message: MessageId
    channel: ChannelId
    by_token: bool
    shown: Body | None = None
    original: bool = False


def look(body: Body) -> tuple[Any, ...]:
    """What can be seen of it: absent and empty look the same."""
    return body.content, body.embeds or (), body.components or (), body.files or ()


def over(before: Body | None, change: Body) -> Body:
    """`before` after `change`, whose absent fields left it as it was."""
    if before is None:
        return change
    return Body(
        content=change.content if change.content is not None else before.content,
        embeds=change.embeds if change.embeds is not None else before.embeds,
        components=change.components if change.components is not None else before.components,
        files=change.files if change.files is not None else before.files,
    )
