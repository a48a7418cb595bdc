"""What people did, so that it can be done again: taken from the events that it caused.

Each action is JSON: {"id", "t", "by", "do", ...}; `do` is a method of the driver and the rest its
arguments. Messages are references (references.py), files are in base64.
"""

import base64
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from sandbox.discord.components import walk
from sandbox.discord.interactions.model import Interaction, InteractionType
from sandbox.discord.model import Attachment, Channel, Json, Message, MessageFlag, User
from sandbox.discord.server import DiscordServer
from sandbox.discord.state import Event
from sandbox.inspector.calls import IN_A_CALL
from sandbox.inspector.forms import filled
from sandbox.inspector.references import Acts, interaction_of, place, plain, reference

MAX_ACTIONS = 500
MAX_FILE_BYTES = 16 * 1024 * 1024  # of all files together
CHAT_INPUT, USER_MENU = 1, 2
_SUB_COMMANDS = {1, 2}
_USER, _CHANNEL, _ROLE, _MENTIONABLE, _ATTACHMENT = 6, 7, 8, 9, 11


class Actions:
    """Recorded from `listen` on; `told` is called with each one."""

    def __init__(self, discord: DiscordServer, told: Callable[[Json], None]) -> None:
        self._discord = discord
        self._told = told
        self._kept: deque[Json] = deque()
        self._acts = Acts()
        self._next = 1
        self._bytes = 0
        self._texts: dict[int, str] = {}  # what people said, to know a changed text from a pin
        discord.world.listen(self._on_event)

    def all(self) -> list[Json]:
        return list(self._kept)

    def clear(self) -> None:
        self._kept.clear()
        self._acts.clear()
        self._texts.clear()
        self._bytes = 0

    def _on_event(self, event: Event) -> None:
        payload = event.payload
        match event.name:
            case "INTERACTION_CREATE":
                opened = interaction_of(self._discord, int(payload["id"]))
                if opened is not None:
                    self._interaction(opened)
            case _ if IN_A_CALL.get():
                pass  # a bot did it, not a person
            case "MESSAGE_CREATE":
                self._said(self._message(payload))
            case "MESSAGE_UPDATE":
                self._edited(self._message(payload))
            case "MESSAGE_DELETE":
                self._deleted(payload, event.channel)
            case "MESSAGE_REACTION_ADD":
                self._reacted(payload)
            case _:
                pass

    def _message(self, payload: Json) -> Message | None:
        """None of what a test dispatched by hand, which may lack anything."""
        channel = self._discord.world.channels.get(int(payload.get("channel_id", 0)))
        return channel.messages.get(int(payload.get("id", 0))) if channel is not None else None

    # Messages of people

    def _said(self, message: Message | None) -> None:
        if message is None or message.author.bot:
            return
        self._texts[message.id] = message.content
        if message.flags & MessageFlag.IS_VOICE_MESSAGE:
            sound = message.attachments[0]
            said: Json = {"do": "voice_note", "seconds": sound.duration_secs or 0.0}
            said["file"] = self._file(sound)
        else:
            said = {"do": "say", "text": plain(self._discord, message.content, message.channel)}
            if message.attachments:
                said["files"] = [self._file(one) for one in message.attachments]
            if (answered := self._answered(message)) is not None:
                said["reply_to"] = answered
        number = self._keep(message.author, message.channel, said)
        self._acts.said[message.id] = number

    def _answered(self, message: Message) -> Json | None:
        refers = message.reference
        if refers is None or "message_id" not in refers:
            return None
        target = message.channel.messages.get(int(refers["message_id"]))
        if target is None:
            return None
        return reference(self._discord, self._acts, target, message.author)

    def _edited(self, message: Message | None) -> None:
        if message is None or message.author.bot:
            return
        if self._texts.get(message.id) == message.content:
            return  # a pin, a thread: not the author's doing
        self._texts[message.id] = message.content
        text = plain(self._discord, message.content, message.channel)
        self._keep(message.author, message.channel, self._on(message, "edit", text=text))

    def _deleted(self, payload: Json, channel: Channel | None) -> None:
        """Only of what people said, and as if by them: the event does not tell who did it."""
        number = self._acts.said.get(int(payload["id"]))
        said = next((one for one in self._kept if one["id"] == number), None)
        if channel is None or said is None:
            return
        target = {"action": number, "said": True, "channel": said["channel"]}
        person = self._discord.world.user_named(said["by"])
        self._keep(person, channel, {"do": "delete", "message": target})

    def _reacted(self, payload: Json) -> None:
        world = self._discord.world
        user = world.users[int(payload["user_id"])]
        message = self._message({**payload, "id": payload["message_id"]})
        if message is not None and not user.bot:
            emoji = str(payload["emoji"]["name"])
            self._keep(user, message.channel, self._on(message, "react", by=user, emoji=emoji))

    def _on(self, message: Message, do: str, *, by: User | None = None, **more: Any) -> Json:
        found = reference(self._discord, self._acts, message, by or message.author)
        return {"do": do, "message": found, **more}

    # Interactions

    def _interaction(self, opened: Interaction) -> None:
        data, user = opened.data, opened.user
        done: Json
        match opened.type:
            case InteractionType.APPLICATION_COMMAND if opened.target_message is not None:
                done = self._on(opened.target_message, "message_menu", by=user, name=data["name"])
            case InteractionType.APPLICATION_COMMAND if opened.target_user is not None:
                done = {"do": "user_menu", "name": data["name"]}
                done["user"] = opened.target_user.username
            case InteractionType.APPLICATION_COMMAND:
                done = {"do": "slash", **self._typed(data)}
            case InteractionType.AUTOCOMPLETE:
                done = {"do": "autocomplete", **self._typed(data)}
            case InteractionType.MESSAGE_COMPONENT:
                done = self._used(opened)
            case InteractionType.MODAL_SUBMIT:
                parent = opened.parent
                form = self._acts.opened.get(parent.id) if parent is not None else None
                fields = filled(opened, self._named)
                done = {"do": "submit", "form": form, "fields": fields}
        self._acts.opened[opened.id] = self._keep(user, opened.channel, done)

    def _typed(self, data: Json) -> Json:
        """The command as one types it, with its options by name."""
        path, options = [str(data["name"])], cast("list[Json]", data.get("options") or [])
        while options and options[0]["type"] in _SUB_COMMANDS:
            path.append(str(options[0]["name"]))
            options = cast("list[Json]", options[0].get("options") or [])
        typed: Json = {"command": " ".join(path), "options": {}}
        for option in options:
            if option.get("focused"):
                typed |= {"option": option["name"], "typed": option["value"]}
            else:
                value = self._named(option["type"], option["value"])
                typed["options"][option["name"]] = value
        return typed

    def _used(self, opened: Interaction) -> Json:
        """A button or a select; custom ids may differ in the next run, so labels are kept, too."""
        source, data = opened.source, opened.data
        if source is None:
            raise AssertionError("a component is on a message")
        component = next(
            one for one in walk(source.components) if one.get("custom_id") == data["custom_id"]
        )
        named: Json = {"custom_id": data["custom_id"]}
        for key in ("label", "placeholder"):
            if component.get(key):
                named["label"] = component[key]
        if "values" not in data:
            return self._on(source, "press", by=opened.user, button=named)
        like = {5: _USER, 6: _ROLE, 7: _MENTIONABLE, 8: _CHANNEL}.get(data["component_type"], 3)
        values = [self._named(like, one) for one in data["values"]]
        return self._on(source, "choose", by=opened.user, select=named, values=values)

    def _named(self, kind: int, value: Any) -> Any:
        """People, roles and channels by name, files with what is in them."""
        if kind not in {_USER, _CHANNEL, _ROLE, _MENTIONABLE, _ATTACHMENT}:
            return value
        world, number = self._discord.world, int(value)
        if kind == _ATTACHMENT:
            return self._file(world.attachments[number])
        if number in world.users:
            return world.users[number].username
        if (channel := world.channels.get(number)) is not None and channel.guild is not None:
            return f"{channel.guild.name}/{channel.name}"
        roles = [role for guild in world.guilds.values() for role in guild.roles.values()]
        return next((role.name for role in roles if role.id == number), value)

    # Keeping

    def _file(self, file: Attachment) -> Json:
        """Without its bytes where there are too many of them already."""
        about: Json = {"name": file.filename, "type": file.content_type, "size": len(file.data)}
        if self._bytes + len(file.data) > MAX_FILE_BYTES:
            return about
        self._bytes += len(file.data)
        return {**about, "data": base64.b64encode(file.data).decode()}

    def _keep(self, by: User, channel: Channel, done: Json) -> int:
        number = self._next
        self._next += 1
        clock = self._discord.clock
        action = {"id": number, "t": round(clock.monotonic(), 3), "by": by.username}
        action |= {"channel": place(channel, by), **done}
        self._kept.append(action)
        if len(self._kept) > MAX_ACTIONS:
            oldest = self._kept.popleft()
            self._acts.forget(oldest["id"])
            self._bytes -= sum(len(one.get("data", "")) * 3 // 4 for one in files_of(oldest))
        while len(self._texts) > MAX_ACTIONS:
            del self._texts[next(iter(self._texts))]
        self._told(action)
        return number


def files_of(value: Any) -> list[Json]:
    """All files in an action."""
    if isinstance(value, dict):
        given = cast("Json", value)
        if {"name", "type", "size"} <= set(given):
            return [given]
        return [file for one in given.values() for file in files_of(one)]
    if isinstance(value, list):
        return [file for one in cast("list[Any]", value) for file in files_of(one)]
    return []
