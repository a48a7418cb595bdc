"""Ordinary messages of a person: said, spoken, changed, taken back."""

import base64
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.discord import message_payloads, posting
from sandbox.discord.bodies import MAX_FILE_BYTES
from sandbox.discord.model import Channel, Json, MessageFlag
from sandbox.discord.model import Message as StoredMessage
from sandbox.discord.model import User as StoredUser
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.reactions import react, unreact
from sandbox.discord.state import World
from sandbox.discord.thread_life import wake_thread
from sandbox.driver.errors import ClientRefused
from sandbox.driver.messages import Message
from sandbox.driver.places import Place, Places
from sandbox.driver.uploads import Upload

if TYPE_CHECKING:
    from sandbox.driver.invocation import Invocation

MAX_CONTENT = 2000
MAX_FILES = 10
GENERAL = "general"
_WAVEFORM_POINTS = 64


class Speaking:
    """What `User` does without the application's commands."""

    world: World
    user: StoredUser
    places: Places
    _dismissed: set[int]

    async def say(
        self,
        text: str = "",
        *,
        channel: Place = GENERAL,
        reply_to: Message | None = None,
        files: Sequence[Upload] = (),
        ping: bool = True,
    ) -> Message:
        """Post a message. A reply goes where its message is; `ping` False leaves its author be.

        Raises:
            ClientRefused: nothing in it, too much in it, or no right to say it there.
        """
        place = reply_to.stored.channel if reply_to is not None else self.places.channel(channel)
        self._need(place, Permission.SEND_MESSAGES)
        if not text.strip() and not files:
            raise ClientRefused("an empty message is not sent")
        if len(text) > MAX_CONTENT:
            raise ClientRefused(
                f"the message has {len(text)} characters; {MAX_CONTENT} are allowed"
            )
        self._check_files(place, files)
        content = self.places.with_mentions(text, place)
        payload: Json = {"content": content}
        if not ping:
            payload["allowed_mentions"] = {
                "parse": ["users", "roles", "everyone"],
                "replied_user": False,
            }
        return self._post(place, payload, files, reply_to)

    async def forward(self, message: Message, *, channel: Place = GENERAL) -> Message:
        """Send a message on to another place; it is shown as it was, without its author."""
        place = self.places.channel(channel)
        self._need(place, Permission.SEND_MESSAGES)
        original = message.stored
        stored = posting.compose(self.world, place, self.user, {"content": ""}, files={})
        stored.snapshots = [message_payloads.snapshot(self.world, original)]
        stored.reference = posting.reference_to(original, forward=True)
        stored.flags |= MessageFlag.HAS_SNAPSHOT
        posting.post(self.world, stored)
        return Message(self.world, stored, self.user)

    async def voice_note(
        self, sound: bytes, *, seconds: float, channel: Place = GENERAL
    ) -> Message:
        """Record a voice message: Ogg Opus bytes and how long they play."""
        place = self.places.channel(channel)
        self._need(place, Permission.SEND_MESSAGES | Permission.SEND_VOICE_MESSAGES)
        upload = Upload("voice-message.ogg", sound, "audio/ogg")
        self._check_files(place, [upload])
        shape = random.Random(len(sound)).randbytes(_WAVEFORM_POINTS)  # noqa: S311  a picture
        details = {"id": "0", "filename": upload.name, "duration_secs": seconds}
        payload: Json = {
            "flags": int(MessageFlag.IS_VOICE_MESSAGE),
            "attachments": [details | {"waveform": base64.b64encode(shape).decode()}],
        }
        return self._post(place, payload, [upload], None)

    async def edit(self, message: Message, text: str) -> None:
        """Change the text of one's own message."""
        if message.stored.author is not self.user:
            raise ClientRefused(f"{self.user.username} did not write {message!r}")
        if not 1 <= len(text) <= MAX_CONTENT:
            raise ClientRefused(f"a message has 1 to {MAX_CONTENT} characters")
        content = self.places.with_mentions(text, message.stored.channel)
        posting.edit(self.world, message.stored, {"content": content})

    async def delete(self, message: "Message | Invocation") -> None:
        """Delete one's own message, anybody's with Manage Messages; dismiss an ephemeral one."""
        if not isinstance(message, Message):
            if message.original is None:
                raise ClientRefused("there is nothing to delete yet")
            message = message.original
        stored = message.stored
        if stored.ephemeral_for is not None:
            self._dismissed.add(stored.id)
            self.world.touch()
            return
        if stored.author is not self.user:
            self._need(stored.channel, Permission.MANAGE_MESSAGES)
            if stored.channel.guild is None:
                raise ClientRefused("in direct messages one deletes only one's own")
        posting.delete(self.world, stored)

    async def react(self, message: Message, emoji: str) -> None:
        self._need(message.stored.channel, Permission.ADD_REACTIONS)
        react(self.world, message.stored, self.user, emoji)

    async def unreact(self, message: Message, emoji: str) -> None:
        """Take one's own reaction back; where there is none, nothing changes."""
        unreact(self.world, message.stored, self.user, emoji)

    def _need(self, channel: Channel, permission: Permission) -> None:
        missing = permission & ~self.world.permissions(channel, self.user)
        if missing:
            raise ClientRefused(f"{self.user.username} lacks {Permission(missing).name} there")

    def _check_files(self, channel: Channel, files: Sequence[Upload]) -> None:
        if files:
            self._need(channel, Permission.ATTACH_FILES)
        if len(files) > MAX_FILES:
            raise ClientRefused(f"a message takes {MAX_FILES} files")
        for file in files:
            if len(file.data) > MAX_FILE_BYTES:
                raise ClientRefused(f"{file.name!r} is larger than {MAX_FILE_BYTES} bytes")

    def _post(
        self, channel: Channel, payload: Json, files: Sequence[Upload], reply_to: Message | None
    ) -> Message:
        if channel.is_thread:
            wake_thread(self.world, channel)
        parts = {number: file.part() for number, file in enumerate(files)}
        stored: StoredMessage = posting.compose(
            self.world, channel, self.user, payload, files=parts
        )
        if reply_to is not None:
            posting.refer(stored, reply_to.stored, allowed=payload.get("allowed_mentions"))
        posting.post(self.world, stored)
        return Message(self.world, stored, self.user)
