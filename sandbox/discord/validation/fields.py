"""A place in a JSON body that can be checked, and where what is wrong with it is collected."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from sandbox.discord.errors import FormErrors
from sandbox.discord.snowflakes import is_snowflake

Json = dict[str, Any]
Path = tuple[str | int, ...]
_N = TypeVar("_N", int, float)

INT32_MAX = 2**31 - 1


class Field:
    """One value of a body and the way to it. Absent and null are the same, as for Discord."""

    def __init__(self, value: object, problems: FormErrors, path: Path = ()) -> None:
        self.value = value
        self.problems = problems
        self.path = path

    @property
    def given(self) -> bool:
        return self.value is not None

    def refuse(self, code: str, message: str) -> None:
        self.problems.add(self.path, code, message)

    def required_text(self, maximum: int) -> str | None:
        """A text of 1 to `maximum` characters that has to be there."""
        return self.text(maximum, minimum=1) if self.required() else None

    def required(self) -> bool:
        if self.value is None:
            self.refuse("BASE_TYPE_REQUIRED", "This field is required")
        return self.value is not None

    def at(self, key: str) -> "Field":
        """A key of this object; absent where this is no object."""
        inside = self.value
        value = cast("Json", inside).get(key) if isinstance(inside, dict) else None
        return Field(value, self.problems, (*self.path, key))

    def is_object(self) -> bool:
        if isinstance(self.value, dict):
            return True
        if self.value is not None:
            self.refuse("MODEL_TYPE_CONVERT", "Only dictionaries may be used to create this model.")
        return False

    def items(self, maximum: int | None = None, *, minimum: int = 0) -> "list[Field]":
        """The elements of this list; none where it is absent or their number does not fit.

        One that is null is refused, and not among them.
        """
        if self.value is None:
            return []
        inside = self.value
        if not isinstance(inside, list):
            self.refuse("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        found = cast("list[object]", inside)
        if not self._length(len(found), minimum, maximum):
            return []  # Discord looks no further, and neither place has two kinds of errors
        elements = [Field(item, self.problems, (*self.path, n)) for n, item in enumerate(found)]
        return [element for element in elements if element.required()]

    def text(self, maximum: int | None = None, *, minimum: int = 0) -> str | None:
        """This text where it is one; its length is checked in code points."""
        if self.value is None:
            return None
        if not isinstance(self.value, str):
            self.refuse("STRING_TYPE_CONVERT", f'Could not interpret "{self.value}" as string.')
            return None
        self._length(len(self.value), minimum, maximum)
        return self.value

    def _length(self, length: int, minimum: int, maximum: int | None) -> bool:
        """Whether it fits; refused where not."""
        if minimum == 1 and length == 0:
            self.refuse("BASE_TYPE_REQUIRED", "This field is required")
        elif length < minimum and maximum is None:
            self.refuse("BASE_TYPE_MIN_LENGTH", f"Must be {minimum} or more in length.")
        elif minimum and (length < minimum or length > (maximum or length)):
            message = f"Must be between {minimum} and {maximum} in length."
            self.refuse("BASE_TYPE_BAD_LENGTH", message)
        elif maximum is not None and length > maximum:
            self.refuse("BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
        else:
            return True
        return False

    def integer(self, minimum: int | None = None, maximum: int | None = None) -> int | None:
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse("NUMBER_TYPE_COERCE", f'Value "{self.value}" is not int.')
            return None
        return self._within(self.value, "int", minimum, maximum)

    def number(self, minimum: float | None = None, maximum: float | None = None) -> float | None:
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.refuse("NUMBER_TYPE_COERCE", f'Value "{self.value}" is not float.')
            return None
        return self._within(self.value, "float", minimum, maximum)

    def _within(self, value: _N, kind: str, minimum: float | None, maximum: float | None) -> _N:
        if minimum is not None and value < minimum:
            message = f"{kind} value should be greater than or equal to {minimum}."
            self.refuse("NUMBER_TYPE_MIN", message)
        if maximum is not None and value > maximum:
            message = f"{kind} value should be less than or equal to {maximum}."
            self.refuse("NUMBER_TYPE_MAX", message)
        return value

    def boolean(self) -> bool | None:
        if self.value is None or isinstance(self.value, bool):
            return self.value
        self.refuse("BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return None

    def one_of(self, allowed: Collection[int]) -> int | None:
        value = self.integer()
        if value is not None and value not in allowed:
            listed = ", ".join(str(item) for item in sorted(allowed))
            self.refuse("BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
            return None
        return value

    def snowflake(self) -> str | None:
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not is_snowflake(str(self.value)):
            self.refuse("NUMBER_TYPE_COERCE", f'Value "{self.value}" is not snowflake.')
            return None
        return str(self.value)

    def url(self, schemes: Collection[str], maximum: int = 2048) -> str | None:
        value = self.text(maximum)
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.scheme or not (parts.netloc or parts.path):
            self.refuse("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif parts.scheme not in schemes:
            listed = ", ".join(f"'{scheme}'" for scheme in sorted(schemes))
            message = f'Scheme "{parts.scheme}" must be one of ({listed}).'
            self.refuse("URL_TYPE_INVALID_SCHEME", message)
        return value

    def pairs(self) -> "Iterator[tuple[str, Field]]":
        """The keys of this object with their values."""
        if self.is_object():
            for key, value in cast("Json", self.value).items():
                yield key, Field(value, self.problems, (*self.path, key))
