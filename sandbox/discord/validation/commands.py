"""Application commands: names, descriptions, options, choices, locales and sizes."""

from collections.abc import Sequence
from typing import cast

from sandbox.discord.errors import FormErrors
from sandbox.discord.snowflakes import is_snowflake
from sandbox.discord.validation.choices import check_choices
from sandbox.discord.validation.fields import Field, Json
from sandbox.discord.validation.locales import LOCALES, check_localizations, valid_name

CHAT_INPUT, USER, MESSAGE, PRIMARY_ENTRY_POINT = 1, 2, 3, 4
SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, CHANNEL, NUMBER = 1, 2, 3, 4, 7, 10
VALUES = set(range(3, 12))
MAX_SIZE = 8000
MAX_PERMISSIONS = 2**54 - 1
SAFE_INTEGER = 2**53
SHORT_NAME = 32


def validate_command(command: object, *, partial: bool = False) -> None:
    """One command as it is created; `partial` for PATCH, where absent keys stay as they are.

    Raises:
        ApiError: 50035.
    """
    problems = FormErrors()
    _check_command(Field(command if command is not None else {}, problems), partial=partial)
    problems.check()


def validate_bulk(commands: object) -> None:
    """The list of PUT: each command, and no name twice per type.

    Raises:
        ApiError: 50035, its first keys being the positions in the list.
    """
    problems = FormErrors()
    by_kind: dict[str, list[Field]] = {}
    for command in Field(commands, problems).items():
        _check_command(command, partial=False)
        by_kind.setdefault(str(command.at("type").value or CHAT_INPUT), []).append(command)
    for same_kind in by_kind.values():
        for command in _clashing(same_kind):
            message = "Application command names must be unique"
            command.refuse("APPLICATION_COMMANDS_DUPLICATE_NAME", message)
    problems.check()


def _check_command(command: Field, *, partial: bool) -> None:
    body = command.value
    if not command.is_object() or not isinstance(body, dict):
        return
    kind = CHAT_INPUT
    if command.at("type").given:
        kind = command.at("type").one_of({CHAT_INPUT, USER, MESSAGE, PRIMARY_ENTRY_POINT})
        kind = kind or CHAT_INPUT
    if not partial or command.at("name").given:
        _check_name(command, slash=kind == CHAT_INPUT)
    description = command.at("description")
    if kind == CHAT_INPUT:
        if (not partial or description.given) and description.required():
            description.text(100, minimum=1)
        check_localizations(command.at("description_localizations"), 100)
        _check_options(command.at("options"), depth=0)
    else:
        if description.value:
            message = "Context menu commands cannot have description"
            description.refuse("APPLICATION_COMMAND_DESCRIPTION_INVALID", message)
        if command.at("options").value:
            message = "Context menu commands cannot have options"
            command.at("options").refuse("APPLICATION_COMMAND_OPTIONS_INVALID", message)
    _check_where(command)
    if command_size(cast("Json", body)) > MAX_SIZE:
        message = f"Command exceeds maximum size ({MAX_SIZE})"
        command.refuse("APPLICATION_COMMAND_TOO_LARGE", message)


def _check_where(command: Field) -> None:
    permissions = command.at("default_member_permissions")
    value = permissions.value
    if value is not None:
        if isinstance(value, bool) or not is_snowflake(str(value)):
            permissions.refuse("NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif int(str(value)) > MAX_PERMISSIONS:
            message = f"int value should be less than or equal to {MAX_PERMISSIONS}."
            permissions.refuse("NUMBER_TYPE_MAX", message)
    command.at("nsfw").boolean()
    command.at("dm_permission").boolean()
    for key, allowed in (("integration_types", {0, 1}), ("contexts", {0, 1, 2})):
        least = 1 if key == "integration_types" else 0
        values = [item.one_of(allowed) for item in command.at(key).items(minimum=least)]
        if len(values) != len(set(values)):
            command.at(key).refuse("SET_TYPE_DUPLICATED", "Values must be unique")


def _check_name(named: Field, *, slash: bool) -> None:
    """The name and its translations: Discord's pattern, in lower case where people type it."""
    name = named.at("name")
    if name.required() and name.text(SHORT_NAME, minimum=1) and slash:
        _check_typed(name)
    translations = named.at("name_localizations")
    check_localizations(translations, SHORT_NAME)
    if slash and isinstance(translations.value, dict):
        for _, text in translations.pairs():
            if isinstance(text.value, str):
                _check_typed(text)


def _check_typed(name: Field) -> None:
    text = cast("str", name.value)
    if not valid_name(text) and 1 <= len(text) <= SHORT_NAME:
        message = "String value did not match validation regex."
        name.refuse("STRING_TYPE_REGEX", message)
    elif text != text.lower():
        name.refuse("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(options: Field, *, depth: int) -> None:
    """depth 0 is the command, 1 a subcommand or group in it, 2 a subcommand in a group."""
    found = options.items(25)
    kinds = [_check_option(option, depth) for option in found]
    nested = [kind in {SUB_COMMAND, SUB_COMMAND_GROUP} for kind in kinds if kind is not None]
    if any(nested) and not all(nested):
        options.refuse(
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive "
            "to all other types",
        )
    optional_seen = False
    for option, kind in zip(found, kinds, strict=True):
        if kind not in VALUES:
            continue
        if option.at("required").value is True and optional_seen:
            message = "Required options must be placed before non-required options"
            option.refuse("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen = optional_seen or option.at("required").value is not True
    for option in _clashing(found):
        message = f"Option name {option.at('name').value} already exists in these options"
        option.refuse("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)


def _clashing(named: Sequence[Field]) -> list[Field]:
    """Those whose name an earlier one has, in some locale: a translation may clash too."""
    clashing: dict[int, Field] = {}
    for locale in (None, *sorted(LOCALES)):
        taken: set[str] = set()
        for field in named:
            name = _name_in(field, locale)
            if name is None:
                continue
            if name in taken:
                clashing[id(field)] = field
            taken.add(name)
    return list(clashing.values())


def _name_in(option: Field, locale: str | None) -> str | None:
    names = option.at("name_localizations")
    translated = names.at(locale).value if locale is not None else None
    name = translated if isinstance(translated, str) else option.at("name").value
    return name if isinstance(name, str) else None


def _check_option(option: Field, depth: int) -> int | None:
    if not option.is_object():
        return None
    kind = option.at("type").one_of(range(1, 12)) if option.at("type").required() else None
    _check_name(option, slash=True)
    option.at("description").required_text(100)
    check_localizations(option.at("description_localizations"), 100)
    if kind in {SUB_COMMAND, SUB_COMMAND_GROUP}:
        if (kind == SUB_COMMAND_GROUP and depth > 0) or depth > 1:
            message = "Sub-commands and groups can be nested one level deep only"
            option.at("type").refuse("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
            return kind
        _check_nested(option, kind, depth)
        return kind
    if kind is not None:
        _check_value_option(option, kind)
    return kind


def _check_nested(option: Field, kind: int, depth: int) -> None:
    inside = option.at("options")
    if kind == SUB_COMMAND:
        _check_options(inside, depth=2)
        return
    inside.required()
    for child in inside.items(25, minimum=1):
        if child.is_object() and child.at("type").value != SUB_COMMAND:
            message = "Sub-command groups can hold sub-commands only"
            child.at("type").refuse("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    _check_options(inside, depth=depth + 1)


def _check_value_option(option: Field, kind: int) -> None:
    option.at("required").boolean()
    if option.at("options").value:
        message = "Only sub-commands and groups can have options"
        option.at("options").refuse("APPLICATION_COMMAND_OPTIONS_INVALID", message)
    choices, autocomplete = option.at("choices"), option.at("autocomplete")
    autocomplete.boolean()
    if kind in {STRING, INTEGER, NUMBER}:
        check_choices(choices, kind)
        if autocomplete.value is True and choices.value:
            message = "Autocomplete cannot be used with choices"
            autocomplete.refuse("APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)
    else:
        for key in ("choices", "autocomplete"):
            if option.at(key).value:
                message = f"{key} can only be used with string, integer and number options"
                option.at(key).refuse("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    _check_range(option, kind)
    if kind == CHANNEL:
        for channel_type in option.at("channel_types").items():
            channel_type.one_of(range(17))


def _check_range(option: Field, kind: int) -> None:
    if kind == STRING:
        least = option.at("min_length").integer(0, 6000)
        most = option.at("max_length").integer(1, 6000)
        name = "min_length"
    elif kind in {INTEGER, NUMBER}:
        read = Field.integer if kind == INTEGER else Field.number
        least = read(option.at("min_value"), -SAFE_INTEGER, SAFE_INTEGER)
        most = read(option.at("max_value"), -SAFE_INTEGER, SAFE_INTEGER)
        name = "min_value"
    else:
        return
    if least is not None and most is not None and least > most:
        message = f"{name} must be less than or equal to {name.replace('min', 'max')}"
        option.at(name).refuse("APPLICATION_COMMAND_OPTIONS_RANGE_INVALID", message)


def command_size(command: Json) -> int:
    """Characters of names, descriptions and choice values, each in its longest locale."""
    total = _longest(command, "name") + _longest(command, "description")
    for choice in _objects(command.get("choices")):
        total += _longest(choice, "name") + len(str(choice.get("value") or ""))
    return total + sum(command_size(option) for option in _objects(command.get("options")))


def _longest(named: Json, key: str) -> int:
    texts: list[object] = [named.get(key)]
    translations = named.get(f"{key}_localizations")
    if isinstance(translations, dict):
        texts += cast("Json", translations).values()
    return max((len(text) for text in texts if isinstance(text, str)), default=0)


def _objects(value: object) -> list[Json]:
    if not isinstance(value, list):
        return []
    return [cast("Json", item) for item in cast("list[object]", value) if isinstance(item, dict)]
