"""What applications answer: callbacks, edits, follow-ups."""

from collections.abc import Mapping

from sandbox.discord import posting
from sandbox.discord.components import numbered
from sandbox.discord.errors import ApiError, invalid_form, refusal
from sandbox.discord.interactions.book import UNKNOWN_WEBHOOK, Interactions
from sandbox.discord.interactions.model import (
    MAX_FOLLOWUPS_OUTSIDE,
    CallbackType,
    Interaction,
    InteractionType,
)
from sandbox.discord.interactions.payloads import interaction_metadata
from sandbox.discord.model import Json, Message, MessageFlag, MessageType
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.routing import Upload
from sandbox.discord.validation import validate_choices, validate_message, validate_modal

UNKNOWN_MESSAGE = 10008
EMPTY_MESSAGE = 50006
TOO_MANY_FOLLOWUPS = 40094
_NEW = {
    CallbackType.CHANNEL_MESSAGE_WITH_SOURCE,
    CallbackType.DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE,
}
_UPDATES = {CallbackType.DEFERRED_UPDATE_MESSAGE, CallbackType.UPDATE_MESSAGE}
Files = Mapping[int, Upload]


def allowed_callbacks(interaction: Interaction) -> set[CallbackType]:
    """Which first answers fit.

    Premium buttons (10) are gone from Discord, and activities (12) need an application of their
    kind: neither is answered here.
    """
    match interaction.type:
        case InteractionType.AUTOCOMPLETE:
            return {CallbackType.AUTOCOMPLETE_RESULT}
        case InteractionType.APPLICATION_COMMAND:
            return _NEW | {CallbackType.MODAL}
        case InteractionType.MESSAGE_COMPONENT:
            return _NEW | _UPDATES | {CallbackType.MODAL}
        case InteractionType.MODAL_SUBMIT:
            return _NEW | (_UPDATES if interaction.source is not None else set())


class Answers:
    """Puts answers into the world; everything raised is an `ApiError`."""

    def __init__(self, interactions: Interactions) -> None:
        self._world = interactions.world

    def callback(self, interaction: Interaction, body: Json, files: Files) -> None:
        """The first answer, POST /interactions/{id}/{token}/callback."""
        kind = _callback_type(interaction, body)
        data: Json = body.get("data") or {}
        match kind:
            case CallbackType.AUTOCOMPLETE_RESULT:
                focused = _focused(interaction.data.get("options") or [])
                path = ("data", "choices")
                validate_choices(data.get("choices"), focused["type"], path=path)
                interaction.choices = list(data["choices"])
            case CallbackType.MODAL:
                validate_modal(data, path=("data",))
                interaction.modal = {**data, "components": numbered(data["components"])}
            case CallbackType.CHANNEL_MESSAGE_WITH_SOURCE:
                self._validate(data, files, path=("data",))
                interaction.original = self._post(interaction, data, files)
            case CallbackType.DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE:
                flags = int(data.get("flags") or 0) & MessageFlag.EPHEMERAL
                interaction.original = self._post(interaction, {"flags": flags}, {}, loading=True)
            case CallbackType.DEFERRED_UPDATE_MESSAGE:
                interaction.original = interaction.source
            case CallbackType.UPDATE_MESSAGE:
                if interaction.source is None:
                    raise AssertionError("only components have this callback, and a message")
                interaction.original = interaction.source
                self._edit(interaction.source, data, files, path=("data",))
                interaction.updated = True
        interaction.callback = kind
        self._world.touch()

    def follow_up(self, interaction: Interaction, body: Json, files: Files) -> Message:
        """POST /webhooks/{application}/{token}.

        A placeholder is filled before anything is added, and keeps the visibility that it was
        deferred with.
        """
        if interaction.callback is None:
            raise refusal(UNKNOWN_WEBHOOK)
        self._validate(body, files)
        original = interaction.original
        if interaction.outside:
            if interaction.followups >= MAX_FOLLOWUPS_OUTSIDE:
                message = "This interaction has reached the maximum number of follow-up messages"
                raise ApiError(400, TOO_MANY_FOLLOWUPS, message)
            interaction.followups += 1
        if original is not None and interaction.thinking and interaction.alive(original):
            self._edit(original, body, files)
            message = original
        else:
            message = self._post(interaction, body, files, followup=True)
        self._world.touch()
        return message

    def message(self, interaction: Interaction, name: str) -> Message:
        """@original or the id of a message that this interaction made, or whose component it was.

        Raises:
            ApiError: 10008 for all others, deleted ones, and before there is a first answer.
        """
        if name == "@original":
            found = interaction.original
        else:
            own = [*interaction.posts, interaction.original]
            found = next((one for one in own if one is not None and str(one.id) == name), None)
        if found is None or not interaction.alive(found):
            raise refusal(UNKNOWN_MESSAGE)
        return found

    def edit(self, interaction: Interaction, message: Message, body: Json, files: Files) -> None:
        self._edit(message, body, files)
        interaction.updated = interaction.updated or message is interaction.source
        self._world.touch()

    def delete(self, message: Message) -> None:
        posting.delete(self._world, message)
        self._world.touch()

    def _validate(
        self, data: Json, files: Files, *, path: tuple[str, ...] = (), edited: Message | None = None
    ) -> None:
        kept = {each.id: each.filename for each in edited.attachments} if edited else {}
        validate_message(
            data,
            files={number: upload.filename for number, upload in files.items()},
            edit=edited is not None,
            v2=edited is not None and bool(edited.flags & MessageFlag.IS_COMPONENTS_V2),
            kept=kept,
            path=path,
        )

    def _edit(
        self, message: Message, data: Json, files: Files, *, path: tuple[str, ...] = ()
    ) -> None:
        self._validate(data, files, path=path, edited=message)
        _refuse_emptying(message, data, files)
        message.flags &= ~MessageFlag.LOADING
        posting.edit(self._world, message, data, files=files)

    def _post(
        self,
        interaction: Interaction,
        data: Json,
        files: Files,
        *,
        loading: bool = False,
        followup: bool = False,
    ) -> Message:
        ephemeral = bool(int(data.get("flags") or 0) & MessageFlag.EPHEMERAL)
        ephemeral = ephemeral or self._must_be_private(interaction)
        message = posting.compose(
            self._world,
            interaction.channel,
            interaction.application.bot,
            data,
            files=files,
            ephemeral_for=interaction.user.id if ephemeral else None,
        )
        replied = _replied_to(interaction, followup=followup)
        message.type = _message_type(interaction, replied)
        message.webhook_id = message.application_id = interaction.application.id
        message.interaction_metadata = interaction_metadata(
            interaction, followup_to=interaction.original if followup else None
        )
        if replied is not None:
            message.reference = _reference(replied)
        if loading:
            message.flags |= MessageFlag.LOADING
        interaction.posts.append(message)
        return posting.post(self._world, message)

    def _must_be_private(self, interaction: Interaction) -> bool:
        """Without Use External Apps, what one's own installation answers is seen by nobody else."""
        if interaction.guild is None or not interaction.outside:
            return False
        permissions = self._world.permissions(interaction.channel, interaction.user)
        return not permissions & Permission.USE_EXTERNAL_APPS


def _callback_type(interaction: Interaction, body: Json) -> CallbackType:
    given = body.get("type")
    if given is None:
        raise invalid_form(("type",), "BASE_TYPE_REQUIRED", "This field is required")
    allowed = allowed_callbacks(interaction)
    if given not in allowed:
        listed = ", ".join(str(int(kind)) for kind in sorted(allowed))
        message = f"Value must be one of {{{listed}}}."
        raise invalid_form(("type",), "BASE_TYPE_CHOICES", message)
    data = body.get("data")
    if data is not None and not isinstance(data, dict):
        message = "Only dictionaries may be used in a DictType"
        raise invalid_form(("data",), "DICT_TYPE_CONVERT", message)
    return CallbackType(given)


def _focused(options: list[Json]) -> Json:
    for option in options:
        if option.get("focused"):
            return option
        if option.get("options"):
            return _focused(option["options"])
    raise AssertionError("an autocomplete interaction has a focused option")


def _refuse_emptying(message: Message, data: Json, files: Files) -> None:
    """An edit may not leave a message with nothing in it."""
    before: Json = {
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "attachments": message.attachments,
        "poll": message.poll,
    }
    after = {**before, **{key: data[key] for key in before if key in data}}
    if not files and not any(after.values()):
        raise refusal(EMPTY_MESSAGE)


def _replied_to(interaction: Interaction, *, followup: bool) -> Message | None:
    """What the new message shows itself as an answer to."""
    if followup:
        original = interaction.original
        return original if original is not None and interaction.alive(original) else None
    return interaction.target_message or interaction.source


def _message_type(interaction: Interaction, replied: Message | None) -> MessageType:
    if replied is not None and interaction.target_message is not replied:
        return MessageType.REPLY
    if interaction.command is not None and interaction.command["type"] != 1:
        return MessageType.CONTEXT_MENU_COMMAND
    return MessageType.CHAT_INPUT_COMMAND


def _reference(replied: Message) -> Json:
    reference: Json = {
        "type": 0,
        "message_id": str(replied.id),
        "channel_id": str(replied.channel.id),
    }
    if replied.channel.guild is not None:
        reference["guild_id"] = str(replied.channel.guild.id)
    return reference
