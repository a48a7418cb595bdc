"""What people and servers can set: every key, its values, and which one wins.

A new key is one line in the table at the end, its sentence in cogs/_meanings.py, and whatever asks
for it: `services.preferences.resolve(where)[KEY]`.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from bot.domain.calls import Operation
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.whereabouts import Whereabouts

T = TypeVar("T")
Scope = str
"""Whose value it is: user:ID, server:ID, category:ID, channel:ID, thread:ID, role:SERVER:ID."""


class Layer(StrEnum):
    """Where a value can be set. Of several the later one wins; of roles the highest."""

    DEFAULT = "default"
    ROLE = "role"
    SERVER = "server"
    CATEGORY = "category"
    CHANNEL = "channel"
    THREAD = "thread"
    MINE = "user"


class Feature(StrEnum):
    """What a server can switch off; the names of the commands that belong to it."""

    AUDIO = "audio"
    CHAT = "chat"
    COMPLETE = "complete"
    EDIT = "edit"
    IMAGE = "image"
    MODELS = "models"
    MODERATE = "moderate"


FEATURES_OF: Mapping[Operation, Feature] = {
    Operation.CHAT: Feature.CHAT,
    Operation.COMPLETION: Feature.COMPLETE,
    Operation.EDIT: Feature.EDIT,
    Operation.TRANSCRIPTION: Feature.AUDIO,
    Operation.TRANSLATION: Feature.AUDIO,
    Operation.SPEECH: Feature.AUDIO,
    Operation.IMAGE_GENERATION: Feature.IMAGE,
    Operation.IMAGE_EDIT: Feature.IMAGE,
    Operation.IMAGE_VARIATION: Feature.IMAGE,
}
"""What a turn's buttons use anew when they ask again."""


def user_scope(user: UserId) -> Scope:
    return f"user:{user}"


def server_scope(guild: GuildId) -> Scope:
    return f"server:{guild}"


def category_scope(category: int) -> Scope:
    return f"category:{category}"


def channel_scope(channel: ChannelId) -> Scope:
    return f"channel:{channel}"


def thread_scope(thread: ChannelId) -> Scope:
    return f"thread:{thread}"


def role_scope(guild: GuildId, role: int) -> Scope:
    return f"role:{guild}:{role}"


def layer_of(scope: Scope) -> Layer:
    return Layer(scope.partition(":")[0])


def scopes_of(where: Whereabouts) -> tuple[Scope, ...]:
    """Where a value may come from, the one that wins first."""
    found = [user_scope(where.user)]
    if where.guild is not None and where.member:
        found += [thread_scope(where.thread)] if where.thread else []
        found += [channel_scope(where.channel)] if where.channel else []
        found += [category_scope(where.category)] if where.category else []
        found.append(server_scope(where.guild))
        found += [role_scope(where.guild, role) for role in where.roles]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A sort of value.

    read     from what somebody typed, or from what `write` made; raises ValueError
    write    as it is kept and shown
    allowed  in notation, for a refusal
    choices  where there are only a few
    """

    read: Callable[[str], T]
    write: Callable[[T], str]
    allowed: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Key(Generic[T]):
    """Something that can be set.

    layers  where in a server; empty for what is a person's alone
    mine    its name among a person's own preferences; None where it is none
    """

    name: str
    kind: Kind[T]
    default: T
    layers: frozenset[Layer]
    mine: str | None = None


class Resolved:
    """What applies somewhere. `resolved[KEY]` is its value, `resolved.source(KEY)` whose it is."""

    def __init__(self, layers: Sequence[tuple[Scope, Mapping[str, object]]]) -> None:
        """`layers` are the values by name, of each scope, the one that wins first."""
        self._layers = layers

    def __getitem__(self, key: Key[T]) -> T:
        for _, values in self._layers:
            if key.name in values:
                return cast("T", values[key.name])  # it was read by the key's own kind
        return key.default

    def source(self, key: Key[T]) -> Scope | None:
        """The scope whose value applies; None for the default."""
        return next((scope for scope, values in self._layers if key.name in values), None)

    def without_mine(self) -> "Resolved":
        """What the server alone has decided."""
        others = [each for each in self._layers if layer_of(each[0]) is not Layer.MINE]
        return Resolved(others)


def _switch(text: str) -> bool:
    match text.casefold():
        case "on" | "true" | "yes" | "1":
            return True
        case "off" | "false" | "no" | "0":
            return False
        case _:
            raise ValueError


SWITCH: Kind[bool] = Kind(_switch, lambda value: "on" if value else "off", "on, off", ("on", "off"))


def one_of(*choices: str) -> Kind[str | None]:
    by_name = {choice.casefold(): choice for choice in choices}

    def read(text: str) -> str:
        try:
            return by_name[text.casefold().replace("_", "-")]
        except KeyError:
            raise ValueError from None

    return Kind(read, str, ", ".join(choices), choices)


def words(limit: int) -> Kind[str | None]:
    def read(text: str) -> str:
        if not 1 <= len(text) <= limit:
            raise ValueError
        return text

    return Kind(read, str, f"1..{limit} characters")


def number(low: float, high: float) -> Kind[float | None]:
    def read(text: str) -> float:
        value = float(text.replace(",", "."))
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError
        return value

    return Kind(read, lambda value: f"{value:.15g}", f"{low:g}..{high:g}")


def whole(low: int, high: int) -> Kind[int | None]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError
        return int(text)

    return Kind(read, str, f"{low}..{high}")


MOST_IDS = 25  # as many as a menu of Discord's holds


def mentions(sign: str) -> Kind[tuple[int, ...]]:
    """Ids, or mentions like `<@&1>` for the sign `@&`, by comma or space."""
    one = re.compile(rf"<{sign}([0-9]{{15,20}})>|([0-9]{{15,20}})")

    def read(text: str) -> tuple[int, ...]:
        found: list[int] = []
        for entry in re.split(r"[\s,;]+", re.sub(r"(?<=>)(?=<)", ",", text.strip(" ,;"))):
            match = one.fullmatch(entry)
            if match is None:
                raise ValueError
            found.append(int(match[1] or match[2]))
        if not found or len(found) > MOST_IDS or max(found) >= 2**63:
            raise ValueError
        return tuple(dict.fromkeys(found))

    return Kind(
        read,
        lambda ids: ", ".join(f"<{sign}{each}>" for each in ids),
        f"1..{MOST_IDS} mentions or ids, by comma",
    )


@dataclass(frozen=True, slots=True)
class FeatureList:
    """Which features are on: those `named`, or with `but` all but these, future ones included."""

    named: frozenset[Feature] = frozenset()
    but: bool = True

    def __contains__(self, feature: Feature) -> bool:
        return (feature in self.named) is not self.but


def _features(text: str) -> FeatureList:
    names = [name for name in re.split(r"[\s,;]+", text.strip().casefold()) if name]
    if names in (["all"], ["none"]):
        return FeatureList(but=names == ["all"])
    off = [name.removeprefix("-") for name in names if name.startswith("-")]
    if not names or (off and len(off) != len(names)):
        raise ValueError
    return FeatureList(frozenset(Feature(name) for name in off or names), but=bool(off))


def _shown_features(features: FeatureList) -> str:
    if not features.named:
        return "all" if features.but else "none"
    names = [feature for feature in Feature if feature in features.named]
    return ", ".join(f"-{name}" if features.but else name for name in names)


FEATURE_LIST = Kind(
    _features, _shown_features, f"all, none, or some of {', '.join(Feature)} (-name: all but these)"
)

PLACES = frozenset({Layer.SERVER, Layer.CATEGORY, Layer.CHANNEL, Layer.THREAD})
ANYWHERE = PLACES | {Layer.ROLE}
SERVER_WIDE = frozenset({Layer.SERVER})
NOWHERE = frozenset[Layer]()

# The table: name, kind, default, where it can be set, and its name among one's own preferences.
CHAT_MODEL = Key("chat_model", words(300), None, ANYWHERE, "model")
TRANSCRIPTION_MODEL = Key("transcription_model", words(300), None, ANYWHERE)
SPEECH_MODEL = Key("speech_model", words(300), None, ANYWHERE)
IMAGE_MODEL = Key("image_model", words(300), None, ANYWHERE, "image_model")
SYSTEM_PROMPT = Key("system_prompt", words(6000), None, ANYWHERE, "system_prompt")
TEMPERATURE = Key("temperature", number(0, 2), None, ANYWHERE)
LANGUAGE = Key("language", one_of("en-US", "zh-CN", "zh-TW"), None, PLACES, "language")
AUTO_REPLY = Key("auto_reply", SWITCH, False, PLACES)
AUTO_TRANSCRIBE = Key("auto_transcribe", SWITCH, False, PLACES)
SCOPE = Key("scope", one_of("channel", "user", "thread"), "channel", PLACES)
IDLE_DAYS = Key("idle_days", whole(1, 365), 7, PLACES)
"""After that much silence nobody means what was said last; and all of it would be paid for."""
ANSWER_MESSAGES = Key("answer_messages", whole(1, 10), 5, PLACES)
MODERATION = Key("moderation", one_of("off", "prompts", "all"), "off", PLACES)
FEATURES = Key("features", FEATURE_LIST, FeatureList(), ANYWHERE)
ALLOWED_ROLES = Key("allowed_roles", mentions("@&"), (), PLACES)
ALLOWED_CHANNELS = Key("allowed_channels", mentions("#"), (), SERVER_WIDE | {Layer.ROLE})
RETENTION_DAYS = Key("retention_days", whole(1, 3650), None, SERVER_WIDE)
BUDGET_USER_DAY = Key("budget_user_day", number(0, 1_000_000), None, SERVER_WIDE)
BUDGET_SERVER_MONTH = Key("budget_server_month", number(0, 1_000_000), None, SERVER_WIDE)
API_LOG = Key("api_log", SWITCH, True, SERVER_WIDE)
VOICE = Key("voice", words(100), None, NOWHERE, "voice")
PRIVATE = Key("private", SWITCH, False, NOWHERE, "private")
TRAINING = Key("training", SWITCH, False, NOWHERE, "training")
"""Whether what a person said may enter a training set; see also /privacy training."""


KEYS: tuple[Key[Any], ...] = (
    CHAT_MODEL,
    TRANSCRIPTION_MODEL,
    SPEECH_MODEL,
    IMAGE_MODEL,
    SYSTEM_PROMPT,
    TEMPERATURE,
    LANGUAGE,
    AUTO_REPLY,
    AUTO_TRANSCRIBE,
    SCOPE,
    IDLE_DAYS,
    ANSWER_MESSAGES,
    MODERATION,
    FEATURES,
    ALLOWED_ROLES,
    ALLOWED_CHANNELS,
    RETENTION_DAYS,
    BUDGET_USER_DAY,
    BUDGET_SERVER_MONTH,
    API_LOG,
    VOICE,
    PRIVATE,
    TRAINING,
)
SETTINGS: Mapping[str, Key[Any]] = {key.name: key for key in KEYS if key.layers}
PREFERENCES: Mapping[str, Key[Any]] = {key.mine: key for key in KEYS if key.mine}
