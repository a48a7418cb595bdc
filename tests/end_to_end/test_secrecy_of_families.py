"""Every family of commands, with planted words, while all is well and while the API fails.

What people write, attach and say is then in no log; keys and tokens are in nothing at all that
leaves the process: log, messages, exports, backups, /healthz and /metrics.
"""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from discord import AppCommandType

from bot.app import App
from bot.health import Vitals, serve_health
from bot.logs import configure
from sandbox.driver import Invocation, User
from sandbox.openai.sound import tone
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.pictures import a_png
from tests.test_logs import output

__all__ = ["output"]

SECOND = "Second server/general"
MARK = "planted-{}-c4f3"
PATIENCE = 4000  # steps of the clock; only a family that never answers needs them all
STEP_S = 0.25
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "well": {},
    "refused": {"kind": "status", "status": 400},
    "broken": {"kind": "status", "status": 500, "body": "<html>500"},
    "dropped": {"kind": "drop"},
}


@dataclass
class Person:
    """Somebody who plants words: each use has its own, by family."""

    user: User
    planted: set[str] = field(default_factory=set[str])
    family: str = ""

    def mark(self, what: str) -> str:
        word = MARK.format(f"{self.family}-{what}")
        self.planted.add(word)
        return word

    def text(self) -> Any:
        name = f"{self.mark('filename')}.txt"
        return self.user.upload(name, self.mark("file").encode(), "text/plain")

    def picture(self) -> Any:
        return self.user.upload(f"{self.mark('picture')}.png", a_png(), "image/png")

    def sound(self) -> Any:
        return self.user.upload(f"{self.mark('sound')}.ogg", tone(1, "opus"), "audio/ogg")

    def lines(self) -> Any:
        said = {"role": "user", "content": self.mark("training")}
        answer = {"role": "assistant", "content": "ok"}
        line = json.dumps({"messages": [said, answer]})
        return self.user.upload("train.jsonl", "\n".join([line] * 12).encode())

    async def use(self, command: str, channel: str = "general", **options: Any) -> Invocation:
        """To its end: nothing of it runs any more."""
        asked = await self.user.slash(command, channel=channel, options=options)
        return await ended(asked)


async def ended(asked: Invocation) -> Invocation:
    await asked.until(lambda one: one.opened or (one.messages and not one.thinking and over(one)))
    return asked


def over(asked: Invocation) -> bool:
    last = asked.messages[-1]
    shows = bool(last.content or last.embeds or last.attachments)
    return shows and not any(one.custom_id.startswith("stop:") for one in last.buttons)


async def chat(who: Person) -> None:
    files = {"attachment": who.text(), "attachment2": who.sound(), "attachment3": who.picture()}
    words = {name: who.mark(name) for name in ("message", "system", "stop")}
    await who.use("chat", **words, **files)
    await who.use("chat", message=who.mark("private"), private=True)
    said = await who.user.say(f"@Switchboard {who.mark('mention')}")
    await who.user.reply_from_bot(said)
    await who.user.voice_note(tone(1, "opus"), seconds=1.0, channel="@bot")
    await who.user.until("@bot", lambda seen: seen[-1].author == "Switchboard")


async def write(who: Person) -> None:
    form = await (await who.user.slash("write")).form()
    sent = {"text": who.mark("form"), "files": [who.text()]}
    await ended(await who.user.submit(form, sent))


async def complete(who: Person) -> None:
    words = {name: who.mark(name) for name in ("prompt", "prompt2", "stop")}
    await who.use("complete", **words)
    await who.use("complete", file=who.text(), suffix=who.mark("suffix"))


async def edit(who: Person) -> None:
    await who.use("edit", instruction=who.mark("instruction"), input=who.mark("input"))
    await who.use("edit", instruction=who.mark("instruction"), file=who.text())


async def image(who: Person) -> None:
    await who.use("image generate", prompt=who.mark("prompt"))
    await who.use("image edit", image=who.picture(), prompt=who.mark("change"))
    await who.use("image variation", image=who.picture())


async def audio(who: Person) -> None:
    await who.use("audio transcribe", file=who.sound(), prompt=who.mark("prompt"))
    await who.use("audio translate", file=who.sound(), prompt=who.mark("prompt"))
    await who.use("audio speak", text=who.mark("text"), instructions=who.mark("instructions"))


async def models(who: Person) -> None:
    await who.use("models list", search=who.mark("search"))
    await who.use("models info", model="no-such-model")  # names of models are in the log


async def moderate(who: Person) -> None:
    await who.use("moderate", text=who.mark("text"), image=who.picture())


async def conversation(who: Person) -> None:
    await who.use("conversation system", prompt=who.mark("prompt"))
    await who.use("conversation system", file=who.text())
    for name in ("show", "export", "list", "undo", "new"):
        await who.use(f"conversation {name}")
    await who.use("conversation thread", title=who.mark("title"))


async def preferences(who: Person) -> None:
    await who.use("preferences set", key="system_prompt", value=who.mark("prompt"))
    await who.use("preferences set", key="language", value=who.mark("wrong"))
    await who.use("preferences show")


async def usage(who: Person) -> None:
    await who.use("usage me")


async def privacy(who: Person) -> None:
    await who.use("privacy show")
    await who.use("privacy export")


async def help_(who: Person) -> None:
    await who.use("help", topic=who.mark("topic"))


async def settings_(who: Person) -> None:
    await who.use("settings set", key="system_prompt", value=who.mark("prompt"))
    await who.use("settings set", key="temperature", value=who.mark("wrong"))
    await who.use("settings show")


async def files(who: Person) -> None:
    await who.use("files upload", SECOND, file=who.lines())
    await who.use("files list", SECOND)
    await who.use("files info", SECOND, file=who.mark("id"))


async def finetune(who: Person) -> None:
    await who.use("finetune create", SECOND, model="gpt-4o-mini", training_attachment=who.lines())
    await who.use("finetune list", SECOND)
    await who.use("finetune dataset", SECOND, system=who.mark("system"))


async def operator_(who: Person) -> None:
    await who.use("operator block", SECOND, user=who.user.places.user("mia"), reason=who.mark("r"))
    for name in ("status", "usage", "audit", "backup"):
        await who.use(f"operator {name}", SECOND)


FAMILIES: Mapping[str, Callable[[Person], Awaitable[None]]] = {
    "chat": chat,
    "write": write,
    "complete": complete,
    "edit": edit,
    "image": image,
    "audio": audio,
    "models": models,
    "moderate": moderate,
    "conversation": conversation,
    "preferences": preferences,
    "usage": usage,
    "privacy": privacy,
    "help": help_,
    "settings": settings_,
    "files": files,
    "finetune": finetune,
    "operator": operator_,
}
FOR_OPERATORS = {"files", "finetune", "operator"}


@pytest.mark.usefixtures("sandbox")
def test_no_family_is_left_out(app: App) -> None:
    commands = app.bot.tree.get_commands(type=AppCommandType.chat_input)
    guilds = [app.bot.tree.get_commands(guild=one, type=AppCommandType.chat_input)
              for one in app.bot.guilds]  # fmt: skip

    assert set(FAMILIES) == {each.name for some in (commands, *guilds) for each in some}


@pytest.mark.parametrize("trouble", FAULTS)
async def test_no_family_says_to_a_log_what_people_wrote_or_to_anybody_what_is_secret(
    sandbox: Sandbox, app: App, clock: PatientClock, output: io.StringIO, trouble: str
) -> None:
    configure("INFO", "console", stream=output)
    ada, operator = Person(sandbox.user("ada")), Person(sandbox.user("operator"))
    voice = MARK.format("voice")
    sandbox.openai.answers.text = voice
    if fault := dict(FAULTS[trouble]):
        told = f"bad: {MARK.format('echo')} with key {sandbox.openai_api_key}"
        echo = {"error": {"message": told, "type": "invalid_request_error"}}
        sandbox.openai.faults.add("*", **{"body": echo, **fault} if "status" in fault else fault)

    for name, family in FAMILIES.items():
        who = operator if name in FOR_OPERATORS else ada
        who.family = name
        await soon(clock, family(who), name)
    await soon(clock, at_rest(app, clock), "the end")

    log = output.getvalue()
    seen = [*everything_seen(sandbox), *backups(app), await from_outside(app)]
    sent = [each.path.split("/") for each in sandbox.discord.requests]
    tokens = {path[3] for path in sent if path[1] in {"webhooks", "interactions"}}
    secrets = {sandbox.openai_api_key, sandbox.discord_token, *tokens}
    planted = {*ada.planted, *operator.planted, voice, MARK.format("echo")}
    assert len(planted) > 40
    assert len(tokens) > 30
    assert "turn_ended" in log
    assert [each for each in sorted({*planted, *secrets}) if each in log] == []
    assert [each for each in sorted(secrets) if any(each in shown for shown in seen)] == []


async def soon(clock: PatientClock, work: Awaitable[None], what: str) -> None:
    running = asyncio.ensure_future(work)
    for _ in range(PATIENCE):
        if running.done():
            return await running
        await clock.advance(STEP_S)
    running.cancel()
    raise AssertionError(f"{what} never ended")


async def at_rest(app: App, clock: PatientClock) -> None:
    while app.services.conversations._engine.busy:
        await clock.sleep(STEP_S)


def everything_seen(sandbox: Sandbox) -> Sequence[str]:
    """All messages of all channels, with their files."""
    return [
        f"{message.content} {message.embeds} {message.components}"
        + "".join(file.data.decode("latin-1") for file in message.attachments)
        for channel in sandbox.discord.world.channels.values()
        for message in channel.messages.values()
    ]


def backups(app: App) -> Sequence[str]:
    made = list((Path(str(app.database.path)).parent / "backups").iterdir())
    assert made
    return [each.read_bytes().decode("latin-1") for each in made]


async def from_outside(app: App) -> str:
    vitals = Vitals(
        heartbeats=app.bot.heartbeat_ages,
        latencies=lambda: dict(app.bot.latencies),
        write=app.database.writable,
        last_api=lambda: app.services.calls.last,
    )
    port = unused_port()
    async with (
        serve_health(vitals, host="127.0.0.1", port=port, clock=app.clock) as address,
        aiohttp.ClientSession() as client,
    ):
        said: list[str] = []
        for path in ("healthz", "metrics"):
            async with client.get(f"{address}/{path}") as response:
                said.append(await response.text())
    assert "discord_calls" in said[1]
    return "\n".join(said)
