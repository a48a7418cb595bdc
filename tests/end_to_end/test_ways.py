"""Ways to the bot, through the whole of it: over a restart, and where it is no member."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.app import assembled
from bot.settings import Settings
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.end_to_end.test_chat import whole


async def started(
    settings: Settings, sandbox: Sandbox, clock: PatientClock, stack: AsyncExitStack
) -> None:
    """A bot that is online until the stack ends."""
    app = await stack.enter_async_context(assembled(settings, clock=clock))
    clock.quiet = [app.database._idle.wait, app.media.quiet]
    online = asyncio.ensure_future(app.bot.start(settings.discord_token.get_secret_value()))

    async def stop() -> None:
        await app.services.conversations.close(limit_s=0)
        await app.bot.close()
        await online

    stack.push_async_callback(stop)
    await sandbox.user("ada").can_use("chat")


async def set_(person: User, command: str, key: str, value: str) -> None:
    options = {"key": key, "value": value}
    await (await person.slash(f"{command} set", options=options)).answer()


async def test_what_was_set_holds_after_a_restart_also_for_the_first_command(
    settings: Settings, sandbox: Sandbox, clock: PatientClock
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    async with AsyncExitStack() as stack:
        await started(settings, sandbox, clock, stack)
        await set_(ada, "settings", "chat_model", "gpt-5")
        await set_(ada, "settings", "temperature", "0.5")
        await set_(ben, "preferences", "private", "on")
        await set_(ben, "preferences", "system_prompt", "Be brief.")

    async with AsyncExitStack() as stack:
        await started(settings, sandbox, clock, stack)
        asked = await ben.slash("chat", message="hi")
        message = await whole(asked)

    body: Any = sandbox.openai.requests[-1].body
    assert message.ephemeral
    assert body["model"] == "gpt-5"
    assert body["messages"][0]["content"] == "Be brief."


@pytest.mark.parametrize("settings", [{"allow_user_install": True}], indirect=True)
@pytest.mark.usefixtures("app")
async def test_a_long_answer_where_the_bot_is_no_member_is_whole_within_five_follow_ups(
    sandbox: Sandbox,
) -> None:
    text = "\n".join(f"line {n}" for n in range(1500))
    sandbox.openai.answers.queue(text)
    ben = sandbox.user("ben")

    asked = await ben.slash("chat", channel=ben.group("ada"), message="long")
    await whole(asked)

    (file,) = [file for message in asked.messages for file in message.attachments]
    assert (await file.read()).decode().strip() == text
    refused = [one for one in sandbox.discord.requests if "/webhooks/" in one.path]
    assert [one.status for one in refused if one.status >= 400] == []
    assert asked.interaction.followups <= 5


@pytest.mark.usefixtures("app")
async def test_a_form_and_a_menu_lead_to_an_answer_with_buttons(sandbox: Sandbox) -> None:
    ben = sandbox.user("ben")
    said = await sandbox.user("ada").say("A bus is a shared set of wires.")

    form = await (await ben.message_menu("Ask about this", said)).form()
    message = await whole(await ben.submit(form, {"text": "Is it?\nReally?"}))

    assert message.button("Retry")
    assert "Is it?\nReally?" in str(sandbox.openai.requests[-1].body["messages"][-1]["content"])
