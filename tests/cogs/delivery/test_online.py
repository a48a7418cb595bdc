"""Answers as people see them: the real client in the sandbox's Discord."""

import asyncio

import pytest

from bot.client import Bot
from bot.domain.chat import Delta
from sandbox.clock import HandClock
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.fakes import FakeChatModel, an_answer, finished


@pytest.mark.usefixtures("bot")
async def test_a_short_answer_is_shown_with_retry_and_no_stop(
    ada: User, model: FakeChatModel
) -> None:
    model.play(an_answer("Hello there!"))

    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda seen: seen.original is not None and seen.original.button("Retry"))

    assert asked.original is not None
    assert asked.original.content == "Hello there!"
    assert asked.original.button("Stop") is None
    assert asked.original.raw["flags"] & 4


@pytest.mark.usefixtures("bot")
async def test_a_long_answer_is_whole_over_several_messages(
    ada: User, model: FakeChatModel
) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "words " * 60 for n in range(15))
    model.play(an_answer(text))

    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda seen: seen.messages and seen.messages[-1].button("Retry"))

    shown = "".join(message.content for message in asked.messages)
    assert "".join(shown.split()) == "".join(text.split())
    assert len(asked.messages) == 4
    assert [bool(m.buttons) for m in asked.messages] == [False, False, False, True]
