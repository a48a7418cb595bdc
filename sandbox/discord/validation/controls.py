"""The controls that messages and forms share: buttons, selects and their options."""

from collections.abc import Iterable

from sandbox.discord.validation.fields import INT32_MAX, Field

BUTTON, STRING_SELECT, TEXT_INPUT = 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SELECTS = {STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT}
LINK, PREMIUM = 5, 6
CHANNEL_TYPES = {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16}
DEFAULT_TYPES = {
    USER_SELECT: {"user"},
    ROLE_SELECT: {"role"},
    MENTIONABLE_SELECT: {"user", "role"},
    CHANNEL_SELECT: {"channel"},
}


class Uniqueness:
    """custom_ids and numeric ids of one message or form; each may be there once."""

    def __init__(self) -> None:
        self._custom_ids: set[str] = set()
        self._ids: set[int] = set()

    def custom_id(self, field: Field) -> None:
        value = field.text(100, minimum=1)
        if value is None:
            return
        if value in self._custom_ids:
            message = "Component custom id cannot be duplicated"
            field.refuse("COMPONENT_CUSTOM_ID_DUPLICATED", message)
        self._custom_ids.add(value)

    def number(self, field: Field) -> None:
        value = field.integer(0, INT32_MAX)
        if not value:  # 0 asks Discord to number it
            return
        if value in self._ids:
            field.refuse("COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        self._ids.add(value)


def check_button(button: Field, seen: Uniqueness) -> None:
    style = button.at("style")
    kind = style.one_of({1, 2, 3, 4, 5, 6}) if style.required() else None
    button.at("label").text(80)
    button.at("disabled").boolean()
    check_emoji(button.at("emoji"))
    if kind is None:
        return
    if kind == PREMIUM:
        _check_premium(button)
        return
    if kind == LINK:
        _check_link(button)
    else:
        _check_pressed(button, seen)
    if not button.at("label").value and not button.at("emoji").given:
        message = "A button must have a label or an emoji"
        button.refuse("BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", message)


def _check_pressed(button: Field, seen: Uniqueness) -> None:
    custom_id = button.at("custom_id")
    if button.at("url").given:
        _refuse_both(button.at("url"))
    if not custom_id.given:
        custom_id.refuse("COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required")
    seen.custom_id(custom_id)


def _check_link(button: Field) -> None:
    url = button.at("url")
    if button.at("custom_id").given:
        _refuse_both(button.at("custom_id"))
    if url.required():
        url.url(("http", "https", "discord"), 512)


def _check_premium(button: Field) -> None:
    if button.at("sku_id").required():
        button.at("sku_id").snowflake()
    for part in ("custom_id", "label", "url", "emoji"):
        if button.at(part).given:
            message = "A premium button cannot have a custom id, label, url or emoji"
            button.at(part).refuse("BUTTON_COMPONENT_PREMIUM_INVALID", message)


def _refuse_both(field: Field) -> None:
    field.refuse(
        "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        "A custom id and url cannot both be specified",
    )


def check_emoji(emoji: Field) -> None:
    if emoji.is_object():
        emoji.at("id").snowflake()
        emoji.at("name").text(32)
        if not emoji.at("id").given and not emoji.at("name").value:
            emoji.at("name").required()


def check_select(select: Field, kind: int, seen: Uniqueness) -> None:
    if select.at("custom_id").required():
        seen.custom_id(select.at("custom_id"))
    select.at("placeholder").text(150)
    select.at("disabled").boolean()
    select.at("required").boolean()
    if kind == STRING_SELECT:
        options = select.at("options")
        options.required()
        found = options.items(25, minimum=1)
        check_options(found, emoji=True)
        check_counts(select, 25, available=len(found))
        return
    check_counts(select, 25)
    for default in select.at("default_values").items(25):
        if default.is_object():
            if default.at("id").required():
                default.at("id").snowflake()
            allowed = DEFAULT_TYPES[kind]
            if default.at("type").value not in allowed:
                listed = ", ".join(f"'{name}'" for name in sorted(allowed))
                message = f"Value must be one of ({listed})."
                default.at("type").refuse("BASE_TYPE_CHOICES", message)
    if kind == CHANNEL_SELECT:
        for channel_type in select.at("channel_types").items():
            channel_type.one_of(CHANNEL_TYPES)


def check_options(options: Iterable[Field], *, emoji: bool = False) -> None:
    """Options of string selects, radio groups and checkbox groups."""
    values: set[object] = set()
    for option in options:
        if not option.is_object():
            continue
        for key in ("label", "value"):
            option.at(key).required_text(100)
        option.at("description").text(100)
        option.at("default").boolean()
        if emoji:
            check_emoji(option.at("emoji"))
        value = option.at("value").value
        if isinstance(value, str) and value in values:
            option.at("value").refuse(
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        values.add(value if isinstance(value, str) else None)


def check_counts(control: Field, maximum: int, available: int | None = None) -> None:
    """min_values 0..maximum, max_values 1..maximum, in order, and not more than there is."""
    least = control.at("min_values").integer(0, maximum)
    most = control.at("max_values").integer(1, maximum)
    if least is not None and least > (1 if most is None else most):
        control.at("min_values").refuse(
            "COMPONENT_MIN_VALUES_TOO_LARGE",
            "min_values must be less than or equal to max_values",
        )
    if available is None:
        return
    for key, value in (("min_values", least), ("max_values", most)):
        if value is not None and value > available:
            control.at(key).refuse(
                "BASE_TYPE_MAX_VALUE",
                f"{key} must be equal to or less than the number of options ({available})",
            )
