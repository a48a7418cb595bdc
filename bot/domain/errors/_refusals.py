"""Refused by a rule, a limit or a budget, whatever was asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.errors._base import RefusedError
from bot.domain.preferences import Layer


class Rule(StrEnum):
    """Who or what said no, so that the answer can name who may change it."""

    USER_NOT_ALLOWED = "ALLOWED_USER_IDS"
    GUILD_NOT_ALLOWED = "ALLOWED_GUILD_IDS"
    BLOCKED = "BLOCKED_IDS"
    DIRECT_MESSAGES_OFF = "ALLOW_DMS"
    USER_INSTALL_OFF = "ALLOW_USER_INSTALL"
    OPERATORS_ONLY = "OPERATOR_IDS"
    # The server's own, by the name of their key in /settings
    FEATURE_OFF = "features"
    ROLE_NOT_ALLOWED = "allowed_roles"
    CHANNEL_NOT_ALLOWED = "allowed_channels"


@dataclass
class NotAllowedError(RefusedError):
    rule: Rule


@dataclass
class OptionError(RefusedError):
    """An option whose value Discord could not check.

    allowed  the range or form that would be accepted, in notation ("1..5", "JSON object")
    """

    option: str
    value: str
    allowed: str


@dataclass
class OptionGoneError(RefusedError):
    """Options that what this API server offers at `path` has nothing for; never dropped silently.

    options  in the API's names
    path     below the base URL: "/fine_tuning/jobs"
    """

    options: tuple[str, ...]
    path: str


@dataclass
class LayerError(RefusedError):
    """A setting that can't be set there; `layers` are those where it can."""

    key: str
    layers: tuple[Layer, ...]


@dataclass
class QueueFullError(RefusedError):
    """This conversation already has `limit` questions waiting."""

    limit: int


@dataclass
class ContentFlaggedError(RefusedError):
    """The server's moderation, done by `model`, flagged the question, or with `answer` the answer.

    categories  in the API's words
    system      it was the system prompt of the conversation, or of somebody's preferences
    """

    model: str
    categories: tuple[str, ...]
    answer: bool
    system: bool = False


@dataclass
class TooFastError(RefusedError):
    """This person has asked too much in a short time; `retry_after` in seconds."""

    retry_after: float


class BudgetScope(StrEnum):
    """Whose money is used up, and the period after which there is more."""

    TOTAL_MONTH = "total_month"
    USER_DAY = "user_day"
    SERVER_MONTH = "server_month"


@dataclass
class BudgetExceededError(RefusedError):
    """The call could cost more than is left of a budget. All in millionths of a US dollar.

    cap        the budget
    left       what is neither spent nor reserved
    resets_at  when a new period begins, in UTC
    """

    scope: BudgetScope
    cap: int
    left: int
    resets_at: datetime


@dataclass
class PriceUnknownError(RefusedError):
    """A budget binds the call, and no price is known for `model`: it can't be kept by guessing."""

    model: str


class ConfirmationGoneError(RefusedError):
    """What was to be confirmed was confirmed before, is too old, or was asked of somebody else."""


class NotAFineTuneError(RefusedError):
    """Only models that came of a fine-tuning can be deleted; other names are refused unasked."""


class ShuttingDownError(RefusedError):
    """The bot is stopping and takes no new work."""
