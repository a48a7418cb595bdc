"""Which of the API's endpoints a server has: learnt from its answers, or by asking harmlessly."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, Protocol

from bot.domain.calls import Capabilities, Capability
from bot.domain.clock import Clock

Dialect = Literal["auto", "modern", "legacy"]

FRESH = timedelta(hours=6)
"""Servers are updated, and models retired: what was learnt is asked again after this."""

ONLY_OLD = frozenset({"/edits", "/images/variations", "/fine-tunes"})
"""Shut at OpenAI by 2026; other servers may have them."""

ONLY_NEW = frozenset({"/fine_tuning/jobs", "/moderations", "/audio/speech", "/responses"})
"""Not in OpenAI's description of April 2023 (moderations was, under other model names)."""

PROBED: Mapping[str, str] = {
    "/models": "GET",
    "/completions": "POST",
    "/chat/completions": "POST",
    "/responses": "POST",
    "/edits": "POST",
    "/images/generations": "POST",
    "/images/edits": "POST",
    "/images/variations": "POST",
    "/audio/transcriptions": "POST",
    "/audio/translations": "POST",
    "/audio/speech": "POST",
    "/moderations": "POST",
    "/files": "GET",
    "/fine_tuning/jobs": "GET",
    "/fine-tunes": "GET",
}
"""How each endpoint is asked whether it is there. A POST goes with the body {} and nothing else:
that is refused where the endpoint lives, and makes nothing."""


class LearnedEndpoints(Protocol):
    """What was learnt about the paths of a server: kept by the caller, to outlive the process."""

    async def of(self, base_url: str) -> Capabilities: ...

    async def learn(self, base_url: str, capability: Capability) -> None: ...


class InMemoryEndpoints:
    """Forgets when the process ends."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Capability]] = {}

    async def of(self, base_url: str) -> Capabilities:
        return dict(self._known.get(base_url, {}))

    async def learn(self, base_url: str, capability: Capability) -> None:
        self._known.setdefault(base_url, {})[capability.path] = capability


class Endpoints:
    """The learnt table of one server; a dialect that is set overrules what was learnt."""

    def __init__(
        self, base_url: str, learned: LearnedEndpoints, *, clock: Clock, dialect: Dialect = "auto"
    ) -> None:
        self._base_url = base_url
        self._learned = learned
        self._clock = clock
        self.dialect: Dialect = dialect

    async def present(self, path: str) -> bool | None:
        """None: not known, or too long ago."""
        if (forced := self.forced(path)) is not None:
            return forced
        known = (await self._learned.of(self._base_url)).get(path)
        if known is None or self._clock.now() - known.learnt_at > FRESH:
            return None
        return known.present

    def forced(self, path: str) -> bool | None:
        """What OPENAI_DIALECT says about it."""
        if self.dialect == "modern" and path in ONLY_OLD:
            return False
        if self.dialect == "legacy" and path in ONLY_OLD | ONLY_NEW and path != "/moderations":
            return path in ONLY_OLD
        return None

    async def learn(self, path: str, *, present: bool) -> None:
        """Remember, unless it is known and fresh: a write for each call would be too many."""
        known = (await self._learned.of(self._base_url)).get(path)
        now = self._clock.now()
        if known is None or known.present != present or now - known.learnt_at > FRESH / 2:
            await self._learned.learn(
                self._base_url, Capability(path=path, present=present, learnt_at=now)
            )

    async def overview(self) -> Mapping[str, bool | None]:
        """Every path that is asked about, in that order: there, not there, or not known."""
        known = await self.table()
        return {
            path: known[path].present
            if (forced := self.forced(path)) is None and path in known
            else forced
            for path in PROBED
        }

    async def table(self) -> Capabilities:
        """All that is known, old lessons too."""
        return await self._learned.of(self._base_url)
