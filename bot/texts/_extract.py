"""Finds what is to be translated in source code.

It reads the syntax tree, which Babel's own extraction does not: half of the sentences are in no
call, since what a command says about itself stands in its docstring, where discord.py reads it.
"""

import ast
import inspect
from collections.abc import Iterator

Found = str | tuple[str, str]
"""A sentence, or its singular and plural."""

_TEXTS = frozenset({"texts", "_texts", "N_"})
_COMMANDS = frozenset({"command", "context_menu"})
_GROUPS = frozenset({"GroupCog", "Group"})


def extract(source: bytes) -> Iterator[Found]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call():
                yield from _in_call(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if any(_is_command(each) for each in node.decorator_list):
                    yield from _docstring(node)
            case ast.ClassDef():
                if any(_name(base) in _GROUPS for base in node.bases):
                    yield from _docstring(node)
            case _:
                pass


def _in_call(call: ast.Call) -> Iterator[Found]:
    name = _name(call.func)
    first = _literals(call.args[0]) if call.args else []
    if name == "plural" and first and len(call.args) > 1:
        yield from zip(first, _literals(call.args[1]), strict=False)
    elif _is_texts(call.func):
        yield from first
    elif name == "describe":
        yield from _keywords(call)
    elif name in ("Choice", "context_menu", "ContextMenu", "locale_str"):
        yield from _keywords(call, only="name")
        if name == "locale_str":
            yield from first
    elif name in _GROUPS or name in _COMMANDS:
        yield from _keywords(call, only="description")


def _keywords(call: ast.Call, only: str | None = None) -> Iterator[Found]:
    for keyword in call.keywords:
        if only in (None, keyword.arg):
            yield from _literals(keyword.value)


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Found]:
    """The first paragraph on one line, as discord.py takes it for a description."""
    text = ast.get_docstring(node)
    if text:
        yield " ".join(inspect.cleandoc(text).split("\n\n")[0].split())


def _is_texts(function: ast.expr) -> bool:
    """`texts(...)` and `self._texts(...)`; of `texts_for(...)(...)` the second call only."""
    if isinstance(function, ast.Call):
        return _name(function) == "texts_for"
    return _name(function) in _TEXTS


def _is_command(decorator: ast.expr) -> bool:
    return _name(decorator.func if isinstance(decorator, ast.Call) else decorator) in _COMMANDS


def _name(node: ast.expr) -> str:
    """`c` of `a.b.c`, of `c` and of `c[X]`; the name of what is called in `c(...)(...)`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _name(inner)
        case _:
            return ""


def _literals(node: ast.expr) -> list[str]:
    """The text of a literal, or the two of `"a" if x else "b"`; nothing for anything else."""
    match node:
        case ast.Constant(value=str(text)) if text:
            return [text]
        case ast.IfExp(body=body, orelse=orelse):
            return _literals(body) + _literals(orelse)
        case ast.Call(args=[inner, *_]) if _name(node.func) in ("locale_str", "N_"):
            return _literals(inner)
        case _:
            return []
