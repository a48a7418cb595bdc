"""Components of messages: rows of buttons and selects, and the layouts of Components V2."""

from collections.abc import Collection
from typing import cast

from sandbox.discord.validation.controls import (
    BUTTON,
    SELECTS,
    Uniqueness,
    check_button,
    check_select,
)
from sandbox.discord.validation.fields import Field, Json

ACTION_ROW, SECTION, TEXT_DISPLAY, THUMBNAIL = 1, 9, 10, 11
MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER = 12, 13, 14, 17
IN_CONTAINER = {ACTION_ROW, SECTION, TEXT_DISPLAY, MEDIA_GALLERY, FILE, SEPARATOR}
MAX_ROWS = 5
MAX_ROW_WIDTH = 5
MAX_COMPONENTS = 40  # in a V2 message, nested ones counted
MAX_TEXT = 4000  # over all text displays of a V2 message


class MessageComponents:
    """Checks the components of one message; `files` are the names that may be referred to."""

    def __init__(self, *, v2: bool, files: Collection[str]) -> None:
        self._v2 = v2
        self._files = files
        self._seen = Uniqueness()
        self._text = 0

    def check(self, components: Field) -> None:
        if not self._v2:
            for row in components.items(MAX_ROWS):
                self._check_top(row, {ACTION_ROW})
            return
        for component in components.items():
            self._check_top(component, IN_CONTAINER | {CONTAINER})
        if count_components(components.value) > MAX_COMPONENTS:
            message = f"The maximum number of components is {MAX_COMPONENTS}"
            components.refuse("COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message)
        if self._text > MAX_TEXT:
            message = f"Displayable text size exceeds maximum size of {MAX_TEXT}"
            components.refuse("COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)

    def _check_top(self, component: Field, allowed: Collection[int]) -> None:
        if not component.is_object() or not component.at("type").required():
            return
        kind = component.at("type").integer()
        if kind is None or kind not in allowed:
            listed = ", ".join(str(known) for known in sorted(allowed))
            message = f'Value of field "type" must be one of ({listed}).'
            component.at("type").refuse("UNION_TYPE_CHOICES", message)
            return
        self._seen.number(component.at("id"))
        self._check_kind(component, kind)

    def _check_kind(self, component: Field, kind: int) -> None:
        match kind:
            case 1:
                self._check_row(component)
            case 9:
                self._check_section(component)
            case 10:
                self._check_text(component)
            case 12:
                for item in required_items(component.at("items"), 10):
                    self._check_media(item, item.at("media"))
                    item.at("description").text(1024, minimum=1)
            case 13:
                self._check_media(component, component.at("file"), uploaded=True)
            case 14:
                component.at("divider").boolean()
                component.at("spacing").one_of({1, 2})
            case _:
                component.at("accent_color").integer(0, 0xFFFFFF)
                component.at("spoiler").boolean()
                for child in required_items(component.at("components")):
                    self._check_top(child, IN_CONTAINER)

    def _check_row(self, row: Field) -> None:
        width = 0
        for child in required_items(row.at("components"), MAX_ROW_WIDTH):
            if not child.is_object() or not child.at("type").required():
                continue
            kind = child.at("type").integer()
            if kind is None or kind not in SELECTS | {BUTTON}:
                message = 'Value of field "type" must be one of (2, 3, 5, 6, 7, 8).'
                child.at("type").refuse("UNION_TYPE_CHOICES", message)
                continue
            self._seen.number(child.at("id"))
            width += 1 if kind == BUTTON else MAX_ROW_WIDTH
            if width > MAX_ROW_WIDTH:
                message = "The specified component exceeds the maximum width"
                child.refuse("COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
            if kind == BUTTON:
                check_button(child, self._seen)
            else:
                check_select(child, kind, self._seen)

    def _check_section(self, section: Field) -> None:
        for child in required_items(section.at("components"), 3):
            if child.is_object() and child.at("type").one_of({TEXT_DISPLAY}) is not None:
                self._seen.number(child.at("id"))
                self._check_text(child)
        accessory = section.at("accessory")
        if not accessory.required() or not accessory.is_object():
            return
        kind = accessory.at("type").one_of({BUTTON, THUMBNAIL})
        self._seen.number(accessory.at("id"))
        if kind == BUTTON:
            check_button(accessory, self._seen)
        elif kind == THUMBNAIL:
            self._check_media(accessory, accessory.at("media"))
            accessory.at("description").text(1024, minimum=1)

    def _check_text(self, display: Field) -> None:
        if display.at("content").required():
            content = display.at("content").text(MAX_TEXT, minimum=1)
            self._text += len(content or "")

    def _check_media(self, owner: Field, media: Field, *, uploaded: bool = False) -> None:
        """Media by URL, or by attachment://name of a file that comes with the message."""
        owner.at("spoiler").boolean()
        if not media.required() or not media.is_object() or not media.at("url").required():
            return
        schemes = ("attachment",) if uploaded else ("http", "https", "attachment")
        url = media.at("url").url(schemes)
        if url is not None and url.startswith("attachment://"):
            name = url.removeprefix("attachment://")
            if name not in self._files:
                message = f"The referenced attachment {name} was not found"
                media.at("url").refuse(
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message
                )


def required_items(field: Field, maximum: int | None = None) -> list[Field]:
    field.required()
    return field.items(maximum, minimum=1)


def count_components(components: object) -> int:
    """Components of a body, the nested ones and accessories too."""
    if not isinstance(components, list):
        return 0
    total = 0
    for component in cast("list[object]", components):
        if isinstance(component, dict):
            found = cast("Json", component)
            total += 1 + count_components(found.get("components"))
            total += 1 if isinstance(found.get("accessory"), dict) else 0
    return total
