"""What operators do to the whole account: who they are, what they confirmed, what was written down.

Operators are the application's owner, its team's admins and developers, and OPERATOR_IDS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from bot.domain.ids import ChannelId, GuildId, SourceId, UserId

ConfirmationId = NewType("ConfirmationId", int)
AuditId = NewType("AuditId", int)
WatchId = NewType("WatchId", int)
BeginningId = NewType("BeginningId", int)

COMMAND_LINE = UserId(-1)
"""Who acts where somebody types `python -m bot files` on the machine itself."""

BEGUN, DONE = "begun", "done"
"""Outcomes of changes; others are the names of errors."""


class Change(StrEnum):
    """What is written to the audit table, and asked to be confirmed."""

    FILE_UPLOAD = "files upload"
    FILE_DELETE = "files delete"
    TUNING_CREATE = "finetune create"
    TUNING_CANCEL = "finetune cancel"
    TUNING_PAUSE = "finetune pause"
    TUNING_RESUME = "finetune resume"
    MODEL_DELETE = "finetune delete"
    DATASET = "finetune dataset"
    BUDGET = "operator budget"
    BLOCK = "operator block"
    BACKUP = "operator backup"
    SYNC = "operator sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """An operator who does something, and where.

    source  the interaction
    asked   the one whose answer is shown: of a press, that of the command; None: there is none
    """

    user: UserId
    guild: GuildId | None
    channel: ChannelId
    source: SourceId
    asked: SourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One change.

    outcome  "begun" while it goes on (or where the process died in it), "done", or the name of
             the error it ended with
    """

    id: AuditId
    at: datetime
    user: UserId
    change: str
    target: str
    guild: GuildId | None
    channel: ChannelId
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What was asked to be confirmed, once and by the one who asked for it."""

    change: Change
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A person, or a server, that may not use the bot."""

    target: int
    reason: str
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBudget:
    """A budget that an operator has set.

    scope  "total" by month, "user" for everyone or "user:1" by day, "server:1" by month
    cap    millionths of a US dollar
    """

    scope: str
    cap: int
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A training that was asked for, and of which nobody knows yet whether it is there.

    source  the press that confirmed it
    before  trainings with the same file that there were already
    """

    id: BeginningId
    source: SourceId
    model: str
    training_file: str
    before: tuple[str, ...]
    starter: UserId
    guild: GuildId | None
    channel: ChannelId
    locale: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A training whose progress is told in a channel.

    message  the one that shows it; None until it is there
    told     what was last shown, to know what is new; "" before anything was
    locale   of whoever started it
    """

    id: WatchId
    job: str
    model: str
    starter: UserId
    guild: GuildId | None
    channel: ChannelId
    locale: str
    message: int | None
    told: str
    created_at: datetime
    over: bool
    tuned: str | None = None
