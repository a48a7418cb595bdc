"""How an interaction is first answered, and what Discord said to that."""

import logging
from enum import Enum, auto

import aiohttp
import discord

from bot import metrics
from bot.tasks import spawn
from cogs._places import bot_of

log = logging.getLogger(__name__)

ALREADY_ACKNOWLEDGED = 40060
UNKNOWN_INTERACTION = 10062


class First(Enum):
    """What an interaction is first answered with; a command says so in its `extras`."""

    OPTION = auto()  # "thinking...", for all, unless the option `private` is set
    PRIVATE = auto()  # "thinking...", for the asker alone
    UPDATE = auto()  # of a press: the message stays as it is until it is edited
    FORM = auto()  # nothing: the handler opens a form itself, at once


class Acknowledgement(Enum):
    SENT = auto()
    REPLAYED = auto()  # 40060: this event came before, here or in another process
    LATE = auto()  # 10062: the three seconds were over
    LOST = auto()  # Discord did not say


class NotAcknowledgedError(Exception):
    """Somebody else answers this interaction, or nobody can any more: stop, and say nothing."""


class Entry:
    """One interaction on its way through the bot.

    private   what is said to it is for the asker alone
    ours      True once the journal gave this interaction to us: then we answer, replayed or not
    answered  True once the placeholder has become a real message
    """

    def __init__(self, interaction: discord.Interaction, first: First, *, private: bool) -> None:
        self.interaction = interaction
        self.first = first
        self.private = private
        self.ours = False
        self.answered = False
        self.state = Acknowledgement.LOST
        self._sending = spawn(self._send(), name=f"acknowledge-{interaction.id}")

    async def settled(self) -> Acknowledgement:
        """Wait until Discord has answered the acknowledgement, and say how."""
        await self._sending
        return self.state

    async def _send(self) -> None:
        if self.first is First.FORM:
            self.state = Acknowledgement.SENT
            return
        clock = bot_of(self.interaction).services.clock
        began = clock.monotonic()
        try:
            await self.interaction.response.defer(
                ephemeral=self.private, thinking=self.first is not First.UPDATE
            )
        except discord.HTTPException as error:
            self.state = _meaning(error)
            log.info("Interaction %s: %s", self.interaction.id, self.state.name.lower())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("Interaction %s not acknowledged: %r", self.interaction.id, error)
        else:
            self.state = Acknowledgement.SENT
            metrics.acknowledgement_seconds.observe(clock.monotonic() - began)


def _meaning(error: discord.HTTPException) -> Acknowledgement:
    if error.code == ALREADY_ACKNOWLEDGED:
        return Acknowledgement.REPLAYED
    if error.code == UNKNOWN_INTERACTION:
        return Acknowledgement.LATE
    return Acknowledgement.LOST


def entry_of(interaction: discord.Interaction) -> Entry | None:
    """The entry of an interaction; None before it was admitted, and of one nobody took."""
    return interaction.extras.get(Entry)
