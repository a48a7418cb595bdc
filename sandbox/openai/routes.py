"""Which operations a request may mean: `POST /chat/completions`, `GET /files/{id}`, `* /files*`."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pattern:
    """`METHOD /path`, each `*` standing for anything; without a method, any. Paths are under /v1.

    Raises:
        ValueError: there is no path in it.
    """

    text: str
    _method: str = field(init=False)
    _path: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        method, _, path = self.text.strip().rpartition(" ")
        if not path.startswith(("/", "*")):
            message = f"{self.text!r} is not a route; write it like 'POST /chat/completions' or '*'"
            raise ValueError(message)
        glob = re.escape(path.removeprefix("/v1")).replace(r"\*", ".*")
        object.__setattr__(self, "_method", method.strip().upper() or "*")
        object.__setattr__(self, "_path", re.compile(glob))

    def matches(self, method: str, path: str) -> bool:
        return self._method in {"*", method} and self._path.fullmatch(path) is not None


def template(path: str) -> re.Pattern[str]:
    """`/files/{id}` as a pattern whose groups are the names in braces."""
    parts = re.split(r"\{(\w+)\}", path)
    pattern = "".join(
        re.escape(part) if at % 2 == 0 else f"(?P<{part}>[^/]+)" for at, part in enumerate(parts)
    )
    return re.compile(pattern)
