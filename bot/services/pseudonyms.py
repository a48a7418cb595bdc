"""Who asked, as the API is told: a name that is always the same, and says nothing to anybody else.

OpenAI wants one for each person, so that whoever abuses a key can be told apart from the others.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from bot.domain.ids import UserId


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """key  known to this bot alone: without it, all Discord ids could be tried one by one"""

    key: bytes = field(repr=False)

    def of(self, user: UserId) -> str:
        """64 hexadecimal digits; others when the key is another."""
        return hmac.new(self.key, f"person {user}".encode(), sha256).hexdigest()
