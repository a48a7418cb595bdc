"""Every sentence people read in Discord, in their language.

    texts = texts_for(str(interaction.locale))
    texts("Stopped by {name}.", name=user.display_name)
    texts.plural("One question is ahead.", "{n} questions are ahead.", ahead)

The first argument is the English sentence itself, written out where it is used: `make texts` finds
it there (calls of `texts`, `_texts`, `N_` and `.plural`, and what commands say about themselves).
A sentence that is translated later, elsewhere, is marked with `N_("...")`.
"""

from bot.texts._texts import LANGUAGES, N_, Texts, texts_for

__all__ = ["LANGUAGES", "N_", "Texts", "texts_for"]
