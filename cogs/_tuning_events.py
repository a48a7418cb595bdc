"""The events of a training, once or live."""

from typing import TYPE_CHECKING

import discord

from bot.texts import texts_for
from cogs._buttons import buttons
from cogs._entry import answer
from cogs._logged import call_button
from cogs._operators import acting
from cogs._places import bot_of
from cogs._trainings import STATUS, event_line

if TYPE_CHECKING:
    from bot.domain.fine_tuning import Job, JobEvent

SHOWN_EVENTS = 20
MOST_TEXT = 4000
EVERY_S = 5.0
FOLLOWED_S = 840.0
"""How long they are followed: an interaction's token lives 15 minutes."""


async def show_events(interaction: discord.Interaction, job: str, *, follow: bool) -> None:
    """The newest; with `follow` until the training is over, the token is, or the bot goes down."""
    bot = bot_of(interaction)
    clock = bot.services.clock
    until = clock.monotonic() + FOLLOWED_S
    shown, sign = "", None
    while True:
        now, found, sign = await bot.services.fine_tunes.progress(
            acting(interaction), job, SHOWN_EVENTS, known=sign
        )
        over = now.status.over or not follow or bot.closing or clock.monotonic() > until
        if sign != shown or over:
            shown = sign
            embed = _embed(now, found, interaction, more=not over)
            await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))
        if over:
            return
        await clock.sleep(EVERY_S)


def _embed(
    job: "Job", events: "tuple[JobEvent, ...]", interaction: discord.Interaction, *, more: bool
) -> discord.Embed:
    texts = texts_for(str(interaction.locale))
    lines = [texts(STATUS[job.status]), *map(event_line, events)]
    said = "\n".join(lines)
    shown = said if len(said) <= MOST_TEXT else f"…{said[1 - MOST_TEXT :]}"
    embed = discord.Embed(title=job.id[:256], description=shown)
    return embed.set_footer(text=texts("New events appear here.")) if more else embed
