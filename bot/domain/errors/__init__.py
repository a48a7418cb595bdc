"""What can go wrong on purpose.

BotError
+-- RefusedError                 the person can do something about it
|   +-- NotAllowedError
|   +-- OptionError
|   +-- LayerError
|   +-- OptionGoneError
|   +-- FileError
|   +-- MaskSizeError
|   +-- NoPictureError
|   +-- InputsGoneError
|   +-- NothingHereError
|   +-- QueueFullError
|   +-- TooFastError
|   +-- ContentFlaggedError
|   +-- TurnRunningError
|   +-- NothingToUndoError
|   +-- NotYoursError
|   +-- NoThreadsHereError
|   +-- ConversationNotFoundError
|   +-- TurnNotFoundError
|   +-- WindowTooSmallError
|   +-- BudgetExceededError
|   +-- PriceUnknownError
|   +-- CallNotKeptError
|   +-- ConfirmationGoneError
|   +-- TrainingDataError
|   +-- NotAFineTuneError
|   +-- BackupError
|   +-- ShuttingDownError
+-- UpstreamError                the OpenAI API did not deliver
|   +-- RequestRejectedError
|   +-- ContentRejectedError
|   +-- ContextLengthError
|   +-- KeyRejectedError
|   +-- AccessDeniedError
|   +-- ModelNotFoundError
|   +-- RemoteNotFoundError
|   +-- EndpointMissingError
|   +-- RateLimitedError
|   +-- CreditExhaustedError
|   +-- ServerFaultError
|   +-- UnreachableError
|   +-- UpstreamTimeoutError
|   +-- BadAnswerError
+-- StorageError                 the database could not keep or give something
|   +-- DatabaseBusyError
|   +-- DatabaseFullError
|   +-- DatabaseCorruptError
|   +-- DatabaseUnavailableError
|   +-- NewerSchemaError
|   +-- AlreadyRunningError
+-- MediaError                   the process that reads files did not deliver
+-- LeaseLostError               another process owns the turn now
+-- UnplannedError               a mistake of ours

Errors carry facts, never sentences: cogs/_replies says them to people, bot/cli/_words.py to
operators.
"""

from bot.domain.errors._base import BotError, LeaseLostError, RefusedError, UnplannedError
from bot.domain.errors._conversations import (
    CallNotKeptError,
    ConversationNotFoundError,
    NothingHereError,
    NothingToUndoError,
    NoThreadsHereError,
    NotYoursError,
    TurnNotFoundError,
    TurnRunningError,
    WindowTooSmallError,
)
from bot.domain.errors._files import (
    BackupError,
    BackupFault,
    FileError,
    FileFault,
    InputsGoneError,
    LineFault,
    MaskSizeError,
    MediaError,
    MediaFailure,
    NoPictureError,
    TrainingDataError,
)
from bot.domain.errors._refusals import (
    BudgetExceededError,
    BudgetScope,
    ConfirmationGoneError,
    ContentFlaggedError,
    LayerError,
    NotAFineTuneError,
    NotAllowedError,
    OptionError,
    OptionGoneError,
    PriceUnknownError,
    QueueFullError,
    Rule,
    ShuttingDownError,
    TooFastError,
)
from bot.domain.errors._storage import (
    AlreadyRunningError,
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseFullError,
    DatabaseUnavailableError,
    NewerSchemaError,
    StorageError,
)
from bot.domain.errors._upstream import (
    AccessDeniedError,
    BadAnswerError,
    ContentRejectedError,
    ContextLengthError,
    CreditExhaustedError,
    Damage,
    EndpointMissingError,
    KeyRejectedError,
    ModelNotFoundError,
    RateLimitedError,
    RemoteNotFoundError,
    RequestRejectedError,
    ServerFaultError,
    UnreachableError,
    UpstreamError,
    UpstreamTimeoutError,
)

__all__ = [
    "AccessDeniedError",
    "AlreadyRunningError",
    "BackupError",
    "BackupFault",
    "BadAnswerError",
    "BotError",
    "BudgetExceededError",
    "BudgetScope",
    "CallNotKeptError",
    "ConfirmationGoneError",
    "ContentFlaggedError",
    "ContentRejectedError",
    "ContextLengthError",
    "ConversationNotFoundError",
    "CreditExhaustedError",
    "Damage",
    "DatabaseBusyError",
    "DatabaseCorruptError",
    "DatabaseFullError",
    "DatabaseUnavailableError",
    "EndpointMissingError",
    "FileError",
    "FileFault",
    "InputsGoneError",
    "KeyRejectedError",
    "LayerError",
    "LeaseLostError",
    "LineFault",
    "MaskSizeError",
    "MediaError",
    "MediaFailure",
    "ModelNotFoundError",
    "NewerSchemaError",
    "NoPictureError",
    "NoThreadsHereError",
    "NotAFineTuneError",
    "NotAllowedError",
    "NotYoursError",
    "NothingHereError",
    "NothingToUndoError",
    "OptionError",
    "OptionGoneError",
    "PriceUnknownError",
    "QueueFullError",
    "RateLimitedError",
    "RefusedError",
    "RemoteNotFoundError",
    "RequestRejectedError",
    "Rule",
    "ServerFaultError",
    "ShuttingDownError",
    "StorageError",
    "TooFastError",
    "TrainingDataError",
    "TurnNotFoundError",
    "TurnRunningError",
    "UnplannedError",
    "UnreachableError",
    "UpstreamError",
    "UpstreamTimeoutError",
    "WindowTooSmallError",
]
