"""What the page needs to know of messages, commands and forms."""

from typing import cast

from sandbox.discord.model import Json
from sandbox.driver import Form, Message
from sandbox.driver.options import SUB_COMMAND_GROUP


def shown_message(message: Message) -> Json:
    return {
        "id": str(message.id),
        "author": message.author,
        "bot": message.stored.author.bot,
        "text": message.text,
        "ephemeral": message.ephemeral,
        "thinking": message.thinking,
        "failed": message.failed,
        "edited": message.edited,
        "at": message.stored.timestamp.isoformat(),
        "files": [
            {"name": one.name, "url": one.url, "type": one.content_type}
            for one in message.attachments
        ],
        "controls": [
            {
                "label": one.label,
                "custom_id": one.custom_id,
                "type": one.type,
                "disabled": one.disabled,
                "url": one.url,
                "options": [list(pair) for pair in one.options],
                "most": one.raw.get("max_values") or 1,
            }
            for one in message.controls
        ],
    }


def shown_command(command: Json) -> Json:
    """With a line per subcommand: name and options as one types them."""
    return {
        "type": command["type"],
        "name": command["name"],
        "lines": _lines(command, command["name"]) if command["type"] == 1 else [],
    }


def _lines(owner: Json, name: str) -> list[Json]:
    options = cast("list[Json]", owner.get("options") or [])
    inner = [one for one in options if one["type"] <= SUB_COMMAND_GROUP]
    if inner:
        return [line for one in inner for line in _lines(one, f"{name} {one['name']}")]
    return [
        {
            "name": name,
            "description": owner["description"],
            "options": [
                {
                    "name": one["name"],
                    "description": one["description"],
                    "type": one["type"],
                    "required": bool(one.get("required")),
                    "autocomplete": bool(one.get("autocomplete")),
                    "choices": [
                        choice["name"] for choice in cast("list[Json]", one.get("choices") or [])
                    ],
                }
                for one in options
            ],
        }
    ]


def shown_form(form: Form) -> Json:
    return {
        "id": str(form.interaction.id),
        "title": form.title,
        "text": form.text,
        "fields": [
            {
                "label": one.label,
                "custom_id": one.custom_id,
                "type": one.type,
                "required": one.required,
                "value": one.value,
                "long": one.raw.get("style") == 2,  # noqa: PLR2004  a paragraph
                "placeholder": one.raw.get("placeholder") or "",
                "options": [
                    [each["label"], each["value"]]
                    for each in cast("list[Json]", one.raw.get("options") or [])
                ],
                "most": one.raw.get("max_values") or 1,
            }
            for one in form.fields
        ],
    }
