from dataclasses import replace

import pytest

from bot.client import Bot, Services
from bot.domain.chat import ImageData
from bot.services.policy import Policy
from sandbox.clock import HandClock
from sandbox.driver import Message
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.online.conftest import Online
from tests.fakes import FakeChatModel
from tests.pictures import a_png


def asked(model: FakeChatModel) -> list[object]:
    return [message.content for message in model.requests[-1].messages]


@pytest.mark.usefixtures("bot")
async def test_a_mention_is_answered_by_a_reply(ada: User, model: FakeChatModel) -> None:
    said = await ada.say("@Switchboard What is a bus?")

    reply = await ada.reply_from_bot(said)
    await ada.until("general", lambda _: "Hello!" in reply.text)

    assert str(asked(model)[-1]).endswith("What is a bus?")
    assert reply.raw["message_reference"]["message_id"] == str(said.id)
    assert reply.raw["mentions"] == []


@pytest.mark.usefixtures("bot")
async def test_a_reply_to_the_bot_continues_the_conversation(
    ada: User, ben: User, model: FakeChatModel
) -> None:
    reply = await ada.reply_from_bot(await ada.say("@Switchboard What is a bus?"))
    await ada.until("general", lambda _: reply.button("Retry"))

    again = await ben.say("And a ring?", reply_to=reply)
    await ben.reply_from_bot(again)

    assert "And a ring?" in str(asked(model)[-1])
    assert any("What is a bus?" in str(each) for each in asked(model))


@pytest.mark.usefixtures("bot")
async def test_direct_messages_need_no_mention(ada: User, model: FakeChatModel) -> None:
    said = await ada.say("What is a bus?", channel="@bot")

    await ada.reply_from_bot(said)

    assert "What is a bus?" in str(asked(model)[-1])


@pytest.mark.usefixtures("bot")
async def test_names_are_told_to_the_model_instead_of_numbers(
    ada: User, model: FakeChatModel
) -> None:
    await ada.reply_from_bot(await ada.say("@Switchboard ask @ben about #random, @moderator"))

    assert str(asked(model)[-1]).endswith("ask @Ben about #random, @moderator")


@pytest.mark.usefixtures("bot")
async def test_what_is_attached_goes_along(ada: User, model: FakeChatModel) -> None:
    files = [
        ada.upload("cat.png", a_png(), "image/png"),
        ada.upload("notes.txt", "größe".encode(), "text/plain"),
    ]

    await ada.reply_from_bot(await ada.say("@Switchboard look", files=files))

    content = asked(model)[-1]
    assert isinstance(content, tuple)
    assert any(isinstance(part, ImageData) for part in content)
    assert any("größe" in part for part in content if isinstance(part, str))


@pytest.mark.usefixtures("bot")
async def test_an_attachment_that_can_not_be_used_is_named(ada: User, model: FakeChatModel) -> None:
    film = ada.upload("thesis.mp4", b"....ftypmp42", "video/mp4")

    reply = await ada.reply_from_bot(await ada.say("@Switchboard read", files=[film]))
    await ada.until("general", lambda _: "thesis.mp4" in reply.text)

    assert "not supported" in reply.text
    assert model.requests == []


@pytest.mark.usefixtures("bot")
async def test_what_is_not_for_the_bot_is_not_heard(ada: User, model: FakeChatModel) -> None:
    await ada.say("hello everybody")
    await ada.say("@ben hello")
    await ada.reply_from_bot(await ada.say("@Switchboard and you?"))

    assert len(model.requests) == 1


@pytest.mark.usefixtures("bot")
async def test_a_mention_without_words_is_asked_what_it_means(
    ada: User, model: FakeChatModel
) -> None:
    reply = await ada.reply_from_bot(await ada.say("@Switchboard"))

    assert "question" in reply.text
    assert model.requests == []


@pytest.mark.usefixtures("bot")
async def test_an_edited_message_is_no_new_question(ada: User, model: FakeChatModel) -> None:
    said = await ada.say("@Switchboard What is a bus?")
    await ada.reply_from_bot(said)

    await ada.edit(said, "@Switchboard What is a ring?")
    await ada.reply_from_bot(await ada.say("@Switchboard next"))

    assert len(model.requests) == 2


@pytest.mark.usefixtures("bot")
async def test_a_deleted_question_leaves_the_history(ada: User) -> None:
    said = await ada.say("@Switchboard my secret")
    reply = await ada.reply_from_bot(said)
    await ada.until("general", lambda _: reply.button("Retry"))

    await ada.delete(said)
    shown = await (await ada.slash("conversation show")).answer()
    for _ in range(20):
        if "my secret" not in shown.text:
            break
        shown = await (await ada.slash("conversation show")).answer()

    assert "my secret" not in shown.text


async def test_without_the_intent_mentions_and_direct_messages_still_work(
    sandbox: Sandbox, online: Online, ada: User, model: FakeChatModel
) -> None:
    sandbox.discord.application.flags = 0

    async with online() as bot:
        await ada.reply_from_bot(await ada.say("@Switchboard in a server"))
        await ada.reply_from_bot(await ada.say("in private", channel="@bot"))

        assert not bot.message_content
    assert ["in a server" in str(each) for each in asked(model)] == [False]
    assert len(model.requests) == 2


async def test_who_may_not_use_it_is_told_only_when_they_named_it(
    online: Online, services: Services, ada: User, ben: User, model: FakeChatModel
) -> None:
    strict = replace(services, policy=Policy(allowed_users=frozenset({ada.id})))

    async with online(strict):
        refused = await ben.reply_from_bot(await ben.say("@Switchboard hello"))

    assert "ALLOWED_USER_IDS" in refused.text
    assert model.requests == []


@pytest.mark.usefixtures("bot")
async def test_it_answers_in_the_language_last_seen(mia: User) -> None:
    await (await mia.slash("models list")).answer()

    english = await mia.reply_from_bot(await mia.say("@Switchboard"))

    assert "Yes?" not in english.text


@pytest.mark.usefixtures("bot")
async def test_many_at_once_in_one_channel_are_all_answered_in_order(
    ada: User, model: FakeChatModel, clock: HandClock
) -> None:
    said = [await ada.say(f"@Switchboard question {n}") for n in range(5)]

    while not all(answered(ada, one) for one in said):
        await clock.advance(1)  # Discord lets a channel have five messages in five seconds

    order = [str(request.messages[-1].content)[-1] for request in model.requests]
    assert order == ["0", "1", "2", "3", "4"]


async def test_a_stopping_bot_says_so(bot: Bot, ada: User, model: FakeChatModel) -> None:
    bot.stop_taking_work()

    reply = await ada.reply_from_bot(await ada.say("@Switchboard hello"))

    assert "restarting" in reply.text
    assert model.requests == []


def answered(person: User, said: Message) -> bool:
    return any(
        (seen.raw.get("message_reference") or {}).get("message_id") == str(said.id)
        and "Hello!" in seen.text
        for seen in person.sees()
    )
