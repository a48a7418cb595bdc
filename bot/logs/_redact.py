import re
from collections.abc import Iterable
from functools import lru_cache

_SHORT = 32  # characters
HIDDEN = "[hidden]"
_SIGN = r"[\w.~+/=%-]"
_SECRET_NAME = r"(?:\w*token|authorization|api[-_]?key|password|secret|x-auth[\w-]*)"  # noqa: S105  a pattern

_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # Interaction and webhook tokens, as they stand in Discord's paths.
        (
            rf"((?:webhooks|interactions)/\d+/)(?!messages\b){_SIGN}+?(?=[/?\s\"']|$)",
            rf"\1{HIDDEN}",
        ),
        # Discord's interaction tokens ("interaction:" in base64), wherever they are.
        (r"aW50ZXJhY3Rpb246[\w=-]+", HIDDEN),
        # A bot's token: id, time and signature in base64.
        (r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}", HIDDEN),
        # Keys of the OpenAI API and of servers that imitate it.
        (r"\bsk-[\w*-]{6,}", HIDDEN),
        (rf"\b(Bearer|Bot)\s+{_SIGN}{{16,}}", rf"\1 {HIDDEN}"),
        # Passwords in addresses.
        (r"(://[^\s/:@'\"]*:)[^\s/@'\"]+@", rf"\1{HIDDEN}@"),
        # "token": "...", api_key='...', password=...
        (
            rf"(['\"]?\b{_SECRET_NAME}['\"]?\s*[:=]\s*(b?['\"]))(?:(?!\2).)+?(?=['\"])",
            rf"\1{HIDDEN}",
        ),
        (rf"(\b{_SECRET_NAME}=)(?![\s'\"b])[^\s&,;'\")\]]+", rf"\1{HIDDEN}"),
        # What SQLAlchemy and pydantic quote of the data that went wrong.
        (r"\[parameters: .*?\](?=\n|$)", f"[parameters: {HIDDEN}]"),
        (r"(input_value=).*?(?=, input_type=)", rf"\1{HIDDEN}"),
    )
)
_NAMES = re.compile(_SECRET_NAME, re.IGNORECASE)


class Redactor:
    """Cuts secrets out of text: the ones it was told, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret for secret in secrets if len(secret) > 3}, key=len, reverse=True)  # noqa: PLR2004  "test" and shorter are words
        self._known = re.compile("|".join(map(re.escape, known))) if known else None
        self._seen = lru_cache(maxsize=500)(self._cleaned)

    def text(self, text: str) -> str:
        """`text` without secrets. Names and other short texts come again and again."""
        return self._seen(text) if len(text) <= _SHORT else self._cleaned(text)

    def _cleaned(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    @staticmethod
    def is_secret(name: str) -> bool:
        """Whether a value under this name is one, whatever it looks like."""
        return _NAMES.fullmatch(name) is not None
