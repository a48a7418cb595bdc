"""Who may see a call, and all of it."""

from dataclasses import dataclass

from bot.domain.calls import Audience, LoggedCall
from bot.domain.conversations import Turn
from bot.domain.errors import (
    CallNotKeptError,
    NotAllowedError,
    NotYoursError,
    Rule,
    TurnNotFoundError,
)
from bot.domain.ids import ChannelId, SourceId, UserId
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who wants to look, and where they are.

    channel  only the asker and operators see a call elsewhere than where it was answered
    """

    user: UserId
    operator: bool
    channel: ChannelId


async def check_turn(tx: Transaction, turn: Turn, viewer: Viewer) -> None:
    if turn.private and viewer.user != turn.asker:
        raise NotYoursError
    if not sees_all(turn, viewer) and turn.channel != viewer.channel:
        # Keys can be forged under private messages: of a server that they are not on, say.
        posts = await tx.posts.of(turn.id)
        if all(post.channel != viewer.channel for post in posts):
            raise TurnNotFoundError


def sees_all(turn: Turn, viewer: Viewer) -> bool:
    return viewer.operator or viewer.user == turn.asker


async def visible(
    tx: Transaction, asked: SourceId | None, viewer: Viewer
) -> tuple[LoggedCall, ...]:
    calls = () if asked is None else await tx.api_log.of_answer(asked)
    return tuple(each for each in calls if refusal_of(each, viewer, asked) is None)


def check_turnless(call: LoggedCall, viewer: Viewer, under: SourceId | None) -> None:
    refusal = refusal_of(call, viewer, call.asked if under is None else under)
    if refusal is not None:
        raise refusal


def refusal_of(call: LoggedCall, viewer: Viewer, under: SourceId | None) -> Exception | None:
    """Why this person may not see a call that belongs to no turn."""
    match call.audience:
        case Audience.OPERATORS:  # whoever made it may have ceased to be one
            return None if viewer.operator else NotAllowedError(Rule.OPERATORS_ONLY)
        case _ if call.payer == viewer.user:
            return None
        case Audience.CHANNEL if viewer.operator:
            return None
        case Audience.CHANNEL:
            # What failed was told to the asker alone.
            seen = call.channel == viewer.channel and call.exchange.error is None
            return None if seen and under == call.asked else TurnNotFoundError()
        case Audience.ASKER if call.payer is not None:
            return NotYoursError()
        case _:  # erased, or from before there was an audience
            return CallNotKeptError()
