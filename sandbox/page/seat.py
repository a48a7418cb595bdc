"""Somebody in front of the page: what they ask for, and what they are shown."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any, cast

from sandbox.discord import changes
from sandbox.discord.model import Channel, Json
from sandbox.discord.server import DiscordServer
from sandbox.driver import ClientRefused, Form, Invocation, Message, Upload, User
from sandbox.driver.typed import parse
from sandbox.page.shown import shown_commands, shown_form
from sandbox.page.voice import as_voice_message
from sandbox.page.watching import Send, Watching, home

_UNKNOWN = "application/octet-stream"


class Seat:
    """Looks as one person at one channel; both can change. `closer` ends its connection."""

    def __init__(self, discord: DiscordServer, person: Callable[[str], User], send: Send) -> None:
        self.send = send
        self.closer: Callable[[], Awaitable[Any]] | None = None
        self._discord = discord
        self._person = person
        user = person(next(iter(discord.world.users.values())).username)
        self._watching = Watching(discord, user, home(user), send)
        self._forms: dict[int, Form] = {}

    @property
    def _user(self) -> User:
        return self._watching.user

    @property
    def _channel(self) -> Channel:
        return self._watching.channel

    async def close(self) -> None:
        if self.closer is not None:
            await self.closer()

    async def watch(self) -> None:
        """Send what is seen, whenever it has changed, until cancelled."""
        await self._watching.run()

    def snapshot(self) -> Json:
        """What is seen now: places, commands, and the newest messages."""
        commands = self._user.commands(self._channel)
        return {
            **self._watching.state(),
            "user": self._user.name,
            "commands": shown_commands(commands, self._user.user.locale),
            **self._watching.page(),
        }

    async def perform(self, asked: Json) -> Any:
        """One request of the page; what is returned is its answer.

        Raises:
            ClientRefused, NoAnswer: in words for the person.
            LookupError, TypeError, ValueError: the request is not of the page's form.
        """
        name = str(asked["do"])
        perform = getattr(self, f"_do_{name}", None)
        if perform is None:
            raise ValueError(f"the page has no {name!r}")
        return await perform(asked)

    # Where one looks from

    async def _do_watch(self, asked: Json) -> None:
        """As another person, at another channel; general where that one cannot be seen."""
        user = self._person(str(asked.get("user") or self._user.name))
        wanted: Any = asked.get("channel") or str(self._channel.id)
        try:
            channel = user.places.channel(str(wanted))
        except ClientRefused:
            channel = home(user)
        self._watching.look(user, channel)

    async def _do_older(self, asked: Json) -> Json:
        return self._watching.page(before=str(asked["before"]))

    async def _do_locale(self, asked: Json) -> None:
        """The person's language from now on, wherever they are shown."""
        self._user.user.locale = str(asked["locale"])
        self._discord.world.touch()

    async def _do_role(self, asked: Json) -> None:
        """Give somebody a role of a server, or take it: the hand of the sandbox, no permission."""
        world = self._discord.world
        guild = world.guilds[int(asked["guild"])]
        member = guild.members[int(asked["user"])]
        change = changes.give_role if asked["on"] else changes.take_role
        change(world, guild, member, guild.roles[int(asked["role"])])

    # What one says

    async def _do_send(self, asked: Json) -> None:
        """Words, or a command as a line: /chat message:hello."""
        text, files = str(asked["text"]), _uploads(asked)
        if not text.startswith("/"):
            reply = self._message(asked["reply_to"]) if asked.get("reply_to") else None
            await self._user.say(
                text,
                channel=self._channel,
                files=files,
                reply_to=reply,
                ping=asked.get("ping") is not False,
            )
            return
        line = parse(text, self._user.commands(self._channel))
        values = line.values(files)
        self._follow(await self._user.slash(line.name, channel=self._channel, options=values))

    async def _do_voice(self, asked: Json) -> None:
        sound, seconds = as_voice_message(base64.b64decode(asked["data"]))
        await self._user.voice_note(sound, seconds=seconds, channel=self._channel)

    async def _do_edit(self, asked: Json) -> None:
        await self._user.edit(self._message(asked["message"]), str(asked["text"]))

    async def _do_delete(self, asked: Json) -> None:
        await self._user.delete(self._message(asked["message"]))

    async def _do_react(self, asked: Json) -> None:
        """With "back", one's own is taken back."""
        change = self._user.unreact if asked.get("back") else self._user.react
        await change(self._message(asked["message"]), str(asked["emoji"]))

    # What one does with the application

    async def _do_slash(self, asked: Json) -> None:
        values = {**asked["options"], **_by_option(asked)}
        used = await self._user.slash(str(asked["name"]), channel=self._channel, options=values)
        self._follow(used)

    async def _do_suggest(self, asked: Json) -> Json:
        """Autocomplete of one option, the others as they stand."""
        found = await self._user.autocomplete(
            str(asked["name"]),
            str(asked["option"]),
            str(asked["typed"]),
            channel=self._channel,
            options=asked.get("options") or {},
        )
        return {"choices": [{"name": one.name, "value": one.value} for one in found]}

    async def _do_press(self, asked: Json) -> None:
        message = self._message(asked["message"])
        self._follow(await self._user.press(message, str(asked["button"])))

    async def _do_choose(self, asked: Json) -> None:
        message = self._message(asked["message"])
        values = [str(one) for one in asked["values"]]
        self._follow(await self._user.choose(message, str(asked["select"]), values))

    async def _do_menu(self, asked: Json) -> None:
        message = self._message(asked["message"])
        self._follow(await self._user.message_menu(str(asked["name"]), message))

    async def _do_user_menu(self, asked: Json) -> None:
        name, target = str(asked["name"]), str(asked["target"])
        self._follow(await self._user.user_menu(name, target, channel=self._channel))

    async def _do_submit(self, asked: Json) -> None:
        form = self._forms[int(asked["form"])]
        sent = await self._user.submit(form, {**asked["fields"], **_by_option(asked)})
        self._forms.pop(int(asked["form"]), None)
        self._follow(sent)

    def _follow(self, invocation: Invocation) -> None:
        """A form that it opens is shown."""
        self._discord.tasks.spawn(self._show_form(invocation), name="page form")

    async def _show_form(self, invocation: Invocation) -> None:
        await invocation.until(lambda one: one.interaction.callback or one.failed)
        if (form := invocation.opened) is not None:
            self._forms[invocation.id] = form
            await self.send({"form": shown_form(form)})

    def _message(self, message_id: Any) -> Message:
        message = self._user.sees_one(int(message_id), self._channel)
        if message is None:
            raise ValueError("that message is not there any more")
        return message


def _uploads(asked: Json) -> list[Upload]:
    return [
        Upload(str(one["name"]), base64.b64decode(one["data"]), str(one["type"] or "") or _UNKNOWN)
        for one in cast("list[Json]", asked.get("files") or [])
    ]


def _by_option(asked: Json) -> dict[str, Any]:
    """Files by option or field; an option takes one, which comes without a list."""
    files = cast("dict[str, Any]", asked.get("files") or {})
    return {
        name: _uploads({"files": one}) if isinstance(one, list) else _uploads({"files": [one]})[0]
        for name, one in files.items()
    }
