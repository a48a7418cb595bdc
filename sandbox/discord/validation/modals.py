"""Forms: a title and one to five rows (text inputs in action rows, or labels with any control)."""

from sandbox.discord.errors import FormErrors
from sandbox.discord.validation.controls import (
    SELECTS,
    TEXT_INPUT,
    Uniqueness,
    check_counts,
    check_options,
    check_select,
)
from sandbox.discord.validation.fields import Field, Path

ACTION_ROW, TEXT_DISPLAY, LABEL, FILE_UPLOAD = 1, 10, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23
IN_LABEL = {TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX} | SELECTS
MAX_ROWS = 5
MAX_TEXT = 4000


def validate_modal(modal: object, *, path: Path = ()) -> None:
    """The `data` of callback type 9.

    Raises:
        ApiError: 50035, with paths that start with `path`.
    """
    problems = FormErrors()
    form = Field(modal if modal is not None else {}, problems, path)
    if form.is_object():
        form.at("title").required_text(45)
        form.at("custom_id").required_text(100)
        rows = form.at("components")
        rows.required()
        seen = Uniqueness()
        for row in rows.items(MAX_ROWS, minimum=1):
            _check_row(row, seen)
    problems.check()


def _check_row(row: Field, seen: Uniqueness) -> None:
    if not row.is_object() or not row.at("type").required():
        return
    kind = row.at("type").one_of({ACTION_ROW, TEXT_DISPLAY, LABEL})
    seen.number(row.at("id"))
    if kind == ACTION_ROW:
        row.at("components").required()
        for child in row.at("components").items(1, minimum=1):
            if child.is_object() and child.at("type").one_of({TEXT_INPUT}) is not None:
                child.at("label").required_text(45)
                _check_text_input(child, seen)
    elif kind == TEXT_DISPLAY:
        row.at("content").required_text(MAX_TEXT)
    elif kind == LABEL:
        row.at("label").required_text(45)
        row.at("description").text(100, minimum=1)
        control = row.at("component")
        if control.required() and control.is_object() and control.at("type").required():
            _check_control(control, control.at("type").one_of(IN_LABEL), seen)


def _check_control(control: Field, kind: int | None, seen: Uniqueness) -> None:
    """What a label holds."""
    if kind == TEXT_INPUT:
        if control.at("label").given:
            message = "A text input inside a label cannot have a label of its own"
            control.at("label").refuse("TEXT_INPUT_LABEL_NOT_ALLOWED", message)
        _check_text_input(control, seen)
        return
    seen.number(control.at("id"))
    if kind in SELECTS:
        if control.at("disabled").value is True:
            message = "Select menus in modals cannot be disabled"
            control.at("disabled").refuse("MODAL_COMPONENT_DISABLED", message)
        check_select(control, kind, seen)
        return
    if control.at("custom_id").required():
        seen.custom_id(control.at("custom_id"))
    control.at("required").boolean()
    if kind == CHECKBOX:
        control.at("default").boolean()
    elif kind == FILE_UPLOAD:
        check_counts(control, 10)
    elif kind is not None:
        _check_group(control, kind)


def _check_group(control: Field, kind: int) -> None:
    """Radio buttons (2 to 10, one default) and checkboxes (1 to 10, with counts)."""
    control.at("options").required()
    options = control.at("options").items(10, minimum=2 if kind == RADIO_GROUP else 1)
    check_options(options)
    if kind == RADIO_GROUP:
        if sum(option.at("default").value is True for option in options) > 1:
            message = "A radio group can have at most one default option"
            control.at("options").refuse("RADIO_GROUP_DEFAULTS", message)
        return
    check_counts(control, 10, available=len(options))
    if control.at("min_values").value == 0 and control.at("required").value is not False:
        message = "A checkbox group with min_values 0 cannot be required"
        control.at("required").refuse("COMPONENT_REQUIRED_MIN_VALUES", message)


def _check_text_input(control: Field, seen: Uniqueness) -> None:
    seen.number(control.at("id"))
    if control.at("custom_id").required():
        seen.custom_id(control.at("custom_id"))
    if control.at("style").required():
        control.at("style").one_of({1, 2})
    control.at("placeholder").text(100)
    control.at("required").boolean()
    least = control.at("min_length").integer(0, MAX_TEXT)
    most = control.at("max_length").integer(1, MAX_TEXT)
    if least is not None and most is not None and least > most:
        message = "min_length must be less than or equal to max_length"
        control.at("min_length").refuse("TEXT_INPUT_LENGTHS", message)
    value = control.at("value").text(MAX_TEXT)
    if value and most is not None and len(value) > most:
        control.at("value").refuse("BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
