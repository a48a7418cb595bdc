"""The bot where the world is not as tidy as the sandbox: clocks, permissions, other servers."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import App, assembled
from bot.settings import Settings
from sandbox.clock import HandClock
from sandbox.discord import changes
from sandbox.discord.faults import Fault, GatewayFault
from sandbox.discord.model import Overwrite
from sandbox.discord.permissions import Permission
from sandbox.driver import Message
from sandbox.server import Sandbox
from tests.end_to_end.test_chat import whole
from tests.factories import NOON


async def test_a_machine_whose_clock_is_an_hour_ahead_of_discords_answers_where_it_was_asked(
    settings: Settings, sandbox: Sandbox
) -> None:
    ahead = HandClock(NOON + timedelta(hours=1))
    async with assembled(settings, clock=ahead) as built:
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        ada = sandbox.user("ada")
        await ada.can_use("chat")
        sandbox.openai.answers.queue("Here")
        asked = await ada.slash("chat", message="hi")
        secret = await ada.slash("chat", message="hi", private=True)

        message, hidden = await whole(asked), await whole(secret)

        assert message.content == "Here"
        assert hidden.ephemeral
        await built.services.conversations.close(limit_s=0)
        await built.bot.answers.close(0)
        await built.bot.close()
        await online
    assert not any(
        sent.method == "POST" and sent.path.endswith("/messages")
        for sent in sandbox.discord.requests
    )


def paragraphs(word: str) -> str:
    return "\n\n".join(f"Paragraph {n}. " + f"{word} " * 60 for n in range(15)).strip()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("again", ["Short now", paragraphs("bird")], ids=["short", "long"])
async def test_a_private_answer_of_several_messages_can_be_retried(
    sandbox: Sandbox, clock: HandClock, again: str
) -> None:
    sandbox.openai.answers.queue(paragraphs("word"), again)
    ada = sandbox.user("ada")
    message = await whole(await ada.slash("chat", message="hi", private=True))

    await ada.press(message, "Retry")

    def shown_again() -> bool:
        return ada.sees("general")[-1].content.endswith(again[-9:])

    while not shown_again():
        await clock.advance(1)
    assert all(each.ephemeral for each in ada.sees("general"))


@pytest.mark.usefixtures("app")
async def test_where_the_bot_itself_sees_nothing_commands_and_retry_work_by_their_tokens(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    bot = sandbox.discord.application.bot.id
    hidden = Overwrite(id=bot, type=1, deny=int(Permission.VIEW_CHANNEL))
    ada.places.channel("general").overwrites[bot] = hidden
    sandbox.openai.answers.queue("one", "two")
    asked = await ada.slash("chat", message="hi")
    message = await whole(asked)

    await ada.press(message, "Retry")

    await asked.until(lambda _: message.content == "two")


@pytest.mark.usefixtures("app")
async def test_a_file_that_comes_with_an_edit_is_sent_as_discord_describes_it(
    sandbox: Sandbox,
) -> None:
    long = paragraphs("word") * 6
    sandbox.openai.answers.queue("short", long)
    ada = sandbox.user("ada")
    asked = await ada.slash("chat", message="hi")

    await ada.press(await whole(asked), "Retry")
    await ada.until("general", lambda seen: any(each.attachments for each in seen))

    [file] = [each for message in ada.sees("general") for each in message.attachments]
    assert (await file.read()).decode() == long


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("closing", [False, True], ids=["empty", "refused"])
async def test_a_message_that_discord_brings_twice_is_answered_once(
    sandbox: Sandbox, app: App, *, closing: bool
) -> None:
    app.bot.closing = closing
    ada = sandbox.user("ada")
    sandbox.discord.faults.add(GatewayFault(action="duplicate", event="MESSAGE_CREATE"))

    await ada.say("@Switchboard hello" if closing else "@Switchboard")
    await sandbox.until(lambda: _replies_sent(sandbox) == 2)
    await ada.until("general", lambda seen: len(seen) > 1)

    assert len(ada.sees("general")) == 2


def _replies_sent(sandbox: Sandbox) -> int:
    return sum(
        sent.method == "POST" and sent.path.endswith("/messages")
        for sent in sandbox.discord.requests
    )


@pytest.mark.usefixtures("app")
async def test_what_the_server_says_is_shown_and_not_logged(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    said = {"error": {"message": "There is no somebodys-words here"}}
    sandbox.openai.faults.add("GET /models", "status", status=400, body=said)

    refused = await (await sandbox.user("ada").slash("models list")).answer()

    assert "somebodys" in refused.text
    assert "RequestRejectedError" in caplog.text
    assert "somebodys" not in caplog.text


def forbid(sandbox: Sandbox, permission: Permission, channel: str = "general") -> None:
    place = sandbox.user("ada").places.channel(channel)
    bot = sandbox.discord.application.bot
    changes.set_overwrite(sandbox.discord.world, place, bot, deny=permission)


async def mentioned(sandbox: Sandbox, clock: HandClock) -> list[Message]:
    """The messages that answer a mention, once one of them offers a retry."""
    ada = sandbox.user("ada")
    await ada.say("@Switchboard hello")

    def ended() -> list[Message]:
        seen = [each for each in ada.sees("general") if each.author == "Switchboard"]
        return seen if seen and seen[-1].button("Retry") else []

    for _ in range(400):
        if found := ended():
            return found
        await clock.advance(0.5)
    raise AssertionError(ada.sees("general"))


@pytest.mark.usefixtures("app")
async def test_where_the_bot_may_not_embed_links_a_failure_is_told_in_small_print(
    sandbox: Sandbox, clock: HandClock
) -> None:
    forbid(sandbox, Permission.EMBED_LINKS)
    refusal = {"error": {"message": "no", "type": "invalid_request_error"}}
    sandbox.openai.faults.add("POST /chat/completions", "status", status=400, body=refusal)

    [answer] = await mentioned(sandbox, clock)

    assert all(line.startswith("-# ") for line in answer.content.splitlines())
    assert "The API refused" in answer.content


@pytest.mark.usefixtures("app")
async def test_where_the_bot_may_not_attach_files_a_long_answer_takes_more_messages(
    sandbox: Sandbox, clock: HandClock
) -> None:
    forbid(sandbox, Permission.ATTACH_FILES)
    missing = {"code": 50013, "message": "Missing Permissions"}
    sandbox.discord.faults.add(Fault(route="PATCH /channels/*", status=403, body=missing))
    long = paragraphs("word") * 6
    sandbox.openai.answers.queue(long)

    answer = await mentioned(sandbox, clock)

    assert len(answer) > 5
    assert "".join("".join(each.content for each in answer).split()) == "".join(long.split())


@pytest.mark.usefixtures("app")
async def test_where_the_bot_may_not_read_the_history_it_answers_without_a_reference(
    sandbox: Sandbox, clock: HandClock
) -> None:
    forbid(sandbox, Permission.READ_MESSAGE_HISTORY)
    sandbox.openai.answers.queue(["First ", "and last"])

    answer = await mentioned(sandbox, clock)

    assert [each.content for each in answer] == ["First and last"]


@pytest.mark.usefixtures("app")
async def test_where_the_bot_may_not_send_the_api_is_not_asked(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ada = sandbox.user("ada")
    forbid(sandbox, Permission.SEND_MESSAGES, "random")

    for _ in range(2):
        await ada.say("@Switchboard hello", channel="random")
    await ada.say("@Switchboard hello")
    await ada.until("general", lambda seen: seen[-1].button("Retry"))

    asked = [each for each in sandbox.openai.requests if each.path == "/chat/completions"]
    assert len(asked) == 1
    assert caplog.text.count("may not send messages") == 1


@pytest.mark.usefixtures("app")
async def test_a_question_deleted_in_mid_answer_takes_its_answer_with_it(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(["So ", "far"])
    gate = sandbox.openai.answers.hold(after=2)
    question = await ada.say("@Switchboard hello")
    await ada.until("general", lambda seen: seen[-1].content == "So")

    await ada.delete(question)
    gate.release()
    for _ in range(40):
        await clock.advance(0.5)
    await ada.until("general", lambda seen: not seen)

    assert ada.sees("general") == []


@pytest.mark.usefixtures("app")
async def test_an_answer_taken_back_while_its_parts_arrive_leaves_nothing_behind(
    sandbox: Sandbox, clock: HandClock, app: App
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(paragraphs("word"))
    sandbox.discord.faults.add(Fault(route="POST /webhooks/*", delay=3.0))
    await ada.slash("chat", message="hi")
    await ada.until("general", lambda seen: seen[0].content.startswith("Paragraph"))
    while not await app.services.conversations.unshown():
        pass  # the database takes its time

    undone = await ada.slash("conversation undo")
    for _ in range(60):
        await clock.advance(0.5)

    assert "Taken back" in (await undone.answer()).text
    assert not any(each.content.startswith("Paragraph") for each in ada.sees("general"))
    assert await app.services.conversations.unshown() == ()
