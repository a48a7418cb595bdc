"""What the families for operators have in common."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands

from bot.domain.ids import ChannelId, SourceId, UserId
from bot.domain.operators import Acting, ConfirmationId
from cogs._buttons import Action, ActionButton, Press
from cogs._entry import FIRST, First
from cogs._gates import Gate
from cogs._logged import asked_in
from cogs._places import channel_of, guild_of

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.texts import Texts

log = logging.getLogger(__name__)

ALONE = {FIRST: First.PRIVATE}
MOST_KEY = 90  # a custom_id ends at 100 characters
REFRESHED_S = 300.0
"""How long somebody who has left the team may still be taken for a member of it."""
MAY = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)


def team_of(application: discord.AppInfo) -> frozenset[int]:
    """The owner; of a team, which Discord shows as an owner of its own, those who may change it."""
    team = application.team
    if team is None:
        return frozenset({application.owner.id})
    accepted = discord.TeamMembershipState.accepted
    members = {
        member.id
        for member in team.members
        if member.membership_state is accepted and member.role in MAY
    }
    return frozenset(members | ({team.owner_id} if team.owner_id else set()))


async def keep_knowing(bot: Bot) -> None:
    """Ask Discord again and again who owns the application, until cancelled."""
    while True:
        await bot.services.clock.sleep(REFRESHED_S)
        try:
            application = await bot.application_info()
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("Who owns the application is not known anew: %r", error)
        else:
            bot.services.operators.know(team_of(application))


def acting(interaction: discord.Interaction) -> Acting:
    return Acting(
        user=UserId(interaction.user.id),
        guild=guild_of(interaction),
        channel=ChannelId(channel_of(interaction)),
        source=SourceId(interaction.id),
        asked=asked_in(interaction),
    )


def for_operators_only(press: Press, first: First = First.UPDATE) -> Action:
    """What a button does: no server's lists bind it, and who presses is looked at each time."""
    return Action(press, first=first, gate=Gate(free=True, operators=True))


def confirm_button(action: str, key: ConfirmationId, label: str) -> ActionButton:
    return ActionButton.of(action, f"{key}", label, style=discord.ButtonStyle.danger)


def forward_pages(
    action: str, number: int, *, first: str, onwards: str | None, texts: Texts
) -> tuple[ActionButton, ...]:
    """Servers page by the last id, so there is only the next page, and the first.

    onwards  the key of the next page; None at the end
    """
    if onwards is None and number == 1:
        return ()
    fits = onwards is not None and len(onwards) <= MOST_KEY
    return (
        ActionButton.of(action, first, texts("First page"), disabled=number == 1),
        ActionButton.of(
            action, onwards if onwards and fits else "0", texts("Next"), disabled=not fits
        ),
    )


def key_in(key: str) -> ConfirmationId:
    return ConfirmationId(int(key.partition(":")[0] or 0))


def of_typed(names: tuple[str, ...]) -> list[app_commands.Choice[str]]:
    """Choices that are the API's own words, and so the same in every language."""
    return [app_commands.Choice(name=name, value=name) for name in names]


def home_of(bot: Bot) -> dict[str, Any]:
    """Where their commands are registered: everywhere, or in OPERATOR_GUILD_ID alone."""
    return {} if bot.operator_guild is None else {"guild": discord.Object(bot.operator_guild)}


def bytes_as_words(size: int | None, texts: Texts) -> str:
    if size is None:
        return texts("size not known")
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"
