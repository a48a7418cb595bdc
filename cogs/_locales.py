"""The languages people were last seen to use.

Only interactions carry a person's language; a message is answered in the one remembered here.
"""

from collections import OrderedDict

from bot.domain.preferences import LANGUAGE, Layer, Resolved, layer_of

REMEMBERED = 10_000  # people; about 1 MB


class Locales:
    def __init__(self, default: str) -> None:
        self.default = default
        self._seen: OrderedDict[int, str] = OrderedDict()

    def remember(self, user: int, locale: str) -> None:
        self._seen[user] = locale
        self._seen.move_to_end(user)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def forget(self, user: int) -> None:
        self._seen.pop(user, None)

    def of(self, user: int, settings: Resolved, guild: str | None = None) -> str:
        """The language to answer a message in.

        What they prefer, else what they were last seen to use, else what is set where they are,
        else what their server says of itself (`guild`), else the default.
        """
        scope, language = settings.source(LANGUAGE), settings[LANGUAGE]
        mine = scope is not None and layer_of(scope) is Layer.MINE
        preferred = language if mine else self._seen.get(user)
        return preferred or language or guild or self.default
