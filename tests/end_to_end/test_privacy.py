"""What is stored about people: shown, given out, and erased without a trace."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.app import App
from bot.domain.ids import UserId
from bot.domain.operators import Acting, Change
from sandbox.driver import Invocation, Message
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.tables import conversations, metadata, summaries
from tests.end_to_end.test_chat import whole
from tests.pictures import a_png

if TYPE_CHECKING:
    from tests.postgres import PostgresServer

pytestmark = pytest.mark.usefixtures("app")

MARK = "zebrafish"
PICTURE = a_png(31, 17)
SHARED_PICTURE = a_png(5, 9)


@pytest.fixture(params=["sqlite"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        async with postgres.database() as url:
            yield url


@pytest.fixture
def new_settings(new_settings: Any, database_url: str) -> Any:
    return lambda **changes: new_settings(**{"database_url": database_url, **changes})


async def told(asked: Invocation) -> Message:
    await asked.until(lambda asked: bool(asked.messages) and bool(asked.messages[-1].text))
    return asked.messages[-1]


async def erased(who: User, button: str = "Erase") -> Message:
    asked = await who.slash("privacy erase")
    question = await told(asked)
    pressed = await who.press(question, button)
    await pressed.until(
        lambda _: (
            pressed.messages
            or ("Erased" in asked.messages[-1].text and "being" not in asked.messages[-1].text)
        )
    )
    assert pressed.messages == []
    return asked.messages[-1]


async def everything_said(sandbox: Sandbox, app: App, who: User) -> None:
    """All that a person can write to the bot, with the mark in it."""
    assert app.bot.user
    sandbox.openai.answers.text = "ok"
    for key, value in (("system_prompt", f"prefer {MARK}"), ("model", f"{MARK}-model")):
        await told(await who.slash("preferences set", options={"key": key, "value": value}))
    await told(await who.slash("preferences reset", key="model"))
    await told(await who.slash("conversation system", prompt=f"be a {MARK}"))
    await told(await who.slash("conversation system", prompt=f"mine: {MARK}", private=True))
    attached: Any = {
        "attachment": who.upload(f"{MARK}.png", PICTURE, "image/png"),
        "attachment2": who.upload(f"{MARK}.txt", MARK.encode(), "text/plain"),
        "attachment3": who.upload("both.png", SHARED_PICTURE, "image/png"),
    }
    await whole(await who.slash("chat", message=f"chat {MARK}", stop=MARK, **attached))
    sandbox.openai.answers.queue(f"You are a {MARK}.")
    await whole(await who.slash("chat", message=f"private {MARK}", private=True, system=MARK))
    await whole(await who.slash("chat", channel="@bot", message=f"direct {MARK}"))
    sandbox.openai.faults.add("POST /chat/completions", "status", status=400, times=1)
    await whole(await who.slash("chat", channel="random", message=f"failed {MARK}"))
    question = await who.say(f"<@{app.bot.user.id}> mention {MARK}")
    reply = await who.reply_from_bot(question)
    await who.until("general", lambda seen: seen[-1].button("Retry"))
    again = await who.say(f"<@{app.bot.user.id}> about that {MARK}", reply_to=reply)
    await who.reply_from_bot(again)
    await who.until("general", lambda seen: seen[-1].button("Retry"))
    await told(await who.slash("conversation thread", title="elsewhere"))
    await told(await who.slash("moderate", text=f"judge {MARK}"))
    await told(await who.slash("moderate", channel="@bot", text=f"judge {MARK}"))
    await told(await who.slash("models info", model=f"{MARK}-model"))
    me: Any = {"user": who.id, "guild": None, "channel": 1, "source": 2}
    async with app.database.transaction() as tx:
        now = app.clock.now()
        await tx.audit.add(Acting(**me), Change.BLOCK, f"5: {MARK}", now)
        await tx.rulings.block(5, MARK, UserId(who.id), now)
        beginning: Any = {"owner": app.database.owner, "locale": "en-US", "before": (), "at": now}
        await tx.beginnings.add(Acting(**me), model="x", training_file="file-1", **beginning)
        for row in await tx.statements.execute(sa.select(conversations.c.id)):
            summed_up: Any = {"conversation": row.id, "upto_seq": 100, "exchanges": 1}
            insert = summaries.insert().values(**summed_up, whole=True, text=MARK, made_at=now)
            await tx.statements.execute(insert)


async def rows(app: App) -> list[str]:
    """Every row of every table, as text."""
    found: list[str] = []
    async with app.database.reading() as tx:
        for table in metadata.sorted_tables:
            for row in (await tx.statements.execute(sa.select(table))).mappings():
                shown = ", ".join(f"{name}={value!r}" for name, value in row.items())
                found.append(f"{table.name}: {shown}")
    return found


def within(found: list[str], *words: object) -> list[str]:
    return [row for row in found if any(str(word) in row for word in words)]


def in_files(path: Path, *words: bytes) -> Iterator[str]:
    for file in path.parent.glob(f"{path.name}*"):
        data = file.read_bytes()
        yield from (f"{file.name}: {word!r}" for word in words if word in data)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_nothing_a_person_wrote_is_left_anywhere_and_what_others_wrote_is(
    sandbox: Sandbox, app: App, database_url: str
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await everything_said(sandbox, app, ada)
    both = ben.upload("both.png", SHARED_PICTURE, "image/png")
    await whole(await ben.slash("chat", message="my own words", attachment=both))
    before = await rows(app)

    said = await erased(ada)
    after = await rows(app)

    assert len(within(before, MARK)) > 20
    assert len(within(before, ada.id)) > 10
    assert within(after, MARK, "'Ada'", "Ada: ", ada.id, PICTURE) == []
    assert len(within(after, "my own words")) == len(within(before, "my own words"))
    assert len(within(after, SHARED_PICTURE)) == 1
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite+aiosqlite:///"))
        assert [*in_files(path, MARK.encode(), PICTURE, str(ada.id).encode())] == []
    assert said.ephemeral
    assert "6 questions with their answers are deleted." in said.text
    async with app.database.transaction() as tx:
        assert sum(row.calls for row in await tx.ledger.report(None)) == 10
        assert await tx.ledger.report(None, payer=ada.id) == ()  # pyright: ignore[reportArgumentType]


async def test_one_can_go_on_afterwards_with_an_empty_history(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    await whole(await ada.slash("chat", message="before", private=True))
    await erased(ada)

    await whole(await ada.slash("chat", message="after", private=True))
    listed = await told(await ada.slash("conversation list", private=True))

    sent = sandbox.openai.requests[-1].body["messages"]
    assert [each["content"] for each in sent] == ["after"]
    assert "after" in listed.text
    assert "before" not in listed.text


async def test_what_is_being_answered_is_stopped_and_leaves_nothing(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue([f"First {MARK}", " and the rest"])
    gate = sandbox.openai.answers.hold(after=2)
    asked = await ada.slash("chat", message=MARK)
    await asked.until(lambda asked: MARK in asked.text)

    await erased(ada)
    gate.release()

    assert within(await rows(app), MARK, ada.id) == []


async def test_answers_in_discord_are_removed_where_that_is_wanted(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    answer = await whole(await ada.slash("chat", message="mine"))
    others = await whole(await ben.slash("chat", message="theirs"))
    private = await whole(await ada.slash("chat", message="private", private=True))

    said = await erased(ada, "Erase, and remove the answers in Discord")

    left = [seen.id for seen in ben.sees()]
    assert others.id in left
    assert answer.id not in left
    assert private.id
    assert "The answers in Discord are removed." in said.text


async def test_the_button_is_for_the_one_who_was_asked(sandbox: Sandbox, app: App) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await whole(await ada.slash("chat", message=MARK))
    question = await told(await ben.slash("privacy erase"))
    for row in question.stored.components:
        for button in row["components"]:
            button["custom_id"] = button["custom_id"].replace(str(ben.id), str(ada.id))

    refused = await told(await ben.press(question, "Erase"))

    assert "somebody else's" in refused.text
    assert within(await rows(app), MARK) != []


async def test_all_of_it_can_be_taken_along(sandbox: Sandbox, app: App) -> None:
    ada = sandbox.user("ada")
    await everything_said(sandbox, app, ada)
    await whole(await sandbox.user("ben").slash("chat", message="not hers"))

    given = await told(await ada.slash("privacy export"))

    [file] = given.attachments
    packed = zipfile.ZipFile(io.BytesIO(await file.read()))
    text = packed.read("switchboard-my-data.json").decode()
    found = json.loads(text)
    assert given.ephemeral
    assert len(found["questions"]) == 6
    assert {f"mine: {MARK}", f"be a {MARK}"} <= {
        each["system_prompt"] for each in found["system_prompts"]
    }
    assert [each["value"] for each in found["preferences"]] == [f"prefer {MARK}"]
    assert len(found["calls"]) == len(found["api_log"]) == 9
    assert "not hers" not in text
    assert "token" not in {key for each in found["questions"] for key in each}
    assert PICTURE in [packed.read(name) for name in packed.namelist()]


async def test_little_is_a_plain_file_and_nothing_too(sandbox: Sandbox) -> None:
    given = await told(await sandbox.user("mia").slash("privacy export"))

    [file] = given.attachments
    assert json.loads(await file.read())["person"] == str(sandbox.user("mia").id)


async def test_who_is_blocked_still_sees_and_erases_what_is_stored_and_does_nothing_else(
    sandbox: Sandbox, app: App
) -> None:
    ben = sandbox.user("ben")
    await whole(await ben.slash("chat", message=MARK))
    async with app.database.transaction() as tx:
        await tx.rulings.block(ben.id, "spam", UserId(1), app.clock.now())
    await app.services.rulings.refresh()

    refused = [await told(await ben.slash(name)) for name in ("preferences show", "usage me")]
    shown = await told(await ben.slash("privacy show"))
    given = await told(await ben.slash("privacy export"))
    said = await erased(ben)

    assert all("BLOCKED_IDS" in each.text for each in refused)
    assert "**1** question and **1** answer" in shown.text
    assert given.attachments
    assert "Erased" in said.text
    assert within(await rows(app), MARK) == []


@pytest.mark.parametrize("settings", [{"allowed_user_ids": "1", "allow_dms": False}], indirect=True)
@pytest.mark.parametrize("channel", ["general", "@bot"])
async def test_what_is_stored_is_shown_whoever_may_use_the_bot_and_wherever(
    sandbox: Sandbox, channel: str
) -> None:
    shown = await told(await sandbox.user("ben").slash("privacy show", channel=channel))

    assert "What is stored about you" in shown.text


@pytest.mark.parametrize(
    ("who", "title", "words"),
    [
        (
            "ada",
            "What is stored about you",
            "**1** question and **1** answer in **1** conversation",
        ),
        ("lin", "保存了哪些关于你的数据", "**1** 个问题"),
        ("mia", "儲存了哪些關於你的資料", "**1** 個問題"),
    ],
)
async def test_what_is_stored_is_said_in_three_languages(
    sandbox: Sandbox, who: str, title: str, words: str
) -> None:
    person = sandbox.user(who)
    await whole(await person.slash("chat", message="hi"))

    shown = await told(await person.slash("privacy show"))

    assert shown.ephemeral
    assert title in shown.text
    assert words in shown.text


async def test_training_is_off_until_it_is_allowed(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    before = await told(await ada.slash("preferences show"))

    allowed = await told(await ada.slash("privacy training", allow=True))
    after = await told(await ada.slash("preferences show"))
    await told(await ada.slash("privacy training", allow=False))
    again = await told(await ada.slash("preferences show"))

    assert "`training` not set" in before.text
    assert "may be used" in allowed.text
    assert "`training` `on`" in after.text
    assert "`training` `off`" in again.text
