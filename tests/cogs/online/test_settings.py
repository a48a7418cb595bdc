"""`/settings`, and what it does to everything else."""

from typing import Any

import discord
import pytest

from bot.client import Bot, Services
from bot.domain.ids import UserId
from bot.domain.preferences import CHAT_MODEL, FEATURES, SETTINGS, Feature
from sandbox.discord.interactions.model import InteractionType
from sandbox.driver import Invocation, Message
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.online.conftest import Online
from tests.cogs.online.forging import forged_command, forged_use
from tests.fakes import FakeChatModel


@pytest.fixture
def server(ada: User) -> str:
    guild = ada.places.channel("general").guild
    assert guild
    return f"server:{guild.id}"


async def set_(person: User, key: str, value: str, **where: Any) -> Message:
    options = {"key": key, "value": value, **where}
    return await (await person.slash("settings set", options=options)).answer()


async def shown(person: User, channel: str = "general") -> str:
    options = {"channel": channel}
    return (await (await person.slash("settings show", options=options)).answer()).text


# set, show, reset


@pytest.mark.usefixtures("bot")
async def test_each_value_is_shown_with_where_it_comes_from(manager: User, ben: User) -> None:
    general = manager.places.channel("general").id
    told = [
        await set_(manager, "chat_model", "gpt-5"),
        await set_(manager, "temperature", "0.5", channel="general"),
        await set_(manager, "system_prompt", "Be kind.", role="moderator"),
    ]

    here, elsewhere = await shown(manager), await shown(manager, "random")

    assert all(each.ephemeral for each in told)
    assert "`chat_model` `gpt-5` · this server" in here
    assert f"`temperature` `0.5` · <#{general}>" in here
    assert "`temperature` not set · default" in elsewhere
    assert "`scope` `channel` · default" in here
    assert "`system_prompt` not set · default" in here
    assert "`system_prompt` `Be kind.` · <@&" in here
    assert all(f"`{name}`" in here for name in SETTINGS)
    assert ben.sees() == []


@pytest.mark.usefixtures("bot")
async def test_a_thread_wins_over_its_channel_and_that_over_its_category(
    bot: Bot, manager: User, services: Services
) -> None:
    channel = bot.get_channel(manager.places.channel("general").id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="a thread", type=discord.ChannelType.public_thread)

    found: list[str] = []
    for scope, value in ((channel.id, "of channel"), (thread.id, "of thread")):
        await set_(manager, "chat_model", value, channel=scope)
        found.append(await shown(manager, str(thread.id)))

    assert f"`of channel` · <#{channel.id}>" in found[0]
    assert f"`of thread` · <#{thread.id}>" in found[1]
    assert services.preferences.at(f"thread:{thread.id}") == {"chat_model": "of thread"}


@pytest.mark.usefixtures("bot")
async def test_what_is_reset_is_the_default_again(manager: User) -> None:
    await set_(manager, "scope", "user")

    reset = await (await manager.slash("settings reset", key="scope")).answer()
    again = await (await manager.slash("settings reset", key="scope")).answer()

    assert "`scope` is reset" in reset.text
    assert "`scope` was not set" in again.text
    assert "`scope` `channel` · default" in await shown(manager)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"key": "temperature", "value": "3"}, "0..2"),
        ({"key": "colour", "value": "red"}, "chat_model"),
        ({"key": "scope", "value": "user", "role": "moderator"}, "a channel"),
        ({"key": "retention_days", "value": "9", "channel": "general"}, "the server"),
        (
            {"key": "chat_model", "value": "m", "channel": "general", "role": "moderator"},
            "channel | role",
        ),
    ],
    ids=lambda case: case["key"] if isinstance(case, dict) else None,
)
async def test_what_can_not_be_set_is_refused_with_what_can(
    manager: User, services: Services, options: dict[str, str], said: str
) -> None:
    refused = await (await manager.slash("settings set", options=options)).answer()

    assert said in refused.text
    assert refused.ephemeral
    assert services.preferences.within("") == {}


@pytest.mark.usefixtures("bot")
async def test_keys_and_their_values_are_suggested(manager: User) -> None:
    keys = await manager.autocomplete("settings set", "key", "model")
    models = await manager.autocomplete("settings set", "value", "", key="chat_model")
    scopes = await manager.autocomplete("settings set", "value", "", key="scope")
    roles = await manager.autocomplete("settings set", "value", "mod", key="allowed_roles")
    nothing = await manager.autocomplete("settings set", "value", "x", key="system_prompt")

    assert "chat_model" in [choice.value for choice in keys]
    assert [choice.value for choice in models] == ["gpt-6"]
    assert [choice.value for choice in scopes] == ["channel", "user", "thread"]
    assert [choice.name for choice in roles] == ["@moderator"]
    assert nothing == []


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("settings show", {}),
        ("settings set", {"key": "features", "value": "none"}),
        ("settings reset", {"key": "features"}),
        ("settings panel", {}),
    ],
)
async def test_without_manage_server_nothing_is_shown_or_changed(
    ben: User, ada: User, services: Services, name: str, options: dict[str, str]
) -> None:
    await services.preferences.put("server:1", FEATURES, "-models", UserId(ada.id))

    refused = await forged_command(ben, ada, name, options).answer()

    assert "Manage Guild" in refused.text
    assert "features" not in refused.text
    assert refused.ephemeral
    assert list(services.preferences.within("")) == ["server:1"]


@pytest.mark.usefixtures("bot")
async def test_without_manage_server_nothing_is_suggested(ben: User, ada: User) -> None:
    kind = InteractionType.AUTOCOMPLETE
    asked = forged_command(ben, ada, "settings set", {"value": "x", "key": ""}, kind=kind)

    await asked.until(lambda one: one.interaction.callback)

    assert asked.interaction.choices == []


# The panel


@pytest.mark.usefixtures("bot")
async def test_the_menus_of_the_panel_set_what_is_chosen(
    manager: User, services: Services, server: str
) -> None:
    await (await manager.slash("models list")).answer()  # so that models are known
    panel = await (await manager.slash("settings panel")).answer()

    for menu, chosen, expected in (
        ("panel:chat_model", ["gpt-5"], "chat_model"),
        ("panel:features", ["chat"], "features"),
        ("panel:allowed_roles", ["manager"], "allowed_roles"),
        ("panel:allowed_channels", ["general", "random"], "allowed_channels"),
    ):
        await (await manager.choose(panel, menu, chosen)).acknowledged()
        while expected not in services.preferences.at(server):
            await (await manager.slash("models list")).answer()
    at = services.preferences.at(server)
    assert at["chat_model"] == "gpt-5"
    others = ", ".join(f"-{each}" for each in Feature if each is not Feature.CHAT)
    assert FEATURES.kind.write(at["features"]) == others  # type: ignore[arg-type]
    assert len(at["allowed_channels"]) == 2  # type: ignore[arg-type]

    for menu, chosen in (
        ("panel:chat_model", ["-"]),
        ("panel:features", [*Feature]),
        ("panel:allowed_roles", []),
        ("panel:allowed_channels", []),
    ):
        await (await manager.choose(panel, menu, chosen)).acknowledged()
    await manager.until("general", lambda _: services.preferences.at(server) == {})


@pytest.mark.usefixtures("bot")
async def test_the_form_takes_line_breaks_and_keeps_all_or_nothing(
    manager: User, services: Services, server: str
) -> None:
    panel = await (await manager.slash("settings panel")).answer()
    filled = {"system_prompt": "Be kind.\nBe brief.", "temperature": "0.5", "scope": "user"}

    form = await (await manager.press(panel, "Prompt and more…")).form()
    refused = await (await manager.submit(form, {**filled, "temperature": "hot"})).answer()
    untouched = dict(services.preferences.at(server))
    form = await (await manager.press(panel, "Prompt and more…")).form()
    kept = await (await manager.submit(form, filled)).answer()
    again = await (await manager.press(panel, "Prompt and more…")).form()

    assert "temperature" in refused.text
    assert untouched == {}
    assert kept.ephemeral
    assert services.preferences.at(server)["system_prompt"] == "Be kind.\nBe brief."
    assert again.field("system_prompt").value == "Be kind.\nBe brief."
    assert again.field("scope").value == ["user"]


async def test_the_panel_outlives_a_restart(
    online: Online, manager: User, services: Services, server: str, sandbox: Sandbox
) -> None:
    async with online():
        await (await manager.slash("models list")).answer()
        panel = await (await manager.slash("settings panel")).answer()
        form = await (await manager.press(panel, "Prompt and more…")).form()

    async with online():
        await sandbox.until(lambda: len(sandbox.discord.gateway.sessions) > 0)
        await (await manager.submit(form, {"retention_days": "30"})).answer()
        await (await manager.choose(panel, "panel:chat_model", ["gpt-5"])).acknowledged()
        await manager.until("general", lambda _: "chat_model" in services.preferences.at(server))

    assert services.preferences.at(server) == {"retention_days": 30, "chat_model": "gpt-5"}


@pytest.mark.usefixtures("bot")
async def test_losing_manage_server_counts_at_each_menu_button_and_form(
    manager: User, services: Services
) -> None:
    panel = await (await manager.slash("settings panel")).answer()
    form = await (await manager.press(panel, "Prompt and more…")).form()
    guild = manager.places.channel("general").guild
    assert guild
    guild.members[manager.id].roles.clear()

    tried = [
        await manager.choose(panel, "panel:chat_model", ["gpt-6"]),
        await manager.press(panel, "settings_auto_reply:"),
        await manager.press(panel, "settings_form:"),
        await manager.submit(form, {"retention_days": "1"}),
    ]
    told = [await one.until(refusal_of) for one in tried]

    assert all("Manage Guild" in text for text in told)
    assert services.preferences.within("") == {}


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("custom_id", "value"),
    [
        ("panel:retention_days", "1"),
        ("panel:chat_model", "m" * 301),
        ("panel:allowed_roles", "everybody"),
        ("panel:features", "telepathy, -chat"),
    ],
)
async def test_a_forged_choice_is_refused(
    manager: User, services: Services, custom_id: str, value: str
) -> None:
    panel = await (await manager.slash("settings panel")).answer()

    told = await forged_use(manager, panel, custom_id, value).until(refusal_of)

    assert "can't be" in told
    assert services.preferences.within("") == {}


# What it does to everything else


@pytest.mark.usefixtures("bot")
async def test_questions_follow_the_settings_unless_they_say_otherwise(
    manager: User, ben: User, model: FakeChatModel
) -> None:
    for key, value in {
        "chat_model": "llama",
        "temperature": "0.5",
        "system_prompt": "Kind.",
    }.items():
        await set_(manager, key, value)

    await answered(await ben.slash("chat", message="hi"))
    await ben.reply_from_bot(await ben.say("@Switchboard hi"))
    options = {"model": "gpt-5", "temperature": 1.0, "system": "Own."}
    await answered(await ben.slash("chat", message="hi", **options))

    used = [
        (each.model, each.parameters.temperature, each.messages[0].content)
        for each in model.requests
    ]
    assert used == [("llama", 0.5, "Kind."), ("llama", 0.5, "Kind."), ("gpt-5", 1.0, "Own.")]


@pytest.mark.usefixtures("bot")
async def test_the_conversations_own_prompt_comes_before_that_of_the_settings(
    manager: User, lin: User, model: FakeChatModel
) -> None:
    await set_(manager, "system_prompt", "Of the server.")
    await (await lin.slash("conversation system", prompt="Of the talk.")).answer()

    await answered(await lin.slash("chat", message="hi"))

    assert model.requests[0].messages[0].content == "Of the talk."


@pytest.mark.usefixtures("bot")
async def test_what_is_switched_off_is_refused_by_every_way(
    manager: User, ben: User, model: FakeChatModel
) -> None:
    asked = await ben.slash("chat", message="hi")
    await asked.until(lambda one: one.messages and one.messages[0].button("Retry"))
    (shown,) = asked.messages
    await set_(manager, "features", "-chat")

    command = await (await ben.slash("chat", message="hi")).answer()
    mention = await ben.reply_from_bot(await ben.say("@Switchboard hi"))
    pressed = await ben.press(shown, "Retry")
    told = await pressed.until(lambda one: next((m.text for m in one.messages if m.text), None))
    models = await (await ben.slash("models list")).answer()

    for text in (command.text, mention.text, told):
        assert "`/settings`, `features`" in text
        assert "Manage Server" in text
    assert command.ephemeral
    assert "gpt-6" in models.text
    assert len(model.requests) == 1


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("person", "sentence"),
    [("ben", "None of your roles"), ("lin", "你的身份组"), ("mia", "你的身分組")],
)
async def test_only_allowed_roles_may_use_it_and_the_others_are_told_in_their_language(
    manager: User, sandbox: Sandbox, model: FakeChatModel, person: str, sentence: str
) -> None:
    await set_(manager, "allowed_roles", str(role_id(manager, "manager")))
    other = sandbox.user(person)

    refused = await (await other.slash("chat", message="hi")).answer()
    suggested = await other.autocomplete("models info", "model", "gpt")
    own = await (await other.slash("preferences show")).answer()
    await answered(await manager.slash("chat", message="hi"))

    assert sentence in refused.text
    assert refused.ephemeral
    assert suggested == []
    assert sentence not in own.text
    assert len(model.requests) == 1


@pytest.mark.usefixtures("bot")
async def test_only_allowed_channels_are_answered_in_and_others_in_silence_unless_named(
    manager: User, ben: User, model: FakeChatModel
) -> None:
    random = manager.places.channel("random").id
    await set_(manager, "allowed_channels", f"<#{random}>")
    await set_(manager, "auto_reply", "on")

    await ben.say("nobody asked you")
    named = await ben.reply_from_bot(await ben.say("@Switchboard hi"))
    await ben.reply_from_bot(await ben.say("hello there", channel="random"))

    assert "may not be used in this channel" in named.text
    assert len([one for one in ben.sees() if one.stored.author.bot]) == 1
    assert [str(each.messages[-1].content) for each in model.requests] == ["hello there"]


@pytest.mark.usefixtures("bot")
async def test_voice_messages_are_switched_in_the_panel_for_the_channel_it_is_in(
    manager: User, services: Services
) -> None:
    panel = await (await manager.slash("settings panel", channel="random")).answer()

    await manager.press(panel, "Write down voice messages here: off")
    on = "Write down voice messages here: on"
    await manager.until("random", lambda seen: seen[-1].button(on))

    scope = f"channel:{manager.places.channel('random').id}"
    assert services.preferences.within("") == {scope: {"auto_transcribe": True}}


@pytest.mark.usefixtures("bot")
async def test_auto_reply_answers_every_message_of_its_channel_and_of_no_other(
    manager: User, ben: User, model: FakeChatModel
) -> None:
    await set_(manager, "auto_reply", "on", channel="random")

    await ben.say("not for you")
    await ben.reply_from_bot(await ben.say("for everybody", channel="random"))
    panel = await (await manager.slash("settings panel", channel="random")).answer()
    await (await manager.press(panel, "Answer every message here: on")).acknowledged()
    await manager.until("random", lambda seen: seen[-1].button("Answer every message here: off"))
    await ben.say("for nobody", channel="random")
    await ben.reply_from_bot(await ben.say("@Switchboard the end", channel="random"))

    said = [str(each.messages[-1].content) for each in model.requests]
    assert [text.split(": ")[-1] for text in said] == ["for everybody", "the end"]


@pytest.mark.usefixtures("bot")
async def test_a_thread_that_the_bot_opened_needs_no_mention(
    bot: Bot, ben: User, model: FakeChatModel
) -> None:
    channel = bot.get_channel(ben.places.channel("general").id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="ours", type=discord.ChannelType.public_thread)

    await ben.reply_from_bot(await ben.say("hello in here", channel=thread.id))

    assert len(model.requests) == 1


@pytest.mark.usefixtures("bot")
async def test_with_scope_user_each_has_a_conversation_of_their_own(
    manager: User, ada: User, ben: User, model: FakeChatModel
) -> None:
    await set_(manager, "scope", "user")

    await answered(await ada.slash("chat", message="ada's words"))
    await answered(await ben.slash("chat", message="ben's words"))
    shown = await (await ada.slash("conversation show")).answer()

    assert "ada's words" not in str(model.requests[-1].messages)
    assert "ada's words" in shown.text
    assert "ben's words" not in shown.text


@pytest.mark.usefixtures("bot")
async def test_the_language_of_a_place_is_for_those_whose_own_is_not_known(
    manager: User, ben: User, mia: User
) -> None:
    await set_(manager, "language", "zh-CN")

    unknown = await ben.reply_from_bot(await ben.say("@Switchboard"))
    await (await mia.slash("models list")).answer()
    known = await mia.reply_from_bot(await mia.say("@Switchboard"))

    assert "问题" in unknown.text
    assert "問題" in known.text


async def test_auto_reply_without_the_intent_says_what_is_missing(
    online: Online, sandbox: Sandbox, manager: User
) -> None:
    sandbox.discord.application.flags = 0

    async with online():
        told = await set_(manager, "auto_reply", "on")

    assert "Message Content" in told.text


@pytest.mark.usefixtures("bot")
async def test_settings_of_a_server_that_the_bot_has_left_bind_nobody(
    ben: User, services: Services, model: FakeChatModel
) -> None:
    group = ben.group("ada")
    await services.preferences.put(f"channel:{group.id}", CHAT_MODEL, "evil", UserId(1))

    await answered(await ben.slash("chat", channel=group, message="hi"))

    assert model.requests[0].model == "gpt-6"


def refusal_of(asked: Invocation) -> str | None:
    """What was said beside the message whose component was used."""
    return next((one.text for one in asked.messages if one.text and not one.buttons), None)


def role_id(person: User, name: str) -> int:
    return person.places.role(name, person.places.channel("general").guild).id


async def answered(asked: Any) -> None:
    await asked.until(lambda one: "Hello!" in one.text)
