"""A message that a question is about: its words as the model reads them, and its files."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import app_commands

from cogs._forms import Uploaded
from cogs._places import is_member

MOST = 6000  # characters of one message: its text, and those of embeds


@dataclass(frozen=True, slots=True)
class Quoted:
    """`text` names the author, and quotes line by line; `files` are what was attached."""

    text: str
    files: tuple[Uploaded, ...]


def quoted(message: discord.Message) -> Quoted:
    """With what was forwarded in it, and what its embeds say."""
    words = [message.clean_content]
    files = [*message.attachments]
    for snapshot in message.message_snapshots:
        words.append(snapshot.content)
        files.extend(snapshot.attachments)
        words.extend(_of_embeds(snapshot.embeds))
    words.extend(_of_embeds(message.embeds))
    said = "\n".join(word for word in words if word.strip())[:MOST]
    lines = "\n".join(f"> {line}" for line in said.splitlines())
    name = message.author.display_name
    return Quoted(
        f"{name}:\n{lines}" if lines else f"{name}: …",
        tuple(Uploaded(one.filename, one.size, one.url, one.content_type) for one in files),
    )


async def fetched(interaction: discord.Interaction, number: str) -> Quoted:
    """The message of a form that was open during a restart.

    The number may be forged: only what the person sees in this very channel is fetched.

    Raises:
        CommandNotFound: it can't be had any more; shown as expired.
    """
    allowed = interaction.permissions
    sees = interaction.guild_id is None or (allowed.view_channel and allowed.read_message_history)
    channel = interaction.channel
    if not (
        number.isdecimal()
        and int(number) < 2**63
        and sees
        and is_member(interaction)
        and isinstance(channel, discord.abc.Messageable)
    ):
        raise app_commands.CommandNotFound("Ask about this", [])
    try:
        return quoted(await channel.fetch_message(int(number)))
    except (discord.NotFound, discord.Forbidden):
        raise app_commands.CommandNotFound("Ask about this", []) from None


def _of_embeds(embeds: Sequence[discord.Embed]) -> list[str]:
    return [text for embed in embeds for text in (embed.title, embed.description) if text]
