import json

import pytest

from bot.client import Services
from bot.domain.conversations import Post
from bot.domain.ids import ChannelId, MessageId, PlaceKey
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.online.conftest import Online, Talk
from tests.fakes import FakeChatModel


@pytest.fixture
def general(ada: User) -> PlaceKey:
    return PlaceKey(f"channel:{ada.places.channel('general').id}")


# show


@pytest.mark.usefixtures("bot")
async def test_an_empty_conversation_says_so_to_the_asker_alone(ada: User, ben: User) -> None:
    shown = await (await ada.slash("conversation show")).answer()

    assert shown.ephemeral
    assert "Nothing" in shown.text
    assert ben.sees() == []


@pytest.mark.usefixtures("bot")
async def test_what_was_said_is_shown_to_everybody_who_asks(ben: User, talk: Talk) -> None:
    await talk("What is a **bus**?", "Shared wires.")

    shown = await (await ben.slash("conversation show")).answer()

    assert "Ada" in shown.text
    assert r"What is a \*\*bus\*\*?" in shown.text
    assert "Shared wires." in shown.text
    assert "one exchange" in shown.text


@pytest.mark.usefixtures("bot")
async def test_long_histories_are_paged_back_and_forth(ada: User, talk: Talk) -> None:
    for n in range(7):
        await talk(f"question {n}")
    shown = await (await ada.slash("conversation show")).answer()
    assert "question 6" in shown.text
    assert "question 1" not in shown.text

    await ada.press(shown, "Older")
    await ada.until("general", lambda seen: "question 1" in seen[-1].text)
    assert shown.button("Older") is None
    await ada.press(shown, "Newest")
    await ada.until("general", lambda seen: "question 6" in seen[-1].text)


async def test_pages_still_turn_after_a_restart(
    online: Online, ada: User, talk: Talk, sandbox: Sandbox
) -> None:
    async with online():
        for n in range(7):
            await talk(f"question {n}")
        shown = await (await ada.slash("conversation show")).answer()

    async with online():
        await sandbox.until(lambda: len(sandbox.discord.gateway.sessions) > 0)
        await ada.press(shown, "Older")
        await ada.until("general", lambda seen: "question 1" in seen[-1].text)


# new, list, resume


@pytest.mark.usefixtures("bot")
async def test_new_begins_afresh_and_the_earlier_one_can_be_resumed(ada: User, talk: Talk) -> None:
    await talk("the first subject")

    await (await ada.slash("conversation new")).answer()
    emptied = await (await ada.slash("conversation show")).answer()
    (choice,) = await ada.autocomplete("conversation resume", "conversation", "first")
    await (await ada.slash("conversation resume", conversation=choice.value)).answer()
    resumed = await (await ada.slash("conversation show")).answer()

    assert "Nothing" in emptied.text
    assert choice.name == "the first subject"
    assert "the first subject" in resumed.text


@pytest.mark.usefixtures("bot")
async def test_the_list_names_the_conversations_and_the_current_one(ada: User, talk: Talk) -> None:
    await talk("the first subject")
    await (await ada.slash("conversation new")).answer()
    await talk("the second subject")

    listed = await (await ada.slash("conversation list")).answer()

    assert "the first subject" in listed.text
    assert "the second subject" in listed.text
    assert listed.text.count("the current one") == 1


@pytest.mark.usefixtures("bot")
async def test_long_lists_of_conversations_have_pages(ada: User, talk: Talk) -> None:
    for n in range(12):
        await talk(f"subject {n:02}")
        await (await ada.slash("conversation new")).answer()
    listed = await (await ada.slash("conversation list")).answer()

    await ada.press(listed, "Next")
    await ada.until("general", lambda seen: "subject 00" in seen[-1].text)
    await ada.press(listed, "Back")
    await ada.until("general", lambda seen: "subject 11" in seen[-1].text)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("typed", ["12345", "nothing", "-1", "9" * 90, "²"])
async def test_a_conversation_of_another_place_can_not_be_resumed(ada: User, typed: str) -> None:
    refused = await (await ada.slash("conversation resume", conversation=typed)).answer()

    assert "no such conversation" in refused.text
    assert refused.ephemeral


@pytest.mark.usefixtures("bot")
async def test_another_channels_conversation_can_not_be_resumed_here(ada: User, talk: Talk) -> None:
    await talk("a subject of general")
    await (await ada.slash("conversation new")).answer()
    (choice,) = await ada.autocomplete("conversation resume", "conversation", "general")

    elsewhere = await ada.autocomplete(
        "conversation resume", "conversation", "general", channel="random"
    )
    refused = await (
        await ada.slash("conversation resume", channel="random", conversation=choice.value)
    ).answer()

    assert elsewhere == []
    assert "no such conversation" in refused.text


# undo


@pytest.mark.usefixtures("bot")
async def test_undo_takes_back_ones_own_last_exchange_and_deletes_the_answer(
    ada: User, talk: Talk, services: Services
) -> None:
    await talk("keep this")
    view = await talk("take this back")
    posted = await a_post_of_the_bot(ada)
    await services.conversations.posted(view.turn.id, posted)

    told = await (await ada.slash("conversation undo")).answer()
    shown = await (await ada.slash("conversation show")).answer()

    assert "take this back" in told.text
    assert "take this back" not in shown.text
    assert "keep this" in shown.text
    assert posted.message not in [message.id for message in ada.sees()]


@pytest.mark.usefixtures("bot")
async def test_undo_of_somebody_elses_needs_manage_messages(
    ben: User, lin: User, talk: Talk
) -> None:
    await talk("ada's own words")

    refused = await (await ben.slash("conversation undo")).answer()
    allowed = await (await lin.slash("conversation undo")).answer()

    assert "Manage Messages" in refused.text
    assert "ada's own words" in allowed.text


@pytest.mark.usefixtures("bot")
async def test_there_may_be_nothing_to_undo(ada: User) -> None:
    refused = await (await ada.slash("conversation undo")).answer()

    assert "nothing to take back" in refused.text


# export


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("form", ["md", "json", "jsonl"])
async def test_the_conversation_comes_as_a_file(ada: User, talk: Talk, form: str) -> None:
    await talk("What is a bus?", "Shared wires.")

    exported = await (await ada.slash("conversation export", format=form)).answer()
    (file,) = exported.attachments
    text = (await file.read()).decode()

    assert exported.ephemeral
    assert file.name.endswith(f".{form}")
    assert "Shared wires." in text
    if form != "md":
        json.loads(text.splitlines()[0] if form == "jsonl" else text)


# system


@pytest.mark.usefixtures("bot")
async def test_the_system_prompt_is_shown_changed_and_cleared(ada: User) -> None:
    nothing = await (await ada.slash("conversation system")).answer()
    changed = await (await ada.slash("conversation system", prompt="Be brief.")).answer()
    shown = await (await ada.slash("conversation system")).answer()
    await ada.press(shown, "Clear")
    await ada.until("general", lambda seen: "No system prompt" in seen[-1].text)

    assert "No system prompt" in nothing.text
    assert "Be brief." in changed.text
    assert changed.ephemeral


@pytest.mark.usefixtures("bot")
async def test_it_is_edited_in_a_form_that_holds_the_present_one(ada: User) -> None:
    shown = await (await ada.slash("conversation system", prompt="Be brief.")).answer()

    form = await (await ada.press(shown, "Edit")).form()
    assert form.fields[0].value == "Be brief."
    sent = await ada.submit(form, {"prompt": "Be long.\nVery long."})
    changed = await sent.answer()

    assert "Be long.\nVery long." in changed.text
    assert changed.ephemeral


async def test_a_form_that_was_open_during_a_restart_is_still_taken(
    online: Online, ada: User, services: Services, general: PlaceKey
) -> None:
    async with online():
        shown = await (await ada.slash("conversation system")).answer()
        form = await (await ada.press(shown, "Edit")).form()

    async with online():
        await (await ada.submit(form, {"prompt": "Be brief."})).answer()

    assert await services.conversations.system_prompt(general) == "Be brief."


@pytest.mark.usefixtures("bot")
async def test_it_comes_from_a_file_when_it_is_long(
    ada: User, services: Services, general: PlaceKey
) -> None:
    prompt = "Be brief. " * 1000
    file = ada.upload("prompt.md", prompt.encode(), "text/markdown")

    shown = await (await ada.slash("conversation system", file=file)).answer()

    assert await services.conversations.system_prompt(general) == prompt.strip()
    assert (await shown.attachments[0].read()).decode() == prompt.strip()
    assert shown.button("Edit") is None
    assert shown.button("Clear")


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("data", "said"), [(b"\x00\x01", "not a text file"), (b"x" * 40_000, "too large")]
)
async def test_a_file_that_is_no_prompt_is_refused(ada: User, data: bytes, said: str) -> None:
    file = ada.upload("prompt.txt", data, "text/plain")

    refused = await (await ada.slash("conversation system", file=file)).answer()

    assert said in refused.text


@pytest.mark.usefixtures("bot")
async def test_contradicting_options_are_refused(ada: User) -> None:
    refused = await (await ada.slash("conversation system", prompt="x", clear=True)).answer()

    assert "prompt | file | clear" in refused.text


@pytest.mark.usefixtures("bot")
async def test_only_those_who_manage_messages_change_it_in_a_server(
    ben: User, lin: User, services: Services, general: PlaceKey
) -> None:
    refused = await (await ben.slash("conversation system", prompt="Be rude.")).answer()
    seen = await (await ben.slash("conversation system")).answer()
    await (await lin.slash("conversation system", prompt="Be kind.")).answer()

    assert "Manage Messages" in refused.text
    assert refused.ephemeral
    assert seen.buttons == []
    assert await services.conversations.system_prompt(general) == "Be kind."


@pytest.mark.usefixtures("bot")
async def test_losing_the_permission_counts_at_the_press_and_at_the_form(
    lin: User, services: Services, general: PlaceKey
) -> None:
    shown = await (await lin.slash("conversation system", prompt="Be kind.")).answer()
    form = await (await lin.press(shown, "编辑" if shown.button("编辑") else "Edit")).form()
    guild = lin.places.channel("general").guild
    assert guild
    guild.members[lin.id].roles.clear()

    await (await lin.submit(form, {"prompt": "Be rude."})).answer()
    await (await lin.press(shown, shown.buttons[-1].custom_id)).acknowledged()
    await lin.until("general", lambda seen: len(seen) > 2)

    assert await services.conversations.system_prompt(general) == "Be kind."


@pytest.mark.usefixtures("bot")
async def test_in_direct_messages_it_is_ones_own(ben: User) -> None:
    changed = await (
        await ben.slash("conversation system", channel="@bot", prompt="Be brief.")
    ).answer()

    assert "Be brief." in changed.text


async def a_post_of_the_bot(ada: User) -> Post:
    """A message of the bot in #general, as an answer leaves it."""
    shown = await (await ada.slash("models list")).answer()
    channel = ada.places.channel("general").id
    return Post(part=0, channel=ChannelId(channel), message=MessageId(shown.id))


# One's own private conversation


@pytest.mark.usefixtures("bot")
async def test_ones_private_conversation_is_seen_and_cleared_beside_the_channels(
    ada: User, ben: User, talk: Talk
) -> None:
    await talk("in public")
    for n in range(7):
        asked = await ada.slash("chat", message=f"secret {n}", private=True)
        await asked.until(lambda one: "Hello!" in one.text)

    shown = await (await ada.slash("conversation show", private=True)).answer()
    assert "secret 6" in shown.text
    await ada.press(shown, "Older")
    await ada.until("general", lambda seen: "secret 0" in seen[-1].text)
    export = await (await ada.slash("conversation export", private=True)).answer()
    exported = (await export.attachments[0].read()).decode()
    undone = await (await ada.slash("conversation undo", private=True)).answer()
    await (await ada.slash("conversation new", private=True)).answer()
    emptied = await (await ada.slash("conversation show", private=True)).answer()
    (choice,) = await ada.autocomplete("conversation resume", "conversation", "", private=True)
    options = {"conversation": choice.value, "private": True}
    await (await ada.slash("conversation resume", options=options)).answer()
    listed = await (await ada.slash("conversation list", private=True)).answer()
    public = await (await ada.slash("conversation show")).answer()
    others = await (await ben.slash("conversation show", private=True)).answer()

    assert "in public" not in exported
    assert "secret 3" in exported
    assert "secret 6" in undone.text
    assert "Nothing" in emptied.text
    assert "secret 0" in listed.text
    assert "in public" in public.text
    assert "secret" not in public.text
    assert "Nothing" in others.text


@pytest.mark.usefixtures("bot")
async def test_the_prompt_of_ones_private_conversation_is_ones_own(
    ben: User, model: FakeChatModel, services: Services, general: PlaceKey
) -> None:
    shown = await (await ben.slash("conversation system", prompt="Mine.", private=True)).answer()
    form = await (await ben.press(shown, "Edit")).form()
    await (await ben.submit(form, {"prompt": "Mine alone."})).answer()
    asked = await ben.slash("chat", message="hi", private=True)
    await asked.until(lambda one: "Hello!" in one.text)
    await ben.press(shown, "Clear")
    await ben.until("general", lambda seen: any("No system" in one.text for one in seen))

    assert model.requests[0].messages[0].content == "Mine alone."
    assert await services.conversations.system_prompt(general) is None
