"""What the moderation model says about a text or a picture (POST /moderations)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.calls import Record
from bot.domain.chat import ImageData


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationRequest:
    """Texts are judged one by one; with a picture all of it is judged together, once."""

    model: str
    texts: tuple[str, ...] = field(default=(), repr=False)
    picture: ImageData | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One judgement. Names of categories hold slashes, "hate/threatening"; old models know fewer.

    scores  0..1 by category
    """

    flagged: bool
    categories: Mapping[str, bool]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    verdicts: tuple[Verdict, ...]
    model: str
    request_id: str | None = None

    @property
    def flagged(self) -> bool:
        return any(verdict.flagged for verdict in self.verdicts)


class Moderator(Protocol):
    async def moderate(self, request: ModerationRequest, record: Record = ...) -> Moderation:
        """One verdict for each text, or one for everything where there is a picture.

        Raises:
            UpstreamError: one of its leaves.
        """
        ...
