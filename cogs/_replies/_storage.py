"""The database could not keep or give something."""

from bot.domain import errors as e
from bot.texts import N_
from cogs._replies._sentences import Sentences

_PLAIN: dict[type[Exception], str] = {
    e.DatabaseBusyError: N_("The database was busy for too long. Please try again in a minute."),
    e.DatabaseFullError: N_(
        "The disk of the database is full, so nothing can be kept. The bot's operator has to make"
        " room."
    ),
    e.DatabaseCorruptError: N_(
        "The database is damaged. The bot's operator has to restore a backup."
    ),
    e.DatabaseUnavailableError: N_(
        "The database can't be reached right now. Please try again later."
    ),
    e.NewerSchemaError: N_(
        "The database belongs to a newer version of the bot. Its operator can help."
    ),
    e.AlreadyRunningError: N_("Another bot has this database open. Its operator can help."),
}

SENTENCES = Sentences(_PLAIN)
