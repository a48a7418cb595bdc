"""A conversation is not what it would have to be."""

from bot.domain import errors as e
from bot.texts import N_, Texts
from cogs._replies._sentences import Sentences

_PLAIN: dict[type[Exception], str] = {
    e.TurnRunningError: N_("That question is being answered right now. Stop it first, or wait."),
    e.NothingToUndoError: N_("There is nothing to take back: this conversation is empty."),
    e.NotYoursError: N_(
        "That is somebody else's. Only they, or people with the Manage Messages permission, can do"
        " this."
    ),
    e.NothingHereError: N_(
        "There is nothing in that message for this: no sound, or no words to translate."
    ),
    e.NoThreadsHereError: N_("A thread can be opened in a text channel of a server only."),
    e.ConversationNotFoundError: N_("There is no such conversation here. Pick one from the list."),
    e.TurnNotFoundError: N_(
        "This answer is not kept any more, so the button has nothing to act on."
    ),
    e.CallNotKeptError: N_(
        "No API call of this answer is kept: a server can switch that off (`api_log`), and they are"
        " deleted after 30 days."
    ),
}

SENTENCES = Sentences(_PLAIN)


@SENTENCES.says(e.WindowTooSmallError)
def _window(error: e.WindowTooSmallError, texts: Texts) -> str:
    if error.limit is None:
        return texts("This question alone is too long for the model. Shorten it.")
    return texts(
        "This question alone is too long for the model, which reads {limit} tokens. Shorten it.",
        limit=error.limit,
    )
