"""What the inspector must not show: tokens and keys are cut to their ends, long texts to a start.

Everything that is kept or served goes through here, so that a saved run can be given away.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

SHORTEST_SHOWN = 16  # below that the ends are the secret
MAX_TEXT = 32_768
MAX_UNBROKEN = 2_048  # a picture in base64, mostly
_START = 120
_DEEPEST = 64
_ENDS = 4
_SECRET_HEADERS = {
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key",
}  # fmt: skip
_SECRET_KEYS = {"token", "access_token", "refresh_token", "client_secret", "api_key", "password"}
_SECRETS = re.compile(
    r"sk-[A-Za-z0-9_-]{16,}"  # OpenAI's keys
    r"|aW50ZXJhY3Rpb246[A-Za-z0-9_-]{16,}"  # "interaction:" in base64, ours and Discord's
    r"|[A-Za-z0-9_-]{17,30}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"  # bots' tokens
)
_TOKEN_PATH = re.compile(r"((?:/interactions|/webhooks)/[^/?]+/)([^/?]+)")


def cut(secret: str) -> str:
    """Its ends, by which one tells it from another; nothing of a short one."""
    if len(secret) < SHORTEST_SHOWN or "…" in secret:
        return secret if "…" in secret else f"…({len(secret)})"
    return f"{secret[:_ENDS]}…{secret[-_ENDS:]}"


class Secrecy:
    """`known` gives the secrets of the moment: they are found whatever they look like."""

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        self._known = known

    def text(self, text: str) -> str:
        for secret in self._known():
            if secret and secret in text:
                text = text.replace(secret, cut(secret))
        return _SECRETS.sub(lambda found: cut(found[0]), text)

    def path(self, path: str) -> str:
        return self.text(_TOKEN_PATH.sub(lambda found: found[1] + cut(found[2]), path))

    def headers(self, headers: Mapping[str, str]) -> list[list[str]]:
        """In their order; a name may come twice."""
        return [[name, self._header(name, value)] for name, value in headers.items()]

    def value(self, value: Any, *, key: str = "", depth: int = 0) -> Any:
        """A JSON value without secrets, in a size that can be shown."""
        if isinstance(value, str):
            return self._shown(value, key)
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)  # JSON has no such number, whatever Python reads
        if not isinstance(value, dict | list | tuple):
            return value
        if depth >= _DEEPEST:
            return "… (nested deeper)"
        if isinstance(value, dict):
            return {
                self.text(str(name)): self.value(one, key=str(name), depth=depth + 1)
                for name, one in cast("dict[Any, Any]", value).items()
            }
        return [self.value(one, key=key, depth=depth + 1) for one in cast("list[Any]", value)]

    def _shown(self, text: str, key: str) -> str:
        if key.lower() in _SECRET_KEYS and (key != "token" or len(text) >= SHORTEST_SHOWN):
            return cut(text)  # short ones named so are the words of log probabilities
        unbroken = len(text) > MAX_UNBROKEN and not re.search(r"\s", text[:MAX_UNBROKEN])
        if unbroken or len(text) > MAX_TEXT:
            kept = self.text(text[: _START if unbroken else MAX_TEXT])
            return f"{kept}… ({len(text)} characters)"
        return self.text(text)

    def _header(self, name: str, value: str) -> str:
        if name.lower() not in _SECRET_HEADERS:
            return self.path(value)
        scheme, _, secret = value.rpartition(" ")
        return f"{scheme} {cut(secret)}".strip()
