"""`Show API call` under the answers of commands that make no turn: what it shows, and to whom."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App, assembled
from bot.domain.preferences import API_LOG, RETENTION_DAYS
from bot.services.pace import BURST
from bot.services.retention import Retention
from bot.settings import Settings
from sandbox.clock import HandClock
from sandbox.driver import Message
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.cogs.online.forging import forged_use
from tests.end_to_end.test_finetune import CHATS, PROMPTS, lines, seen
from tests.factories import ADA, NOON
from tests.pictures import a_png

SECOND = "Second server/general"
BUTTON = "Show API call"
MARK = "zebrafish"
dialects = pytest.mark.parametrize("sandbox", ["modern", "legacy"], indirect=True)
modern = pytest.mark.parametrize("sandbox", ["modern"], indirect=True)


@pytest.fixture
def operator(sandbox: Sandbox) -> User:
    """The application's owner; an administrator of the second server."""
    return sandbox.user("operator")


async def use(person: User, command: str, channel: str = "general", **options: Any) -> Message:
    return await (await person.slash(command, channel=channel, options=options)).answer()


async def shown(person: User, message: Message, label: str = BUTTON) -> Message:
    """What a press on one of its buttons is answered with, for the one who pressed alone."""
    pressed = await person.press(message, label)
    await pressed.until(lambda one: bool(one.messages) and bool(one.messages[-1].content))
    assert pressed.messages[-1].ephemeral
    return pressed.messages[-1]


async def turned(person: User, message: Message, label: str) -> str:
    """What stands there once a page is turned."""
    before = message.content
    pressed = await person.press(message, label)
    await pressed.until(lambda _: message.content != before)
    return message.content


def head(message: Message) -> str:
    """Method and path of the call that is shown."""
    found = re.match(r"`(\w+ [^`]+)`", message.content)
    assert found, message.content
    return found[1]


async def bodies(message: Message) -> list[Any]:
    """Request and response, from the code blocks or from the files."""
    if message.attachments:
        return [json.loads(await each.read()) for each in message.attachments]
    return [json.loads(block[5:]) for block in message.content.split("```")[1::2]]


def pressed_id(message: Message) -> str:
    button = message.button(BUTTON)
    assert button
    assert button.custom_id
    return button.custom_id


@dialects
@pytest.mark.usefixtures("app")
async def test_each_answer_about_models_files_and_texts_shows_its_call(
    sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    model = "davinci" if sandbox.dialect == "legacy" else "gpt-4o"
    file = operator.upload("train.jsonl", lines(PROMPTS))
    said = {
        "models list": await use(operator, "models list", SECOND),
        "models info": await use(operator, "models info", SECOND, model=model),
        "moderate": await use(operator, "moderate", SECOND, text=MARK),
        "files upload": await use(operator, "files upload", SECOND, file=file),
        "files list": await use(operator, "files list", SECOND, purpose="fine-tune"),
    }
    await clock.advance(5)
    [kept] = sandbox.openai.state.files.all(sandbox.openai.state.now())
    for name in ("info", "download", "delete"):
        said[f"files {name}"] = await use(operator, f"files {name}", SECOND, file=kept.id)
    calls = {name: await shown(operator, message) for name, message in said.items()}

    assert {name: head(call) for name, call in calls.items()} == {
        "models list": "GET /models",
        "models info": f"GET /models/{model}",
        "moderate": "POST /moderations",
        "files upload": "POST /files",
        "files list": "GET /files?purpose=fine-tune&limit=15",
        "files info": f"GET /files/{kept.id}",
        "files download": f"GET /files/{kept.id}/content",
        "files delete": f"GET /files/{kept.id}",
    }
    sent, answered = await bodies(calls["files upload"])
    assert sent["purpose"] == "fine-tune"
    assert sent["file"]["filename"] == "train.jsonl"
    assert sent["file"]["bytes"] == len(lines(PROMPTS))
    assert answered["id"] == kept.id
    [listed] = await bodies(calls["models list"])
    assert model in [each["id"] for each in listed["data"]]
    asked, judged = await bodies(calls["moderate"])
    assert asked["input"] == MARK
    assert (
        "error" if sandbox.dialect == "legacy" else "results"
    ) in judged  # 2023 had no such path
    assert sandbox.openai_api_key not in " ".join(call.content for call in calls.values())


@dialects
@pytest.mark.usefixtures("app")
async def test_the_calls_of_a_training_are_in_the_answer_they_were_made_for(
    sandbox: Sandbox, operator: User
) -> None:
    legacy = sandbox.dialect == "legacy"
    jobs = "/fine-tunes" if legacy else "/fine_tuning/jobs"
    file = operator.upload("train.jsonl", lines(PROMPTS if legacy else CHATS))
    model = "curie" if legacy else "gpt-4o-mini"
    plan = await use(operator, "finetune create", SECOND, model=model, training_attachment=file)
    await operator.press(plan, "Begin")
    begun = await seen(operator, "Its progress will be told")

    created = await shown(operator, begun)
    place = created.content
    uploaded = await turned(operator, created, "◀")
    [job] = re.findall(r"`(ft(?:job)?-[\w-]+)`", begun.text)
    said = {
        name: await shown(operator, await use(operator, f"finetune {name}", SECOND, **options))
        for name, options in {
            "list": {},
            "info": {"job": job},
            "events": {"job": job},
            "cancel": {"job": job},
        }.items()
    }

    assert place.startswith(f"`POST {jobs}`")
    assert uploaded.startswith("`POST /files`")
    assert "call" in place.splitlines()[0]
    assert head(said["list"]) == f"GET {jobs}" + ("" if legacy else "?limit=10")
    assert head(said["info"]) == f"GET {jobs}/{job}"
    assert head(said["events"]).startswith(f"GET {jobs}/{job}/events")
    assert head(said["cancel"]) == f"POST {jobs}/{job}/cancel"


@modern
@pytest.mark.usefixtures("app")
async def test_pauses_checkpoints_and_deletions_are_shown_and_what_was_confirmed_comes_last(
    sandbox: Sandbox, operator: User, clock: PatientClock
) -> None:
    await use(operator, "files upload", SECOND, file=operator.upload("a.jsonl", lines(CHATS)))
    await clock.advance(5)
    [file] = sandbox.openai.state.files.all(sandbox.openai.state.now())
    plan = await use(
        operator, "finetune create", SECOND, model="gpt-4o-mini", training_file=file.id
    )
    counted = head(await shown(operator, plan))
    await operator.press(plan, "Begin")
    begun = await seen(operator, "Its progress will be told")
    [job] = re.findall(r"`(ftjob-[\w-]+)`", begun.text)
    await clock.advance(14)
    said = {
        name: head(await shown(operator, await use(operator, f"finetune {name}", SECOND, job=job)))
        for name in ("pause", "resume", "checkpoints", "cancel")
    }
    asked = await use(operator, "files delete", SECOND, file=file.id)
    await operator.press(asked, "Delete")
    gone = await seen(operator, "is deleted")

    deleted = await shown(operator, gone)

    jobs = f"/fine_tuning/jobs/{job}"
    assert counted == f"GET /files/{file.id}/content"
    assert said["pause"] == f"POST {jobs}/pause"
    assert said["resume"] == f"POST {jobs}/resume"
    assert said["checkpoints"].startswith(f"GET {jobs}/checkpoints")
    assert said["cancel"] == f"POST {jobs}/cancel"
    assert head(deleted) == f"DELETE /files/{file.id}"
    assert "call 2 of 2" in deleted.content
    assert (await bodies(deleted))[0]["deleted"] is True


@modern
@pytest.mark.usefixtures("app")
async def test_a_failed_call_is_offered_beside_the_refusal(
    sandbox: Sandbox, operator: User
) -> None:
    words = {"error": {"message": "Not today.", "type": "invalid_request_error"}}
    for route in ("POST /moderations", "GET /models", "POST /files"):
        sandbox.openai.faults.add(route, "status", status=400, body=words, times=1)

    refused = [
        await use(operator, "moderate", SECOND, text=MARK),
        await use(operator, "models list", SECOND),
        await use(operator, "files upload", SECOND, file=operator.upload("a.jsonl", lines(CHATS))),
    ]
    calls = [await shown(operator, message) for message in refused]

    assert [head(call) for call in calls] == ["POST /moderations", "GET /models", "POST /files"]
    assert all("→ 400" in call.content for call in calls)
    assert [(await bodies(call))[-1] for call in calls] == [words] * 3


@modern
@pytest.mark.usefixtures("app")
async def test_a_page_that_is_turned_asks_nobody_and_shows_the_call_that_brought_the_list(
    sandbox: Sandbox,
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    listed = await use(ada, "models list")
    first = pressed_id(listed)
    asked = len([one for one in sandbox.openai.requests if one.path.endswith("/models")])

    await ben.press(listed, "Next")
    await ben.until("general", lambda all_: [one for one in all_ if "Page 2" in one.text])

    again = len([one for one in sandbox.openai.requests if one.path.endswith("/models")])
    assert again == asked
    assert pressed_id(listed) == first
    assert head(await shown(ben, listed)) == "GET /models"


@modern
@pytest.mark.usefixtures("app")
async def test_others_see_the_verdict_and_not_what_was_judged(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    judged = await use(ada, "moderate", text=MARK)
    pictured = await use(
        ada, "moderate", text=MARK, image=ada.upload("a.png", a_png(), "image/png")
    )

    mine = await bodies(await shown(ada, judged))
    theirs = await bodies(await shown(ben, judged))
    by_menu = await (await ben.message_menu(BUTTON, judged)).answer()
    [sent, _] = await bodies(await shown(ben, pictured))

    assert mine[0]["input"] == MARK
    assert theirs[0]["input"].startswith("[not shown")
    assert theirs[1] == mine[1]
    assert "POST /moderations" in by_menu.content
    assert MARK not in by_menu.content
    assert sent["input"][0]["text"].startswith("[not shown")
    assert "base64,(" in sent["input"][1]["image_url"]["url"]


@modern
async def test_a_forged_key_shows_nothing_that_one_may_not_see(
    sandbox: Sandbox, operator: User, app: App
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    private = pressed_id(await use(ada, "moderate", text=MARK, private=True))
    public = pressed_id(await use(ada, "moderate", text=MARK))
    elsewhere = pressed_id(await use(ada, "moderate", "random", text=MARK))
    abroad = pressed_id(await use(operator, "moderate", SECOND, text=MARK))
    account = pressed_id(await use(operator, "files list", SECOND))
    own = await use(ben, "models list", private=True)

    def forged(person: User, key: str) -> Any:
        return forged_use(person, own, key, kind=2).answer()

    answers = {
        key: (await forged(ben, key)).text
        for name in (private, public, elsewhere, abroad, account, "logged:99999")
        for key in (name, f"{name}:1", name.replace("logged", "curl"))
    }

    def refused(key: str, words: str) -> bool:
        return all(
            words in answers[one] for one in (key, f"{key}:1", key.replace("logged", "curl"))
        )

    assert refused(private, "somebody else's")
    assert "not kept any more" in answers[public]  # not under that answer
    assert refused(elsewhere, "not kept any more")
    assert refused(abroad, "not kept any more")  # of another server
    assert refused(account, "OPERATOR_IDS")
    assert refused("logged:99999", "No API call")
    assert MARK not in " ".join(answers.values())
    app.services.operators.know([])
    own = await use(operator, "models list", SECOND, private=True)
    assert "OPERATOR_IDS" in (await forged(operator, account)).text  # an operator no more


@modern
async def test_without_the_log_there_is_no_button_and_what_is_too_old_is_gone(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    guild = f"server:{ada.places.default_guild.id}"
    preferences = app.services.preferences

    def after(days: int) -> Retention:
        """As it is by then; the connections of the bot itself would not outlive that leap."""
        return Retention(app.database, preferences, HandClock(NOON + timedelta(days=days)))

    await preferences.put(guild, API_LOG, "off", ADA)
    off = await use(ada, "moderate", text=MARK)
    await preferences.put(guild, API_LOG, "on", ADA)
    await preferences.put(guild, RETENTION_DAYS, "7", ADA)
    here = await use(ada, "moderate", text=MARK)
    direct = await use(ada, "moderate", "@bot", text=MARK)

    await after(8).purge()
    forgotten, kept = await shown_text(ada, here), head(await shown(ada, direct))
    await after(31).purge()

    assert off.button(BUTTON) is None
    assert "No API call" in forgotten
    assert kept == "POST /moderations"
    assert "No API call" in await shown_text(ada, direct)


async def shown_text(person: User, message: Message) -> str:
    return (await (await person.press(message, BUTTON)).answer()).text


@modern
@pytest.mark.usefixtures("app")
async def test_what_somebody_put_in_is_erased_with_them(sandbox: Sandbox) -> None:
    """In tests/end_to_end/test_privacy.py every table is looked through; here what is shown."""
    ada = sandbox.user("ada")
    judged = await use(ada, "moderate", text=MARK)
    asked = await use(ada, "models info", model="gpt-4o")
    question = await use(ada, "privacy erase")
    await ada.press(question, "Erase")
    await ada.until("general", lambda _: "Erased" in question.text)

    [sent, answered] = re.findall("```json\n(.*?)\n```", (await shown(ada, judged)).content)

    named = await shown(ada, asked)

    assert (sent, answered) == ("[erased]", "[erased]")
    assert "gpt-4o" not in named.content


@asynccontextmanager
async def running(settings: Settings, clock: PatientClock) -> AsyncGenerator[App, None]:
    """A process of the bot, until the block ends."""
    async with assembled(settings, clock=clock) as built:
        quiet = built.database._idle.wait
        clock.quiet.append(quiet)
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        yield built
        await built.services.conversations.close(limit_s=0)
        await built.bot.close()
        await online
        clock.quiet.remove(quiet)


@modern
async def test_the_buttons_work_after_a_restart(
    sandbox: Sandbox, settings: Settings, clock: PatientClock, operator: User
) -> None:
    async with running(settings, clock):
        await sandbox.user("ada").can_use("chat")
        await operator.can_use("files", channel=SECOND)
        judged = await use(sandbox.user("ada"), "moderate", text=MARK)
        listed = await use(operator, "files list", SECOND)

    async with running(settings, clock):
        await sandbox.user("ada").can_use("chat")
        await operator.can_use("files", channel=SECOND)
        again = await shown(sandbox.user("ada"), judged)
        curl = await shown(sandbox.user("ada"), again, "Copy as curl")
        files = await shown(operator, listed)

    assert MARK in again.content
    assert "/moderations" in curl.content
    assert head(files).startswith("GET /files")


@modern
@pytest.mark.usefixtures("app")
async def test_nobody_has_texts_judged_or_models_listed_faster_than_anybody_may_ask(
    sandbox: Sandbox,
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    for number in range(BURST):
        await use(ada, "moderate", text=f"{number}")

    refused = await use(ada, "moderate", text="one more")
    listing = await use(ada, "models list")
    chat = await use(ada, "chat", message="hi")
    others = await use(ben, "moderate", text="mine")

    judged = [one for one in sandbox.openai.requests if one.path.endswith("/moderations")]
    assert len(judged) == BURST + 1
    for said in (refused, listing, chat):
        assert "asked a lot in a short time" in said.text
    assert "flagged" in others.text
