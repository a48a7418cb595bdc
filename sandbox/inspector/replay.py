"""Does again what people did in a saved run, against the bot that runs now."""

import base64
import binascii
from collections.abc import Callable
from typing import Any, cast

from sandbox._tasks import Tasks
from sandbox.discord.model import Channel, Json
from sandbox.discord.model import Message as StoredMessage
from sandbox.discord.server import DiscordServer
from sandbox.driver import ClientRefused, Control, Invocation, Message, NoAnswer, Upload, User
from sandbox.inspector.references import nearest, own_words, plain
from sandbox.openai.params import as_list, as_object

_DOES = {
    "slash", "autocomplete", "message_menu", "user_menu", "press", "choose", "submit",
    "say", "voice_note", "edit", "delete", "react",
}  # fmt: skip
_LONGEST_GAP_S = 60.0
PersonOf = Callable[[str], User]


def checked(raw: Any) -> list[Json]:
    """The actions of a saved run.

    Raises:
        ValueError: it is none.
    """
    actions = as_list((as_object(raw) or {}).get("actions"))
    if actions is None:
        raise ValueError("a saved run has a list of 'actions'")
    checked_ones: list[Json] = []
    for at, action in enumerate(actions):
        one = as_object(action) or {}
        if one.get("do") not in _DOES:
            raise ValueError(f"actions[{at}].do: must be one of {', '.join(sorted(_DOES))}")
        if not isinstance(one.get("by"), str) or type(one.get("id")) is not int:
            raise ValueError(f"actions[{at}]: needs 'id', a whole number, and 'by', a name")
        checked_ones.append(one)
    return checked_ones


class Replay:
    """One run at a time. `shown` is {"at", "of", "running", "problems"}, None before the first."""

    def __init__(
        self,
        discord: DiscordServer,
        tasks: Tasks,
        person: PersonOf,
        changed: Callable[[], None],
    ) -> None:
        self.shown: Json | None = None
        self._discord = discord
        self._tasks = tasks
        self._person = person
        self._changed = changed
        self._task: Any = None

    def start(self, actions: list[Json], *, keep_gaps: bool) -> None:
        """keep_gaps: as much time passes between two actions as it did, a minute at most.

        Raises:
            ValueError: one is under way.
        """
        if self.shown is not None and self.shown["running"]:
            raise ValueError("a replay is under way")
        self.shown = {"at": 0, "of": len(actions), "running": True, "problems": []}
        self._changed()
        work = self._run(actions, keep_gaps=keep_gaps)
        self._task = self._tasks.spawn(work, name="replay")

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self, actions: list[Json], *, keep_gaps: bool) -> None:
        shown = self.shown = self.shown or {}
        again = _Again(self._discord, self._person)
        before: float | None = None
        try:
            for action in actions:
                if keep_gaps and before is not None:
                    gap = float(action.get("t", before)) - before
                    await self._discord.clock.sleep(min(_LONGEST_GAP_S, max(0.0, gap)))
                before = float(action.get("t", 0.0))
                try:
                    await again.do(action)
                except (
                    ClientRefused,
                    NoAnswer,
                    TimeoutError,
                    LookupError,
                    ValueError,
                    TypeError,
                ) as problem:
                    why = str(problem) or type(problem).__name__
                    shown["problems"].append(
                        {"action": action["id"], "do": action["do"], "why": why}
                    )
                shown["at"] += 1
                self._changed()
        finally:
            shown["running"] = False
            self._changed()


class _Again:
    """What was done so far, by the number that it had in the saved run."""

    def __init__(self, discord: DiscordServer, person: PersonOf) -> None:
        self._discord = discord
        self._person = person
        self._said: dict[int, Message] = {}
        self._opened: dict[int, Invocation] = {}

    async def do(self, action: Json) -> None:
        """One action, once what it refers to is there, and until its answer stands."""
        user = self._person(str(action["by"]))
        opened = await self._interact(user, action)
        if opened is not None:
            self._opened[action["id"]] = opened
            await opened.acknowledged()
            await opened.until(lambda one: not one.thinking)

    async def _interact(  # noqa: PLR0911  one for each way to begin an interaction
        self, user: User, action: Json
    ) -> Invocation | None:
        match action["do"]:
            case "slash":
                options = _decoded(action.get("options") or {})
                channel = _place(user, action)
                return await user.slash(str(action["command"]), channel=channel, options=options)
            case "message_menu":
                message = await self._message(user, action["message"])
                return await user.message_menu(str(action["name"]), message)
            case "user_menu":
                channel = _place(user, action)
                return await user.user_menu(str(action["name"]), action["user"], channel=channel)
            case "press":
                message, control = await self._control(user, action, "button")
                return await user.press(message, control.custom_id)
            case "choose":
                message, control = await self._control(user, action, "select")
                return await user.choose(message, control.custom_id, action["values"])
            case "submit":
                form = await self._opened[action["form"]].form()
                return await user.submit(form, _decoded(action["fields"]))
            case _:
                await self._other(user, action)
                return None

    async def _other(self, user: User, action: Json) -> None:
        number = action["id"]
        match action["do"]:
            case "autocomplete":
                await user.autocomplete(
                    str(action["command"]),
                    str(action["option"]),
                    str(action["typed"]),
                    channel=_place(user, action),
                    options=_decoded(action.get("options") or {}),
                )
            case "say":
                reply: Message | None = None
                if action.get("reply_to"):
                    reply = await self._message(user, action["reply_to"])
                files = _decoded(action.get("files") or [])
                channel = _place(user, action)
                said = user.say(str(action["text"]), channel=channel, reply_to=reply, files=files)
                self._said[number] = await said
            case "voice_note":
                sound: Upload = _decoded(action["file"])
                seconds, channel = float(action["seconds"]), _place(user, action)
                note = user.voice_note(sound.data, seconds=seconds, channel=channel)
                self._said[number] = await note
            case "edit":
                message = await self._message(user, action["message"])
                await user.edit(message, str(action["text"]))
            case "delete":
                await user.delete(await self._message(user, action["message"]))
            case _:
                message = await self._message(user, action["message"])
                await user.react(message, str(action["emoji"]))

    async def _control(self, user: User, action: Json, kind: str) -> tuple[Message, Control]:
        """The button or select, by its id or else its label, once the message has it."""
        wanted, named = action["message"], action[kind]

        def look() -> tuple[Message, Control] | None:
            message = self._find(user, wanted)
            if message is None:
                return None
            find = message.button if kind == "button" else message.select
            control = find(str(named["custom_id"])) or find(str(named.get("label", "")))
            return (message, control) if control is not None and not control.disabled else None

        what = f"a message with {named.get('label') or named['custom_id']!r}"
        return await user.until(_place(user, wanted), lambda _: look(), what)

    async def _message(self, user: User, wanted: Json) -> Message:
        what = f"the message {wanted.get('text', '')!r}"
        return await user.until(_place(user, wanted), lambda _: self._find(user, wanted), what)

    def _find(self, user: User, wanted: Json) -> Message | None:
        number = wanted.get("action")
        if wanted.get("said") and number in self._said:
            return self._said[number]
        if "post" in wanted and number in self._opened:
            # a placeholder is a post too: the place among all of them is what was kept
            posts = self._opened[number].interaction.posts
            return _seen(user, posts[int(wanted["post"])])
        if "reply" in wanted and number in self._said:
            said = self._said[number].stored
            bot = user.application.bot
            words = own_words(said.channel.messages.values(), bot, after=said.id)
            return _seen(user, words[int(wanted["reply"])])
        channel = user.places.channel(_place(user, wanted))
        seen = user.sees(channel)
        return nearest(seen, wanted, lambda one: plain(self._discord, one.text, channel)[:200])


def _seen(user: User, post: StoredMessage) -> Message | None:
    return next((one for one in user.sees(post.channel) if one.stored is post), None)


def _place(user: User, action: Json) -> str | Channel:
    channel: Any = action.get("channel") or "general"
    if isinstance(channel, dict):
        group = cast("Json", channel)
        for known in user.world.channels.values():
            names = {one.username for one in known.recipients}
            if known.name == group["name"] and names == {*group["group"], user.name}:
                return known
        return user.group(*group["group"], name=group["name"])
    return str(channel)


def _decoded(value: Any) -> Any:
    """With files as the driver takes them.

    Raises:
        ValueError: a file whose bytes were not kept.
    """
    if isinstance(value, dict):
        given = cast("Json", value)
        if {"name", "type", "size"} <= set(given):
            return _file(given)
        return {name: _decoded(one) for name, one in given.items()}
    if isinstance(value, list):
        return [_decoded(one) for one in cast("list[Any]", value)]
    return value


def _file(given: Json) -> Upload:
    if "data" not in given:
        raise ValueError(f"the file {given['name']!r} was too large to be kept with the run")
    try:
        data = base64.b64decode(given["data"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"the file {given['name']!r}: {error}") from None
    return Upload(str(given["name"]), data, str(given["type"]))
