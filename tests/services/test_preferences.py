"""What is set where, what wins, and what memory knows of the database."""

from typing import Any

import pytest

from bot.domain.errors import NotAllowedError, OptionError, Rule
from bot.domain.ids import ChannelId, GuildId
from bot.domain.preferences import (
    ALLOWED_CHANNELS,
    ALLOWED_ROLES,
    ANSWER_MESSAGES,
    AUTO_REPLY,
    CHAT_MODEL,
    FEATURES,
    IDLE_DAYS,
    KEYS,
    LANGUAGE,
    MODERATION,
    PREFERENCES,
    PRIVATE,
    RETENTION_DAYS,
    SCOPE,
    SETTINGS,
    TEMPERATURE,
    TRAINING,
    Feature,
    Key,
    layer_of,
)
from bot.domain.whereabouts import Whereabouts
from bot.services.policy import check_server
from bot.services.preferences import FRESH_S, Preferences
from bot.tasks import spawn
from bot.texts import LANGUAGES
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import ADA, BEN, NOON

HIGH, LOW = 10**17 + 1, 10**17 + 2
WHERE = Whereabouts(
    user=ADA,
    guild=GuildId(1),
    member=True,
    roles=(HIGH, LOW),
    category=ChannelId(2),
    channel=ChannelId(10**17 + 3),
    thread=ChannelId(4),
)
LAYERS = [
    f"role:1:{LOW}",
    f"role:1:{HIGH}",
    "server:1",
    "category:2",
    f"channel:{10**17 + 3}",
    "thread:4",
    f"user:{ADA}",
]


@pytest.fixture
async def preferences(database: Database, clock: HandClock) -> Preferences:
    known = Preferences(database, clock)
    await known.refresh()
    return known


async def test_the_later_layer_wins_and_says_so(preferences: Preferences) -> None:
    found = []
    for scope in LAYERS:
        await preferences.put(scope, CHAT_MODEL, f"of {scope}", ADA)
        resolved = preferences.resolve(WHERE)
        found.append((resolved[CHAT_MODEL], resolved.source(CHAT_MODEL)))

    assert found == [(f"of {scope}", scope) for scope in LAYERS]


async def test_what_is_reset_falls_back_to_the_layer_before(preferences: Preferences) -> None:
    await preferences.put("server:1", CHAT_MODEL, "of server", ADA)
    await preferences.put("thread:4", CHAT_MODEL, "of thread", ADA)

    assert await preferences.reset("thread:4", CHAT_MODEL)
    assert preferences.resolve(WHERE)[CHAT_MODEL] == "of server"
    assert await preferences.reset("server:1", CHAT_MODEL)
    assert not await preferences.reset("server:1", CHAT_MODEL)

    assert preferences.resolve(WHERE)[CHAT_MODEL] is None
    assert preferences.resolve(WHERE).source(CHAT_MODEL) is None


async def test_others_and_other_places_do_not_see_it(preferences: Preferences) -> None:
    for scope in LAYERS:
        await preferences.put(scope, TEMPERATURE, "1.5", ADA)

    elsewhere = Whereabouts(user=BEN, guild=GuildId(9), member=True, roles=(HIGH,))
    not_joined = Whereabouts(user=BEN, guild=GuildId(1), member=False, roles=(HIGH,))
    direct = Whereabouts(user=ADA, guild=None, member=True)

    assert preferences.resolve(elsewhere)[TEMPERATURE] is None
    assert preferences.resolve(not_joined)[TEMPERATURE] is None
    assert preferences.resolve(direct).source(TEMPERATURE) == f"user:{ADA}"


async def test_it_is_known_after_a_restart(
    preferences: Preferences, database: Database, clock: HandClock
) -> None:
    for key, typed in VALUES.items():
        await preferences.put("server:1", key, typed, ADA)
    again = Preferences(database, clock)

    await again.refresh()

    before, after = preferences.resolve(WHERE), again.resolve(WHERE)
    assert [after[key] for key in KEYS] == [before[key] for key in KEYS]
    assert all(after.source(key) == "server:1" for key in KEYS)


async def test_what_another_process_changes_is_known_soon(
    preferences: Preferences, database: Database, clock: HandClock
) -> None:
    other = Preferences(database, clock)
    listening = spawn(other.keep_fresh(), name="fresh")

    await preferences.put("server:1", AUTO_REPLY, "on", ADA)
    at_once = other.resolve(WHERE)[AUTO_REPLY]
    for _ in range(200):
        await clock.advance(FRESH_S)
        if other.resolve(WHERE)[AUTO_REPLY]:
            break

    listening.cancel()
    assert not at_once
    assert other.resolve(WHERE)[AUTO_REPLY]


async def test_what_this_version_does_not_know_is_left_out(
    database: Database, clock: HandClock
) -> None:
    async with database.transaction() as tx:
        for key, value in (("from_the_future", "1"), ("scope", "galaxy"), ("chat_model", "m")):
            await tx.preferences.put("server:1", key, value, by=ADA, at=NOON)
    known = Preferences(database, clock)

    await known.refresh()

    resolved = known.resolve(WHERE)
    assert (resolved[SCOPE], resolved[CHAT_MODEL]) == ("channel", "m")


VALUES: dict[Key[Any], str] = {
    CHAT_MODEL: "gpt-6",
    SETTINGS["image_model"]: "gpt-image-2",
    SETTINGS["transcription_model"]: "gpt-transcribe",
    SETTINGS["speech_model"]: "gpt-4o-mini-tts",
    SETTINGS["auto_transcribe"]: "on",
    PREFERENCES["voice"]: "marin",
    SETTINGS["system_prompt"]: "Be kind.\nBe brief.",
    TEMPERATURE: "0,5",
    LANGUAGE: "zh_tw",
    AUTO_REPLY: "Yes",
    SCOPE: "USER",
    IDLE_DAYS: "30",
    ANSWER_MESSAGES: "1",
    MODERATION: "Prompts",
    SETTINGS["budget_user_day"]: "1.5",
    SETTINGS["budget_server_month"]: "20",
    SETTINGS["api_log"]: "off",
    FEATURES: "-models",
    ALLOWED_ROLES: f"<@&{HIGH}> {LOW}",
    ALLOWED_CHANNELS: f"<#{HIGH}><#{LOW}>",
    RETENTION_DAYS: "30",
    PRIVATE: "on",
    TRAINING: "on",
}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
async def test_what_is_written_is_read_as_the_same_value(
    preferences: Preferences, key: Key[Any]
) -> None:
    value = await preferences.put("server:1", key, VALUES[key], ADA)

    assert key.kind.read(key.kind.write(value)) == value
    assert value != key.default


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        (CHAT_MODEL, " "),
        (CHAT_MODEL, "m" * 301),
        (SETTINGS["system_prompt"], "x" * 6001),
        (TEMPERATURE, "nan"),
        (TEMPERATURE, "2.1"),
        (TEMPERATURE, "warm"),
        (LANGUAGE, "tlh"),
        (AUTO_REPLY, "perhaps"),
        (SCOPE, "galaxy"),
        (FEATURES, "chat, -models"),
        (FEATURES, "telepathy"),
        (FEATURES, ","),
        (ALLOWED_ROLES, "moderators"),
        (ALLOWED_ROLES, "<#100000000000000001>"),
        (ALLOWED_ROLES, "99999999999999999999"),
        (ALLOWED_ROLES, ", ".join(str(HIGH + n) for n in range(26))),
        (RETENTION_DAYS, "0"),
        (RETENTION_DAYS, "1.5"),
        (RETENTION_DAYS, "²"),
        (PRIVATE, ""),
    ],
)
async def test_what_is_no_value_is_refused_and_changes_nothing(
    preferences: Preferences, key: Key[Any], typed: str
) -> None:
    await preferences.put("server:1", key, VALUES[key], ADA)
    before = preferences.at("server:1")

    with pytest.raises(OptionError) as refused:
        await preferences.put("server:1", key, typed, ADA)

    assert refused.value.option == key.name
    assert refused.value.allowed == key.kind.allowed
    assert preferences.at("server:1") == before


async def test_features_are_what_is_on_or_all_but_what_is_off(preferences: Preferences) -> None:
    def on() -> set[Feature]:
        features = preferences.resolve(WHERE)[FEATURES]
        return {feature for feature in Feature if feature in features}

    found = [on()]
    for typed in ("chat", "-chat", "none", "all"):
        await preferences.put("server:1", FEATURES, typed, ADA)
        found.append(on())

    everything = set(Feature)
    chat = {Feature.CHAT}
    assert found == [everything, chat, everything - chat, set(), everything]


@pytest.mark.parametrize(
    ("key", "typed", "feature", "rule"),
    [
        (FEATURES, "-chat", Feature.CHAT, Rule.FEATURE_OFF),
        (FEATURES, "-chat", Feature.MODELS, None),
        (FEATURES, "none", None, None),
        (ALLOWED_ROLES, f"{HIGH + 5}", None, Rule.ROLE_NOT_ALLOWED),
        (ALLOWED_ROLES, f"{HIGH + 5}, {LOW}", Feature.CHAT, None),
        (ALLOWED_CHANNELS, f"{HIGH + 5}", None, Rule.CHANNEL_NOT_ALLOWED),
        (ALLOWED_CHANNELS, f"{10**17 + 3}", Feature.CHAT, None),
    ],
)
async def test_a_server_rules_out_features_people_and_channels(
    preferences: Preferences, key: Key[Any], typed: str, feature: Feature | None, rule: Rule | None
) -> None:
    await preferences.put("server:1", key, typed, ADA)

    assert refusal(preferences, WHERE, feature) is rule
    assert refusal(preferences, Whereabouts(user=ADA, guild=None, member=True), feature) is None


def test_each_key_can_be_set_somewhere_under_one_name() -> None:
    assert all(key.layers or key.mine for key in KEYS)
    assert len({key.name for key in KEYS}) == len(KEYS)
    assert len(PREFERENCES) == len([key for key in KEYS if key.mine])
    assert all(layer_of(scope) for scope in LAYERS)


def test_a_language_can_be_set_if_the_bot_speaks_it() -> None:
    assert LANGUAGE.kind.choices == tuple(LANGUAGES)


def refusal(preferences: Preferences, where: Whereabouts, feature: Feature | None) -> Rule | None:
    try:
        check_server(where, preferences.resolve(where), feature)
    except NotAllowedError as error:
        return error.rule
    return None
