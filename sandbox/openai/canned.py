"""What the sandbox says when nobody scripted it: that it is the sandbox, and a word about the ask.

Words in the question shape the answer, so that people can try how a client shows it:

    long       about 6,000 characters of numbered paragraphs
    code       a fenced block of Python
    table      a table in Markdown
    list       a list with bullets
    unicode    several scripts, emoji of many code points, right-to-left text
    fence      a fenced block of 3,000 characters, longer than one Discord message
    ping       @everyone and a user mention, which a client must not let ring
    empty      nothing at all
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

PREFACE = "This is the sandbox answering, not a model"
_QUOTED = 200
_DEPTH = 12  # of a schema that refers to itself

_PARAGRAPH = (
    "It is here to be long, so that one can watch text arrive, grow and be split. Nothing in it"
    " means anything; the words are the same each time, and only the number tells the paragraphs"
    " apart, which makes it easy to see whether one of them went missing on its way."
)


def quoted(text: str) -> str:
    """The beginning of it, on one line."""
    line = " ".join(text.split())
    return f"{line[:_QUOTED]}..." if len(line) > _QUOTED else line


def answer(question: str, *, number: int = 1, seen: str = "") -> str:
    """number: which choice of several; seen: what else came with the question."""
    words = set(question.lower().split())
    if "empty" in words:
        return ""
    which = f" (choice {number})" if number > 1 else ""
    more = f" {seen}" if seen else ""
    opening = f"{PREFACE}{which}: you wrote “{quoted(question)}”.{more}"
    parts = [make() for word, make in _SHAPES.items() if word in words]
    return "\n\n".join([opening, *parts])


def completion(prompt: str, *, number: int = 1) -> str:
    which = f", choice {number}" if number > 1 else ""
    return f" [{PREFACE}{which}. It goes on from “{quoted(prompt[-_QUOTED:])}”.]"


def edit(text: str, instruction: str, *, number: int = 1) -> str:
    which = f", choice {number}" if number > 1 else ""
    return f"{text}\n[{PREFACE}{which}; it was asked to: {quoted(instruction)}]\n"


def instance(
    schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 0
) -> Any:
    """A small value for a JSON schema: the first of each choice, texts that say who speaks."""
    root = root or schema
    inner = _inner(schema, root)
    if inner is not None and depth < _DEPTH:
        return instance(inner, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = cast("list[str]", kinds)[0] if isinstance(kinds, list) else str(kinds)
    if kind == "object" and depth < _DEPTH:
        properties = cast("dict[str, Any]", schema.get("properties", {}))
        return {name: instance(each, root, depth + 1) for name, each in properties.items()}
    if kind == "array" and depth < _DEPTH:
        return [instance(schema.get("items", {}), root, depth + 1)]
    plain: dict[str, Any] = {
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 1),
        "boolean": True,
        "null": None,
        "object": {},
        "array": [],
    }
    return plain.get(kind, PREFACE)


def _inner(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema that stands for this one: what it refers to, or its first alternative."""
    if "$ref" in schema:
        return _resolved(str(schema["$ref"]), root)
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return cast("list[dict[str, Any]]", schema[key])[0]
    return None


def json_text(question: str) -> str:
    return json.dumps({"note": PREFACE, "question": quoted(question)}, ensure_ascii=False)


def _resolved(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `#/$defs/x` points at; an empty schema when it points nowhere or at itself."""
    found: Any = root
    for part in filter(None, reference.removeprefix("#").split("/")):
        found = cast("dict[str, Any]", found).get(part, {}) if isinstance(found, dict) else {}
    target = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    return {} if "$ref" in target else target


def _long() -> str:
    return "\n\n".join(f"Paragraph {number}. {_PARAGRAPH}" for number in range(1, 21))


def _code() -> str:
    return (
        "```python\n"
        "def greet(name: str) -> str:\n"
        '    return f"Hello, {name}. This came from the sandbox."\n'
        "\n\n"
        'print(greet("reader"))\n'
        "```"
    )


def _fence() -> str:
    lines = [f"line_{number:03} = {number}  # still inside the fence" for number in range(1, 71)]
    return "```python\n" + "\n".join(lines) + "\n```"


def _table() -> str:
    rows = [
        "| thing | count | note |",
        "|---|---:|---|",
        "| apples | 3 | canned |",
        "| pears | 12 | canned too |",
    ]
    return "\n".join(rows)


def _list() -> str:
    return "- the first thing\n- the second thing\n  - a smaller one under it\n- the last thing"


def _unicode() -> str:
    return (
        "中文、繁體、日本語、한국어; Ελληνικά, Кириллица; "
        "עברית and العربية; 👩‍👩‍👧‍👦 🏳️‍🌈 🇪🇺 e\u0301 ﷽"
    )


def _ping() -> str:
    return "@everyone @here <@80351110224678912> <@&165511591545143296> should ring nobody."


_SHAPES: Mapping[str, Callable[[], str]] = {
    "long": _long,
    "code": _code,
    "fence": _fence,
    "table": _table,
    "list": _list,
    "unicode": _unicode,
    "ping": _ping,
}
