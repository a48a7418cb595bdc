"""Choices of options, and the suggestions of callback type 8."""

from sandbox.discord.errors import FormErrors
from sandbox.discord.validation.fields import Field, Path
from sandbox.discord.validation.locales import check_localizations

STRING, INTEGER, NUMBER = 3, 4, 10
MAX_CHOICES = 25
SAFE_INTEGER = 2**53


def validate_choices(choices: object, kind: int, *, path: Path = ()) -> None:
    """Suggestions for a focused option of type `kind`: up to 25, of its type.

    Raises:
        ApiError: 50035, with paths that start with `path`.
    """
    problems = FormErrors()
    field = Field(choices, problems, path)
    if field.required():
        check_choices(field, kind, unique=False)
    problems.check()


def check_choices(choices: Field, kind: int, *, unique: bool = True) -> None:
    names: set[object] = set()
    for choice in choices.items(MAX_CHOICES):
        if not choice.is_object():
            continue
        name = choice.at("name")
        name.required_text(100)
        check_localizations(choice.at("name_localizations"), 100)
        if unique and isinstance(name.value, str) and name.value in names:
            message = "Option choice names must be unique"
            choice.refuse("APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", message)
        names.add(str(name.value))
        value = choice.at("value")
        if not value.required():
            continue
        if kind == STRING:
            value.text(100)
        elif kind == INTEGER:
            value.integer(-SAFE_INTEGER, SAFE_INTEGER)
        else:
            value.number(-SAFE_INTEGER, SAFE_INTEGER)
