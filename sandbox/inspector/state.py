"""How things stand: buckets, tokens with their remaining life, faults, pace, connections."""

from sandbox.clock import Clock, HandClock
from sandbox.discord.interactions.model import (
    SECONDS_TO_ACKNOWLEDGE,
    TOKEN_SECONDS,
    Interaction,
    InteractionType,
)
from sandbox.discord.interactions.payloads import command_path
from sandbox.discord.model import Json
from sandbox.discord.server import DiscordServer
from sandbox.inspector.faults import FaultBook
from sandbox.inspector.secrecy import Secrecy, cut
from sandbox.openai.server import OpenAIServer

_TOKENS_SHOWN = 30


def moment(clock: Clock) -> Json:
    """What the page's times are counted from. `running`: time passes by itself."""
    return {
        "at": clock.now().isoformat(),
        "t": clock.monotonic(),
        "running": not isinstance(clock, HandClock),
    }


def standing(
    discord: DiscordServer, openai: OpenAIServer, faults: FaultBook, secrecy: Secrecy
) -> Json:
    """Times are on the monotonic scale of the clock, so that it changes only with what happens."""
    limits = discord.limits
    return {
        "buckets": [
            {
                "name": secrecy.path(one.name),
                "limit": one.limit,
                "remaining": one.remaining,
                "resets_at": one.resets_at,
            }
            for one in limits.buckets()
        ],
        "bad_requests": {"count": limits.invalid_requests, "limit": limits.invalid.requests},
        "openai_limits": [
            {"name": name, "limit": limit, "remaining": left}
            for name, (limit, left) in openai.rate_limits.levels().items()
        ],
        "tokens": _tokens(discord),
        "faults": faults.shown(),
        "pace": openai.answers.pace,
        "text": openai.answers.text,
        "sessions": [
            {
                "application": one.application.name,
                "connected": one.connection is not None,
                "silent": one.connection is not None and one.connection.silent,
                "sequence": one.sequence,
                "shard": list(one.shard),
            }
            for one in discord.gateway.sessions
        ],
    }


def _tokens(discord: DiscordServer) -> list[Json]:
    now = discord.clock.monotonic()
    living = discord.interactions.all(lambda one: now - one.started < TOKEN_SECONDS)
    return [_token(one) for one in reversed(living[-_TOKENS_SHOWN:])]


def _token(interaction: Interaction) -> Json:
    data = interaction.data
    autocomplete = interaction.type is InteractionType.AUTOCOMPLETE
    return {
        "interaction": str(interaction.id),
        "name": command_path(data) if "name" in data else str(data.get("custom_id")),
        "type": interaction.type.name,
        "user": interaction.user.username,
        "token": cut(interaction.token),
        "callback": interaction.callback.name if interaction.callback else None,
        "failed": interaction.failed,
        "acknowledge_by": interaction.started + SECONDS_TO_ACKNOWLEDGE,
        "ends_at": interaction.started
        + (SECONDS_TO_ACKNOWLEDGE if autocomplete else TOKEN_SECONDS),
    }
