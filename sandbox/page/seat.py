"""Somebody in front of the page: what they ask for, and what they are shown."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any, cast

from sandbox.discord.model import TEXTUAL, Json
from sandbox.discord.server import DiscordServer
from sandbox.driver import Form, Invocation, Message, Upload, User
from sandbox.driver.typed import parse
from sandbox.page.shown import shown_command, shown_form, shown_message

Send = Callable[[Json], Awaitable[None]]


class Seat:
    """Looks as one person at one channel; both can change. `closer` ends its connection."""

    def __init__(self, discord: DiscordServer, person: Callable[[str], User], send: Send) -> None:
        self.send = send
        self.closer: Callable[[], Awaitable[Any]] | None = None
        self._discord = discord
        self._person = person
        self._user = person(next(iter(discord.world.users.values())).username)
        self._channel = str(self._user.places.channel("general").id)
        self._forms: dict[int, Form] = {}

    async def close(self) -> None:
        if self.closer is not None:
            await self.closer()

    async def watch(self) -> None:
        """Send what is seen, whenever it has changed, until cancelled."""
        last: Json | None = None
        while True:
            seen = self.snapshot()
            if seen != last:
                await self.send({"seen": seen})
                last = seen
            await self._discord.world.until(_from_the_next_change())

    def snapshot(self) -> Json:
        world = self._discord.world
        channels = [
            {"id": str(one.id), "name": one.name, "guild": one.guild.name}
            for one in world.channels.values()
            if one.guild is not None and one.type in TEXTUAL and world.can_see(one, self._user.user)
        ]
        direct = world.direct_channel(self._user.user, self._user.application.bot)
        channels.append({"id": str(direct.id), "name": "direct messages", "guild": None})
        return {
            "users": [one.username for one in world.users.values() if not one.bot],
            "user": self._user.name,
            "channels": channels,
            "channel": self._channel,
            "commands": [shown_command(one) for one in self._user.commands(self._channel)],
            "messages": [shown_message(one) for one in self._user.sees(self._channel)],
        }

    async def perform(self, asked: Json) -> None:
        """One request of the page.

        Raises:
            ClientRefused, NoAnswer: in words for the person.
            KeyError, ValueError: the request is not of the page's form.
        """
        match asked["do"]:
            case "watch":
                self._look(str(asked["user"]), asked.get("channel"))
            case "send":
                await self._send(str(asked["text"]), _uploads(asked))
            case "suggest":
                await self._suggest(str(asked["text"]))
            case "press":
                message = self._message(asked["message"])
                self._follow(await self._user.press(message, str(asked["button"])))
            case "choose":
                message = self._message(asked["message"])
                values = [str(one) for one in asked["values"]]
                self._follow(await self._user.choose(message, str(asked["select"]), values))
            case "menu":
                message = self._message(asked["message"])
                self._follow(await self._user.message_menu(str(asked["name"]), message))
            case "submit":
                await self._submit(int(asked["form"]), asked["fields"], asked.get("files") or {})
            case "delete":
                await self._user.delete(self._message(asked["message"]))
            case other:
                raise ValueError(f"the page has no {other!r}")

    def _look(self, user: str, channel: str | None) -> None:
        self._user = self._person(user)
        wanted = channel or self._channel
        seen = self._discord.world.channels.get(int(wanted))
        if seen is None or not self._discord.world.can_see(seen, self._user.user):
            wanted = str(self._user.places.channel("general").id)
        self._channel = wanted
        self._discord.world.touch()

    async def _send(self, text: str, files: list[Upload]) -> None:
        if not text.startswith("/"):
            await self._user.say(text, channel=self._channel, files=files)
            return
        line = parse(text, self._user.commands(self._channel))
        values = line.values(files)
        used = await self._user.slash(line.name, channel=self._channel, options=values)
        self._follow(used)

    async def _suggest(self, text: str) -> None:
        """Autocomplete of the option that is being typed, the last one."""
        line = parse(text, self._user.commands(self._channel))
        name = next(reversed(line.given), None)
        option = next((one for one in line.options if one["name"] == name), None)
        if name is None or option is None or not option.get("autocomplete"):
            return
        typed = line.given.pop(name)
        others = line.values([])
        found = await self._user.autocomplete(
            line.name, name, typed, channel=self._channel, options=others
        )
        choices = [{"name": one.name, "value": str(one.value)} for one in found]
        await self.send({"suggestions": {"text": text, "option": name, "choices": choices}})

    def _follow(self, invocation: Invocation) -> None:
        """A form that it opens is shown."""
        self._discord.tasks.spawn(self._show_form(invocation), name="page form")

    async def _show_form(self, invocation: Invocation) -> None:
        await invocation.until(lambda one: one.interaction.callback or one.failed)
        if (form := invocation.opened) is not None:
            self._forms[invocation.id] = form
            await self.send({"form": shown_form(form)})

    async def _submit(self, form_id: int, fields: Json, files: Json) -> None:
        values: Json = {**fields, **{name: _uploads({"files": one}) for name, one in files.items()}}
        sent = await self._user.submit(self._forms[form_id], values)
        del self._forms[form_id]
        self._follow(sent)

    def _message(self, message_id: Any) -> Message:
        for message in self._user.sees(self._channel):
            if str(message.id) == str(message_id):
                return message
        raise ValueError("that message is not there any more")


def _uploads(asked: Json) -> list[Upload]:
    return [
        Upload(str(one["name"]), base64.b64decode(one["data"]), str(one["type"] or "") or _UNKNOWN)
        for one in cast("list[Json]", asked.get("files") or [])
    ]


_UNKNOWN = "application/octet-stream"


def _from_the_next_change() -> Callable[[], bool]:
    """False when first looked at, true after something changed."""
    looked = False

    def changed() -> bool:
        nonlocal looked
        looked, before = True, looked
        return before

    return changed
