"""The languages people were last seen to use.

Only interactions carry a person's language; a message is answered in the one remembered here.
"""

from collections import OrderedDict

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

    def of(self, user: int, guild: str | None = None) -> str:
        """Theirs, else their server's (`guild`), else the default."""
        return self._seen.get(user) or guild or self.default
