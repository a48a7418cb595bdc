"""An unmodified discord.py bot: defers, follow-ups, edits, ephemeral messages, files, time."""

import pytest

from sandbox.clock import HandClock
from sandbox.driver import NoAnswer
from sandbox.server import Sandbox
from tests.sandbox.interactions.foreign import Bot


async def test_the_first_follow_up_takes_the_place_and_the_visibility_of_a_public_defer(
    sandbox: Sandbox, bot: Bot
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")

    asked = await ada.slash("slow", private_after=True)
    await asked.acknowledged()
    assert asked.thinking
    assert ben.sees()[-1].thinking
    bot.release.set()
    await asked.until(lambda asked: asked.text == "first, edited\nthird")

    placeholder = asked.original
    assert placeholder == asked.messages[0]
    assert [one.content for one in ben.sees()] == ["first, edited"]
    assert [one.content for one in ada.sees()] == ["first, edited", "third"]


async def test_after_a_private_defer_the_first_follow_up_is_private(
    sandbox: Sandbox, bot: Bot
) -> None:
    bot.release.set()

    asked = await sandbox.user("ada").slash("slow", private=True)

    assert (await asked.answer()).ephemeral
    await asked.until(lambda asked: asked.text == "first, edited\nthird")
    assert sandbox.user("ben").sees() == []


@pytest.mark.usefixtures("bot")
async def test_a_streamed_answer_is_one_message_that_grows(sandbox: Sandbox) -> None:
    asked = await sandbox.user("ada").slash("stream")

    await asked.until(lambda asked: asked.text == "one two three")
    assert len(asked.messages) == 1
    assert asked.messages[0].edited


async def test_an_ephemeral_answer_is_in_nobody_elses_channel_and_in_no_history(
    sandbox: Sandbox, bot: Bot
) -> None:
    ada = sandbox.user("ada")

    answer = await (await ada.slash("secret")).answer()

    assert answer.ephemeral
    assert ada.sees() == [answer]
    assert sandbox.user("ben").sees() == []
    channel = bot.get_channel(answer.stored.channel.id)
    assert [one async for one in channel.history()] == []  # type: ignore[union-attr]
    await ada.delete(answer)
    assert ada.sees() == []


@pytest.mark.usefixtures("bot")
async def test_files_and_embeds_arrive_and_can_be_downloaded(sandbox: Sandbox) -> None:
    answer = await (await sandbox.user("ada").slash("file")).answer()

    assert answer.text == "here\nA title\nwith text"
    assert answer.attachments[0].name == "notes.txt"
    assert await answer.attachments[0].read() == b"content"
    assert answer.embeds[0]["image"]["url"].startswith(sandbox.url)


@pytest.mark.usefixtures("bot")
async def test_components_v2_show_their_texts_files_and_buttons(sandbox: Sandbox) -> None:
    answer = await (await sandbox.user("ada").slash("layout")).answer()

    assert answer.text == "# Heading\nbeside"
    assert [one.label for one in answer.buttons] == ["Side", "Below"]
    assert [one.name for one in answer.attachments] == ["a.png", "notes.txt"]
    assert answer.raw["flags"] & 1 << 15


@pytest.mark.usefixtures("bot")
async def test_three_seconds_without_an_answer_are_told_to_the_person_alone(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    asked = await ada.slash("never")

    await clock.advance(2.9)
    assert not asked.failed
    await clock.advance(0.2)

    assert asked.failed
    assert [one.content for one in ada.sees()] == ["The application did not respond"]
    assert sandbox.user("ben").sees() == []
    with pytest.raises(NoAnswer):
        await asked.answer()


async def test_the_bot_hears_messages_replies_and_voice_notes(sandbox: Sandbox, bot: Bot) -> None:
    ada = sandbox.user("ada")
    said = await ada.say("@Switchboard hello #random", files=[ada.upload("a.txt", b"inside")])
    await ada.say("and again", reply_to=said)
    await ada.voice_note(b"OggS", seconds=1.5, channel="@bot")

    first, second, third = [await bot.heard.get() for _ in range(3)]

    assert first.mentions == [bot.user]
    assert first.channel_mentions[0].name == "random"
    assert await first.attachments[0].read() == b"inside"
    assert second.reference is not None
    assert second.reference.message_id == said.id
    assert third.flags.voice
    assert third.attachments[0].duration == 1.5
