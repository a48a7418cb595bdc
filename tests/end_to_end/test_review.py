"""The bot where the world is not as tidy as the sandbox: clocks, permissions, other servers."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import App, assembled
from bot.settings import Settings
from sandbox.clock import HandClock
from sandbox.discord.faults import GatewayFault
from sandbox.discord.model import Overwrite
from sandbox.discord.permissions import Permission
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
