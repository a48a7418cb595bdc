"""INTERACTION_CREATE, and the traces that interactions leave on messages."""

from sandbox.discord import message_payloads, payloads
from sandbox.discord.bodies import MAX_FILE_BYTES
from sandbox.discord.interactions.model import Interaction, InteractionType
from sandbox.discord.interactions.resolved import partial_channel
from sandbox.discord.model import Json, Message
from sandbox.discord.permissions import DIRECT
from sandbox.discord.state import World
from sandbox.discord.validation.commands import SUB_COMMAND, SUB_COMMAND_GROUP


def interaction_create(world: World, interaction: Interaction) -> Json:
    """The event's `d`, as an application gets it."""
    channel, guild, user = interaction.channel, interaction.guild, interaction.user
    permissions = str(world.permissions(channel, user))
    payload: Json = {
        "id": str(interaction.id),
        "application_id": str(interaction.application.id),
        "type": int(interaction.type),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel": _channel(interaction, permissions),
        "channel_id": str(channel.id),
        "app_permissions": str(app_permissions(world, interaction)),
        "locale": user.locale,
        "context": int(interaction.context),
        "authorizing_integration_owners": interaction.owners,
        "attachment_size_limit": MAX_FILE_BYTES,
        "entitlements": [],
        "entitlement_sku_ids": [],
    }
    if guild is None:
        payload["user"] = payloads.user(user)
    else:
        payload["guild_id"] = str(guild.id)
        payload["guild"] = {"id": str(guild.id), "locale": guild.preferred_locale, "features": []}
        payload["guild_locale"] = guild.preferred_locale
        member = payloads.member(guild.members[user.id])
        payload["member"] = member | {"permissions": permissions}
    if interaction.source is not None:
        payload["message"] = message_payloads.message(world, interaction.source)
    return payload


def app_permissions(world: World, interaction: Interaction) -> int:
    """What the application may do there; outside of its servers, what everybody may in messages."""
    if interaction.guild is not None and not interaction.outside:
        return world.permissions(interaction.channel, interaction.application.bot)
    return DIRECT


def _channel(interaction: Interaction, permissions: str) -> Json:
    channel = interaction.channel
    if channel.guild is not None:
        return partial_channel(channel, permissions)
    return payloads.channel(channel, seen_by=interaction.application.bot)


def interaction_metadata(interaction: Interaction, *, followup_to: Message | None) -> Json:
    """What a message tells about the interaction that made it."""
    metadata: Json = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "user": payloads.user(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if followup_to is not None:
        metadata["original_response_message_id"] = str(followup_to.id)
    match interaction.type:
        case InteractionType.APPLICATION_COMMAND:
            metadata["name"] = command_path(interaction.data)
            if interaction.target_user is not None:
                metadata["target_user"] = payloads.user(interaction.target_user)
            if interaction.target_message is not None:
                metadata["target_message_id"] = str(interaction.target_message.id)
        case InteractionType.MESSAGE_COMPONENT if interaction.source is not None:
            metadata["interacted_message_id"] = str(interaction.source.id)
        case InteractionType.MODAL_SUBMIT if interaction.parent is not None:
            triggering = interaction_metadata(interaction.parent, followup_to=None)
            metadata["triggering_interaction_metadata"] = triggering
        case _:
            pass
    return metadata


def command_path(data: Json) -> str:
    """A command's name with the groups and subcommands under it: "settings show"."""
    names = [str(data["name"])]
    options: list[Json] = data.get("options") or []
    while options and options[0]["type"] in {SUB_COMMAND, SUB_COMMAND_GROUP}:
        names.append(str(options[0]["name"]))
        options = options[0].get("options") or []
    return " ".join(names)


def callback_response(world: World, interaction: Interaction) -> Json:
    """The body of a callback that asked for one by with_response=true."""
    about: Json = {"id": str(interaction.id), "type": int(interaction.type)}
    original = interaction.original
    response: Json = {"interaction": about}
    if original is None or interaction.callback is None:
        return response
    about |= {
        "response_message_id": str(original.id),
        "response_message_loading": interaction.thinking,
        "response_message_ephemeral": original.ephemeral_for is not None,
    }
    about["channel_id"] = str(interaction.channel.id)
    if interaction.guild is not None:
        about["guild_id"] = str(interaction.guild.id)
    if interaction.callback in {4, 7}:
        message = message_payloads.message(world, original)
        response["resource"] = {"type": int(interaction.callback), "message": message}
    return response
