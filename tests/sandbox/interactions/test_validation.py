"""Bodies of messages and forms that Discord refuses, and some that it takes."""

from typing import Any

import pytest

from sandbox.discord.errors import ApiError
from sandbox.discord.validation import validate_message, validate_modal

Json = dict[str, Any]
V2 = 1 << 15
BUTTON: Json = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
SELECT: Json = {"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}]}
TEXT: Json = {"type": 10, "content": "words"}
INPUT: Json = {"type": 4, "custom_id": "i", "style": 1}


def row(*children: Json) -> Json:
    return {"components": [{"type": 1, "components": list(children)}]}


def v2(*components: Json) -> Json:
    return {"flags": V2, "components": list(components)}


def word(error: ApiError, path: str) -> str:
    assert (error.status, error.code) == (400, 50035)
    assert error.errors is not None
    node: Any = error.errors
    for step in path.split("/"):
        node = node[step]
    return node["_errors"][0]["code"]


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        ({"content": 5}, "content", "STRING_TYPE_CONVERT"),
        ({"embeds": {}}, "embeds", "LIST_TYPE_CONVERT"),
        ({"embeds": [{}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4097}]}, "embeds/0/description", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"fields": [{"name": "a"}]}]}, "embeds/0/fields/0/value",
         "BASE_TYPE_REQUIRED"),
        ({"embeds": [{"url": "ftp://a"}]}, "embeds/0/url", "URL_TYPE_INVALID_SCHEME"),
        ({"embeds": [{"timestamp": "today"}]}, "embeds/0/timestamp", "DATE_TIME_TYPE_PARSE"),
        ({"allowed_mentions": {"parse": ["users"], "users": ["1"]}}, "allowed_mentions",
         "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"),
        ({"allowed_mentions": {"parse": ["all"]}}, "allowed_mentions/parse/0", "BASE_TYPE_CHOICES"),
        ({"nonce": "x" * 26}, "nonce", "BASE_TYPE_MAX_LENGTH"),
        ({"poll": {"question": {"text": "?"}, "answers": []}}, "poll/answers",
         "BASE_TYPE_REQUIRED"),
        (row(*[BUTTON | {"custom_id": f"{n}"} for n in range(6)]), "components/0/components",
         "BASE_TYPE_BAD_LENGTH"),
        (row(BUTTON | {"label": "x" * 81}), "components/0/components/0/label",
         "BASE_TYPE_MAX_LENGTH"),
        (row(BUTTON | {"custom_id": "x" * 101}), "components/0/components/0/custom_id",
         "BASE_TYPE_BAD_LENGTH"),
        (row(BUTTON | {"url": "https://a.example"}), "components/0/components/0/url",
         "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"),
        (row({"type": 2, "style": 5, "label": "Go"}), "components/0/components/0/url",
         "BASE_TYPE_REQUIRED"),
        (row({"type": 2, "style": 1, "custom_id": "go"}), "components/0/components/0",
         "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED"),
        (row(SELECT, BUTTON), "components/0/components/1", "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        (row(SELECT | {"options": []}), "components/0/components/0/options", "BASE_TYPE_REQUIRED"),
        (row(SELECT | {"options": SELECT["options"] * 2}),
         "components/0/components/0/options/1/value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"),
        (row(SELECT | {"max_values": 2}), "components/0/components/0/max_values",
         "BASE_TYPE_MAX_VALUE"),
        (row(SELECT | {"min_values": 26}), "components/0/components/0/min_values",
         "NUMBER_TYPE_MAX"),
        (row(TEXT), "components/0/components/0/type", "UNION_TYPE_CHOICES"),
        ({"components": [TEXT]}, "components/0/type", "UNION_TYPE_CHOICES"),
        (v2(*[TEXT] * 41), "components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"),
        (v2(TEXT | {"content": "x" * 2001}, TEXT | {"content": "x" * 2000}), "components",
         "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
        (v2(TEXT | {"id": 3}, TEXT | {"id": 3}), "components/1/id", "COMPONENT_ID_DUPLICATED"),
        (v2({"type": 17, "components": [{"type": 17, "components": [TEXT]}]}),
         "components/0/components/0/type", "UNION_TYPE_CHOICES"),
        (v2({"type": 9, "components": [TEXT]}), "components/0/accessory", "BASE_TYPE_REQUIRED"),
        (v2({"type": 9, "components": [TEXT] * 4, "accessory": BUTTON}), "components/0/components",
         "BASE_TYPE_BAD_LENGTH"),
        (v2({"type": 13, "file": {"url": "https://a.example/f"}}), "components/0/file/url",
         "URL_TYPE_INVALID_SCHEME"),
        (v2({"type": 13, "file": {"url": "attachment://none.txt"}}), "components/0/file/url",
         "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"),
        (v2({"type": 12, "items": []}), "components/0/items", "BASE_TYPE_REQUIRED"),
        (v2(TEXT) | {"embeds": [{"title": "x"}]}, "embeds",
         "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    ],
)  # fmt: skip
def test_a_message_is_refused_at_the_place_that_is_wrong(
    body: Json, path: str, expected: str
) -> None:
    with pytest.raises(ApiError) as refused:
        validate_message(body, files={})

    assert word(refused.value, path) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000, "embeds": None, "tts": False, "nonce": 5},
        {"embeds": [{"description": "x" * 4096}, {"description": "x" * 1904}]},
        row(*[BUTTON | {"custom_id": f"{n}"} for n in range(5)]),
        row({"type": 2, "style": 5, "label": "Go", "url": "https://a.example"}),
        row({"type": 5, "custom_id": "u", "max_values": 25}),
        v2({"type": 17, "components": [TEXT, {"type": 14}, row(BUTTON)["components"][0]]}),
        v2({"type": 13, "file": {"url": "attachment://a.txt"}}),
        {"flags": 1 << 12, "attachments": [{"id": "0", "filename": "a.txt"}]},
    ],
)
def test_what_is_within_the_limits_is_taken(body: Json) -> None:
    validate_message(body, files={0: "a.txt"})


def test_a_message_with_nothing_in_it_has_a_code_of_its_own() -> None:
    with pytest.raises(ApiError) as refused:
        validate_message({"content": "  ", "tts": True}, files={})

    assert refused.value.code == 50006


def form(*rows: Json, **changed: Any) -> Json:
    return {"title": "Title", "custom_id": "form", "components": list(rows)} | changed


def label(control: Json) -> Json:
    return {"type": 18, "label": "Label", "component": control}


OPTIONS = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
ROW = {"type": 1, "components": [INPUT | {"label": "Text"}]}


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        (form(ROW, title="x" * 46), "title", "BASE_TYPE_BAD_LENGTH"),
        (form(), "components", "BASE_TYPE_REQUIRED"),
        (form(*[TEXT] * 6), "components", "BASE_TYPE_BAD_LENGTH"),
        (form(ROW, ROW), "components/1/components/0/custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"),
        (form({"type": 1, "components": [INPUT]}), "components/0/components/0/label",
         "BASE_TYPE_REQUIRED"),
        (form({"type": 1, "components": [BUTTON]}), "components/0/components/0/type",
         "BASE_TYPE_CHOICES"),
        (form(label(INPUT | {"max_length": 4001})), "components/0/component/max_length",
         "NUMBER_TYPE_MAX"),
        (form(label(INPUT | {"value": "xx", "max_length": 1})), "components/0/component/value",
         "BASE_TYPE_MAX_LENGTH"),
        (form(label(INPUT | {"min_length": 3, "max_length": 2})),
         "components/0/component/min_length", "TEXT_INPUT_LENGTHS"),
        (form(label({"type": 19, "custom_id": "f", "max_values": 11})),
         "components/0/component/max_values", "NUMBER_TYPE_MAX"),
        (form(label({"type": 21, "custom_id": "r", "options": OPTIONS[:1]})),
         "components/0/component/options", "BASE_TYPE_BAD_LENGTH"),
        (form(label({"type": 21, "custom_id": "r",
                     "options": [one | {"default": True} for one in OPTIONS]})),
         "components/0/component/options", "RADIO_GROUP_DEFAULTS"),
        (form(label({"type": 22, "custom_id": "c", "options": OPTIONS, "min_values": 0})),
         "components/0/component/required", "COMPONENT_REQUIRED_MIN_VALUES"),
        (form(label(SELECT | {"disabled": True})), "components/0/component/disabled",
         "MODAL_COMPONENT_DISABLED"),
        (form({"type": 18, "label": "x" * 46, "component": INPUT}), "components/0/label",
         "BASE_TYPE_BAD_LENGTH"),
    ],
)  # fmt: skip
def test_a_form_is_refused_at_the_place_that_is_wrong(body: Json, path: str, expected: str) -> None:
    with pytest.raises(ApiError) as refused:
        validate_modal(body)

    assert word(refused.value, path) == expected


def test_a_form_with_one_of_each_is_taken() -> None:
    validate_modal(
        form(
            TEXT,
            label(INPUT),
            label(SELECT),
            label({"type": 19, "custom_id": "f", "required": False, "min_values": 0}),
            label({"type": 23, "custom_id": "c", "default": True}),
        )
    )
