"""What a person sees: messages with their files and controls, alive."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from typing_extensions import override

from sandbox.discord import message_payloads
from sandbox.discord.cdn import signed_url
from sandbox.discord.components import walk
from sandbox.discord.model import Attachment as StoredAttachment
from sandbox.discord.model import Json, MessageFlag
from sandbox.discord.model import Message as StoredMessage
from sandbox.discord.model import User as StoredUser
from sandbox.discord.state import World
from sandbox.discord.validation.controls import BUTTON, LINK, SELECTS

TEXT_DISPLAY = 10


@dataclass(frozen=True, slots=True)
class Control:
    """A button or a select of a message.

    options  labels and values of a string select
    """

    label: str
    custom_id: str
    type: int
    disabled: bool
    url: str | None
    options: tuple[tuple[str, str], ...]
    raw: Json


class Attachment:
    """A file of a message."""

    def __init__(self, world: World, stored: StoredAttachment) -> None:
        self._world = world
        self._stored = stored

    @property
    def name(self) -> str:
        return self._stored.filename

    @property
    def content_type(self) -> str:
        return self._stored.content_type

    @property
    def data(self) -> bytes:
        return self._stored.data

    @property
    def url(self) -> str:
        """Signed now, as a client gets it with the message."""
        return signed_url(self._world, self._stored)

    async def read(self) -> bytes:
        """Its bytes, downloaded from its address."""
        async with aiohttp.ClientSession() as session, session.get(self.url) as response:
            response.raise_for_status()
            return await response.read()


class Message:
    """One message as `seen_by` sees it; it changes as its author edits it."""

    def __init__(
        self, world: World, stored: StoredMessage, seen_by: StoredUser, *, failed: bool = False
    ) -> None:
        self.stored = stored
        self.failed = failed
        self._world = world
        self._seen_by = seen_by

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other.stored is self.stored

    @override
    def __hash__(self) -> int:
        return hash(self.stored.id)

    @override
    def __repr__(self) -> str:
        said = f"{self.author} is thinking..." if self.thinking else self.text
        return f"<Message {self.id} by {self.author}: {said!r}>"

    @property
    def id(self) -> int:
        return self.stored.id

    @property
    def author(self) -> str:
        return self.stored.author.username

    @property
    def content(self) -> str:
        return self.stored.content

    @property
    def text(self) -> str:
        """All that is written in it: content, embeds, text displays."""
        parts = [self.content, *_embed_texts(self.stored.embeds)]
        parts += [
            str(component["content"])
            for component in walk(self.stored.components)
            if component["type"] == TEXT_DISPLAY
        ]
        return "\n".join(part for part in parts if part)

    @property
    def ephemeral(self) -> bool:
        return self.stored.ephemeral_for is not None

    @property
    def thinking(self) -> bool:
        return bool(self.stored.flags & MessageFlag.LOADING)

    @property
    def edited(self) -> bool:
        return self.stored.edited_timestamp is not None

    @property
    def deleted(self) -> bool:
        return self.stored.channel.messages.get(self.id) is not self.stored

    @property
    def embeds(self) -> list[Json]:
        return self.stored.embeds

    @property
    def attachments(self) -> list[Attachment]:
        return [Attachment(self._world, one) for one in self.stored.attachments]

    @property
    def controls(self) -> list[Control]:
        return [
            _control(component)
            for component in walk(self.stored.components)
            if component["type"] in SELECTS | {BUTTON}
        ]

    @property
    def buttons(self) -> list[Control]:
        return [control for control in self.controls if control.type == BUTTON]

    def button(self, name: str) -> Control | None:
        """By its label or custom_id."""
        return next((one for one in self.buttons if name in {one.label, one.custom_id}), None)

    def select(self, name: str) -> Control | None:
        """By its placeholder or custom_id."""
        selects = (one for one in self.controls if one.type != BUTTON)
        return next((one for one in selects if name in {one.label, one.custom_id}), None)

    @property
    def raw(self) -> Json:
        """As Discord would answer it over REST."""
        return message_payloads.message(self._world, self.stored, seen_by=self._seen_by)


def _control(component: Json) -> Control:
    options = cast("list[Json]", component.get("options") or [])
    emoji: Json = component.get("emoji") or {}
    label = component.get("label") or component.get("placeholder") or emoji.get("name")
    return Control(
        label=str(label or ""),
        custom_id=str(component.get("custom_id") or ""),
        type=component["type"],
        disabled=bool(component.get("disabled")),
        url=component.get("url") if component.get("style") == LINK else None,
        options=tuple((str(one["label"]), str(one["value"])) for one in options),
        raw=component,
    )


def _embed_texts(embeds: list[Json]) -> Iterator[str]:
    for embed in embeds:
        author: dict[str, Any] = embed.get("author") or {}
        footer: dict[str, Any] = embed.get("footer") or {}
        yield str(author.get("name") or "")
        yield str(embed.get("title") or "")
        yield str(embed.get("description") or "")
        for field in cast("list[Json]", embed.get("fields") or []):
            yield f"{field['name']}\n{field['value']}"
        yield str(footer.get("text") or "")
