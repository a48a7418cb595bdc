"""Valid objects by default; a test names only what it is about."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.conversations import (
    Author,
    InteractionToken,
    Presser,
    Question,
    channel_place,
)
from bot.domain.ids import ChannelId, GuildId, SourceId, UserId

ADA, BEN = UserId(71), UserId(72)
GENERAL = ChannelId(300)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

_sources = itertools.count(10_000)

A_QUESTION = Question(
    source=SourceId(1),
    kind="chat",
    place=channel_place(GENERAL),
    guild=GuildId(200),
    channel=GENERAL,
    author=Author(user=ADA, name="ada"),
    text="What is a bus?",
    locale="en-US",
)


def a_source() -> SourceId:
    return SourceId(next(_sources))


def a_question(**changes: Any) -> Question:
    """A question with a source of its own, unless one is given."""
    return replace(A_QUESTION, **{"source": a_source(), **changes})


def a_presser(**changes: Any) -> Presser:
    return replace(
        Presser(source=a_source(), user=ADA, channel=GENERAL),
        **changes,
    )


def a_token(**changes: Any) -> InteractionToken:
    token = InteractionToken(
        application=100, token="aW50ZXJhY3Rpb24", expires_at=NOON + timedelta(minutes=15)
    )
    return replace(token, **changes)
