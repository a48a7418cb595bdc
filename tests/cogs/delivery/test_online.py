"""Answers as people see them: the real client in the sandbox's Discord."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

import pytest

from bot.client import Bot
from bot.domain.chat import Delta
from bot.domain.errors import ServerFaultError
from cogs._posts import SUPPRESS_EMBEDS
from sandbox.clock import HandClock
from sandbox.discord.faults import Drop, Fault
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.online.conftest import Talk
from tests.fakes import FakeChatModel, an_answer, finished

T = TypeVar("T")


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
    assert asked.original.raw["flags"] & SUPPRESS_EMBEDS


@pytest.mark.usefixtures("bot")
async def test_a_server_that_knows_an_interactions_message_as_original_alone_is_enough(
    ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock
) -> None:
    unknown = {"code": 10008, "message": "Unknown Message"}
    sandbox.discord.faults.add(
        Fault(route="PATCH /webhooks/*/messages/[0-9]*", status=404, body=unknown, times=None)
    )
    model.play([Delta(choice=0, text="First"), Delta(choice=0, text=" and last"), finished()])
    model.hold()

    asked = await ada.slash("chat", message="hi")
    await model.waiting.wait()
    model.step()
    await asked.until(lambda seen: seen.original and seen.original.content == "First")
    model.release()
    await during(clock, asked.until(lambda seen: seen.original and seen.original.button("Retry")))

    assert [message.content for message in ada.sees()] == ["First and last"]


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
    assert len(asked.messages) == 3
    assert [bool(m.buttons) for m in asked.messages] == [False, False, True]


async def test_an_answer_by_mention_is_a_reply_that_pings_nobody(
    bot: Bot, ada: User, model: FakeChatModel
) -> None:
    model.play(an_answer("Hello @everyone!"))

    said = await ada.say(f"<@{bot.application_id}> hello")
    reply = await ada.reply_from_bot(said)
    await ada.until("general", lambda seen: seen[-1].button("Retry"))

    assert reply.content == "Hello @\u200beveryone!"
    assert reply.raw["message_reference"]["message_id"] == str(said.id)
    assert reply.raw["mentions"] == []
    assert reply.raw["mention_everyone"] is False


@pytest.mark.usefixtures("bot")
async def test_a_running_answer_shows_its_text_and_stop_and_ends_when_pressed(
    ada: User, model: FakeChatModel
) -> None:
    model.play([Delta(choice=0, text="First words"), Delta(choice=0, text=" and more"), finished()])
    model.hold()

    asked = await ada.slash("chat", message="hi")
    await model.waiting.wait()
    model.step()
    await asked.until(lambda seen: seen.original and seen.original.button("Stop"))
    assert asked.original is not None
    assert asked.original.content == "First words"
    await ada.press(asked.original, "Stop")
    await asked.until(lambda seen: seen.original and seen.original.button("Retry"))

    assert asked.original.content.startswith("First words")
    assert "Stopped." in asked.original.text


@pytest.mark.usefixtures("bot")
async def test_a_failed_answer_keeps_its_text_and_retry_makes_a_second_page(
    ada: User, model: FakeChatModel, clock: HandClock
) -> None:
    model.play([Delta(choice=0, text="Half an"), ServerFaultError(status=500)], an_answer("Whole."))

    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda seen: seen.original and seen.original.button("Retry"))
    assert asked.original is not None
    assert asked.original.content == "Half an"
    assert asked.original.embeds
    await ada.press(asked.original, "Retry")
    await during(clock, asked.until(lambda seen: seen.original and seen.original.button("2/2")))

    assert asked.original.content == "Whole."
    assert asked.original.embeds == []
    await clock.advance(2)
    await ada.press(asked.original, "◀")
    await during(
        clock, asked.until(lambda seen: seen.original and seen.original.content == "Half an")
    )
    assert asked.original.button("1/2")


@pytest.mark.usefixtures("bot")
async def test_an_answer_above_five_messages_comes_as_a_file(
    ada: User, model: FakeChatModel
) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "words " * 60 for n in range(60))
    model.play(an_answer(text, pieces=1))

    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda seen: seen.messages and seen.messages[-1].attachments)

    assert len(asked.messages) <= 5
    assert asked.messages[-1].attachments[0].name == "answer.md"
    assert (await asked.messages[-1].attachments[0].read()).decode() == text


LONG = "\n\n".join(f"Paragraph {n}. " + "words " * 60 for n in range(15))


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(route="PATCH /webhooks/*", status=429, retry_after=2.0, times=2),
        Fault(route="PATCH /webhooks/*", status=429, retry_after=2.0, scope="shared", times=3),
        Fault(route="PATCH /webhooks/*", status=429, retry_after=2.0, scope="global", times=3),
        Fault(route="POST /webhooks/*", status=429, retry_after=2.0, times=2),
        Fault(route="PATCH /webhooks/*", status=500, times=3),
        Fault(route="PATCH /webhooks/*", status=502, body="<h1>Bad gateway</h1>", times=2),
        Fault(route="PATCH /webhooks/*", drop="before", times=2),
        Fault(route="PATCH /webhooks/*", drop="after", times=2),
        Fault(route="POST /webhooks/*", drop="before", times=1),
        Fault(route="POST /webhooks/*", drop="after", times=1),
        Fault(route="POST /webhooks/*", status=500, times=1),
        Fault(route="PATCH /webhooks/*", status=401, body={"code": 50027, "message": "x"}),
        Fault(route="POST /webhooks/*", status=404, body={"code": 10015, "message": "x"}),
    ],
    ids=lambda fault: f"{fault.route[:5]}-{fault.status}-{fault.scope}-{fault.drop}",
)
async def test_the_whole_answer_is_shown_once_whatever_discord_does(
    ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock, fault: Fault
) -> None:
    model.play(an_answer(LONG))
    sandbox.discord.faults.add(fault)

    await ada.slash("chat", message="hi")
    seen = await during(
        clock,
        ada.until("general", lambda seen: seen if seen and seen[-1].button("Retry") else None),
    )

    shown = [message for message in seen if message.content and not message.thinking]
    assert "".join("".join(message.content for message in shown).split()) == "".join(LONG.split())


async def test_unclear_channel_messages_are_sent_again_without_a_double(
    bot: Bot, ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock
) -> None:
    model.play(an_answer(LONG))
    sandbox.discord.faults.add(Fault(route="POST /channels/*/messages", drop="after", times=2))

    said = await ada.say(f"<@{bot.application_id}> hello")
    await during(clock, ada.until("general", lambda seen: seen[-1].button("Retry")))

    answer = [message for message in ada.sees() if message.id > said.id]
    assert len(answer) == 3
    assert "".join("".join(m.content for m in answer).split()) == "".join(LONG.split())


async def test_a_deleted_message_is_not_posted_again(
    bot: Bot, ada: User, model: FakeChatModel, clock: HandClock
) -> None:
    model.play([Delta(choice=0, text="First"), Delta(choice=0, text=" second"), finished()])
    model.hold()
    said = await ada.say(f"<@{bot.application_id}> hello")
    await model.waiting.wait()
    model.step()
    await ada.until("general", lambda seen: seen[-1].content == "First")
    await ada.delete(ada.sees()[-1])

    model.release()
    conversations = bot.services.conversations
    await during(clock, quiet(bot))

    assert [message.id for message in ada.sees()][-1] == said.id
    assert await conversations.unshown() == ()


async def test_a_place_where_the_bot_may_not_write_ends_the_showing(
    bot: Bot, ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock
) -> None:
    model.play(an_answer("Hello"))
    forbidden = {"code": 50013, "message": "Missing Permissions"}
    sandbox.discord.faults.add(
        Fault(route="POST /channels/*/messages", status=403, body=forbidden, times=None)
    )

    await ada.say(f"<@{bot.application_id}> hello")
    await sandbox.until(lambda: bot.answers._running)
    await during(clock, quiet(bot))

    refused = [r for r in sandbox.discord.requests if r.status == 403]
    assert len(refused) == 1
    assert await bot.services.conversations.unshown() == ()


@pytest.mark.usefixtures("bot")
async def test_a_private_answer_that_outlives_its_token_waits_behind_a_button(
    ada: User, ben: User, model: FakeChatModel, clock: HandClock
) -> None:
    model.play([Delta(choice=0, text="Begin"), Delta(choice=0, text=" and end"), finished()])
    model.hold()
    asked = await ada.slash("chat", message="hi", private=True)
    await model.waiting.wait()
    model.step()
    await asked.until(lambda seen: seen.original and seen.original.content == "Begin")
    assert asked.original is not None

    await clock.advance(14.6 * 60)
    await during(
        clock, asked.until(lambda seen: seen.original and seen.original.button("Show the rest"))
    )
    model.release()
    await ada.press(asked.original, "Show the rest")
    await during(clock, ada.until("general", lambda seen: seen[-1].button("Retry") is not None))

    assert "Begin and end" in ada.sees()[-1].content
    assert ada.sees()[-1].ephemeral
    assert ben.sees() == []


@pytest.mark.usefixtures("bot")
async def test_a_public_answer_goes_on_in_ordinary_messages_when_its_token_ends(
    ada: User, model: FakeChatModel, clock: HandClock
) -> None:
    model.play([Delta(choice=0, text="Begin"), Delta(choice=0, text=" and end"), finished()])
    model.hold()
    asked = await ada.slash("chat", message="hi")
    await model.waiting.wait()
    model.step()
    await asked.until(lambda seen: seen.original and seen.original.content == "Begin")
    assert asked.original is not None

    await clock.advance(15.5 * 60)
    model.release()
    await during(clock, ada.until("general", lambda seen: seen[-1].button("Retry") is not None))

    assert [message.content for message in ada.sees()] == ["Begin and end"]
    assert asked.original.content == "Begin and end"


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_private_part_that_may_be_there_is_never_sent_twice(
    ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock, drop: Drop
) -> None:
    model.play(an_answer(LONG))
    sandbox.discord.faults.add(Fault(route="POST /webhooks/*", drop=drop))

    asked = await ada.slash("chat", message="hi", private=True)
    await during(
        clock, asked.until(lambda seen: seen.original and seen.original.button("Show the rest"))
    )

    posts = [r for r in sandbox.discord.requests if r.method == "POST" and "webhooks" in r.path]
    assert len(posts) == 1
    assert asked.original is not None
    await ada.press(asked.original, "Show the rest")
    await during(clock, ada.until("general", lambda seen: seen[-1].button("Retry")))
    assert LONG.split()[-1] in ada.sees()[-1].content


async def test_an_answer_nobody_saw_is_posted_after_the_start(
    bot: Bot, ada: User, talk: Talk, clock: HandClock
) -> None:
    view = await talk("What is a bus?", "Shared wires.")

    await bot.answers.mend()
    await during(clock, ada.until("general", lambda seen: seen and seen[-1].button("Retry")))

    assert ada.sees()[-1].content == "Shared wires."
    await during(clock, quiet(bot))
    assert await bot.services.conversations.unshown() == ()
    assert len(await bot.services.conversations.posts(view.turn.id)) == 1


async def test_an_answer_that_ends_before_its_acknowledgement_is_left_to_who_waits_for_it(
    bot: Bot, ada: User, model: FakeChatModel, sandbox: Sandbox, clock: HandClock
) -> None:
    model.play(an_answer("Quick"))
    sandbox.discord.faults.add(Fault(route="POST /interactions/*", delay=1.0))
    asked = await ada.slash("chat", message="hi")
    while not await bot.services.conversations.unshown():
        pass  # the database takes its time

    await bot.answers.mend()
    await during(clock, quiet(bot))
    await during(clock, asked.until(lambda seen: seen.original and seen.original.button("Retry")))

    assert [message.content for message in ada.sees()] == ["Quick"]
    assert not any(
        sent.method == "POST" and sent.path.endswith("/messages")
        for sent in sandbox.discord.requests
    )


async def test_an_interrupted_answer_keeps_what_it_shows_and_gets_a_retry(
    bot: Bot, ada: User, model: FakeChatModel, clock: HandClock
) -> None:
    model.play([Delta(choice=0, text="Half of"), Delta(choice=0, text=" it"), finished()])
    model.hold()
    asked = await ada.slash("chat", message="hi")
    await model.waiting.wait()
    model.step()
    await asked.until(lambda seen: seen.original and seen.original.content == "Half of")

    closing = asyncio.ensure_future(bot.services.conversations.close(limit_s=0))
    await during(clock, asked.until(lambda seen: seen.original and seen.original.button("Retry")))
    await during(clock, closing)

    assert asked.original is not None
    assert asked.original.content == "Half of"
    assert "stopped in the middle" in asked.original.text


@pytest.mark.usefixtures("bot")
async def test_an_embed_never_stands_on_a_message_with_a_link(
    ada: User, model: FakeChatModel
) -> None:
    model.play([Delta(choice=0, text="See https://example.com/?secret"), ServerFaultError()])

    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda seen: seen.messages and seen.messages[-1].button("Retry"))

    text, ending = asked.messages
    assert text.raw["flags"] & SUPPRESS_EMBEDS
    assert text.embeds == []
    assert ending.embeds
    assert ending.content == ""


@pytest.mark.usefixtures("bot")
async def test_a_stranger_cannot_stop_an_answer_and_is_told_so_alone(
    ada: User, ben: User, model: FakeChatModel, clock: HandClock
) -> None:
    model.play([Delta(choice=0, text="Mine"), finished()])
    model.hold()
    asked = await ada.slash("chat", message="hi")
    await model.waiting.wait()
    model.step()
    await asked.until(lambda seen: seen.original and seen.original.button("Stop"))
    assert asked.original is not None

    pressed = await ben.press(asked.original, "Stop")
    await pressed.until(lambda seen: seen.messages)

    assert pressed.messages[-1].ephemeral
    assert "somebody else" in pressed.messages[-1].text
    model.release()
    await during(clock, asked.until(lambda seen: seen.original and seen.original.button("Retry")))


@pytest.mark.usefixtures("bot")
async def test_pages_of_a_private_answer_turn_long_after_its_token_ended(
    ada: User, model: FakeChatModel, clock: HandClock
) -> None:
    first, second = (Delta(choice=n, text=text) for n, text in enumerate(("One", "Two")))
    model.play([first, second, replace(finished(), finish_reasons={0: "stop", 1: "stop"})])
    asked = await ada.slash("chat", message="hi", n=2, private=True)
    await asked.until(lambda seen: seen.original and seen.original.button("1/2"))
    assert asked.original is not None
    await clock.advance(20 * 60)

    await ada.press(asked.original, "▶")
    await during(clock, asked.until(lambda seen: seen.original and seen.original.button("2/2")))

    assert asked.original.content == "Two"


async def during(clock: HandClock, wanted: Awaitable[T]) -> T:
    """Wait for `wanted` while time passes, as far as somebody sleeps."""
    waiting = asyncio.ensure_future(wanted)
    while not waiting.done():
        await clock.advance(0.2)
        await asyncio.wait({waiting}, timeout=0.01)
    return waiting.result()


async def quiet(bot: Bot) -> None:
    """Until nothing is on its way into Discord any more."""
    while bot.answers._running:
        await asyncio.wait({*bot.answers._running})
