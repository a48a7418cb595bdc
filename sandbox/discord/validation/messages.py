"""Bodies that create or edit a message, wherever they are sent to."""

from collections.abc import Mapping

from sandbox.discord.errors import FormErrors, refusal
from sandbox.discord.model import MessageFlag
from sandbox.discord.validation.components import MessageComponents
from sandbox.discord.validation.embeds import check_embeds
from sandbox.discord.validation.fields import Field, Json, Path

MAX_CONTENT = 2000
MAX_ATTACHMENTS = 10
LEGACY = ("content", "embeds", "poll", "sticker_ids")  # what Components V2 takes the place of


def validate_message(
    payload: Json,
    *,
    files: Mapping[int, str],
    edit: bool = False,
    v2: bool = False,
    kept: Mapping[int, str] | None = None,
    path: Path = (),
) -> None:
    """A message as it is sent, or what an edit changes of it.

    files  names of the uploaded files by the n of their files[n] part
    edit   only what is given changes; an empty one is for the caller to judge
    v2     the message edited has the Components V2 flag already (it can't be removed)
    kept   attachments the edited message has: id -> filename
    path   where the body sits in what was sent: ("data",) for interaction callbacks

    Raises:
        ApiError: 50035 with the nested errors; 50006 for a message with nothing in it.
    """
    problems = FormErrors()
    body = Field(payload, problems, path)
    flags = body.at("flags").integer(0) or 0
    is_v2 = v2 or bool(flags & MessageFlag.IS_COMPONENTS_V2)
    body.at("content").text(MAX_CONTENT)
    check_embeds(body.at("embeds"))
    body.at("tts").boolean()
    _check_nonce(body.at("nonce"))
    _check_mentions(body.at("allowed_mentions"))
    names = _check_attachments(body.at("attachments"), files, kept or {})
    MessageComponents(v2=is_v2, files=names).check(body.at("components"))
    body.at("sticker_ids").items(3)
    _check_poll(body.at("poll"))
    if is_v2:
        _check_legacy(body)
    problems.check()
    if not edit and not _has_something(payload, files):
        raise refusal(50006)


def _check_legacy(body: Field) -> None:
    for key in LEGACY:
        if body.at(key).value:
            body.at(key).refuse(
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


def _has_something(payload: Json, files: Mapping[int, str]) -> bool:
    content = payload.get("content")
    if isinstance(content, str) and content.strip():
        return True
    given = ("embeds", "components", "sticker_ids", "poll")
    return bool(files) or any(payload.get(key) for key in given)


def _check_nonce(nonce: Field) -> None:
    if nonce.given and not isinstance(nonce.value, int):
        nonce.text(25)


def _check_mentions(mentions: Field) -> None:
    if not mentions.is_object():
        return
    parse = mentions.at("parse").items()
    for kind in parse:
        if kind.value not in {"users", "roles", "everyone"}:
            message = "Value must be one of ('everyone', 'roles', 'users')."
            kind.refuse("BASE_TYPE_CHOICES", message)
    parsed = {kind.value for kind in parse if isinstance(kind.value, str)}
    for key in ("users", "roles"):
        for item in mentions.at(key).items(100):
            item.snowflake()
        if key in parsed and mentions.at(key).value:
            mentions.refuse(
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.',
            )
    mentions.at("replied_user").boolean()


def _check_attachments(
    attachments: Field, files: Mapping[int, str], kept: Mapping[int, str]
) -> set[str]:
    """The names that attachment:// may point at."""
    names = set(kept.values()) | set(files.values())
    found = attachments.items(MAX_ATTACHMENTS)
    if len(files) > MAX_ATTACHMENTS:
        attachments.refuse("BASE_TYPE_MAX_LENGTH", f"Must be {MAX_ATTACHMENTS} or fewer in length.")
    for attachment in found:
        if not attachment.is_object():
            continue
        identifier = attachment.at("id").snowflake() if attachment.at("id").required() else None
        if identifier is not None and int(identifier) not in {*files, *kept}:
            message = "Attachment data was not found"
            attachment.refuse("ATTACHMENT_NOT_FOUND", message)
        name = attachment.at("filename").text(1024, minimum=1)
        if name is not None:
            names.add(name)
        attachment.at("description").text(1024)
        attachment.at("title").text(1024)
        attachment.at("duration_secs").number(0, 2**31 - 1)
        attachment.at("waveform").text(400)
    return names


def _check_poll(poll: Field) -> None:
    if not poll.is_object():
        return
    poll.at("duration").integer(1, 768)
    poll.at("allow_multiselect").boolean()
    if poll.at("question").required() and poll.at("question").is_object():
        text = poll.at("question").at("text")
        text.required_text(300)
    poll.at("answers").required()
    for answer in poll.at("answers").items(10, minimum=1):
        media = answer.at("poll_media")
        if media.required() and media.is_object():
            media.at("text").text(55)
