"""The catalogues as files: filled from the source code, and checked against it."""

import io
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import cast

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.texts._extract import extract
from bot.texts._texts import CATALOGUES, LOCALES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("bot", "cogs")
SILENT = ("bot/cli", "bot/texts")
"""The command line speaks plain English, and this package only about itself."""
_HEADER = """\
msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""  # Babel's own has dates in it, which would change with every run


def extracted(root: Path = ROOT) -> Catalog:
    """Every sentence of the code, with the files it is in."""
    found = Catalog()
    for path in sorted(path for source in SOURCES for path in (root / source).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(SILENT):
            for message in extract(path.read_bytes()):
                found.add(message, locations=[(name, 0)])
    return found


def kept(locale: str, folder: Path = LOCALES) -> Catalog:
    with (folder / f"{locale}.po").open("rb") as file:
        return read_po(file, locale=locale)


def update(root: Path = ROOT, folder: Path = LOCALES) -> None:
    """Add new sentences, empty, or with the nearest old translation marked fuzzy; drop old ones."""
    found = extracted(root)
    for locale in CATALOGUES.values():
        catalogue = kept(locale, folder)
        for message in catalogue:
            if not message.fuzzy:  # what it was before, Babel reads back as a comment
                message.user_comments = [
                    each for each in message.user_comments if not each.startswith("|")
                ]
        catalogue.update(found, update_creation_date=False)
        written = io.BytesIO()
        write_po(
            written,
            catalogue,
            width=100,
            omit_header=True,
            sort_output=True,
            ignore_obsolete=True,
            include_previous=True,
            include_lineno=False,
        )
        header = _HEADER.format(locale=locale)
        (folder / f"{locale}.po").write_bytes(header.encode() + written.getvalue())


def problems(root: Path = ROOT, folder: Path = LOCALES) -> Iterator[str]:
    """What keeps the catalogues from being complete and right, a line each."""
    wanted = {_forms(message.id) for message in extracted(root) if message.id}
    for locale in CATALOGUES.values():
        catalogue = kept(locale, folder)
        there = {_forms(message.id): message for message in catalogue if message.id}
        yield from (f"{locale}: not collected: {each[0]!r}" for each in wanted - there.keys())
        yield from (f"{locale}: no longer said: {each[0]!r}" for each in there.keys() - wanted)
        yield from (f"{locale}: obsolete: {each!r}" for each in catalogue.obsolete)
        for forms, message in there.items():
            if wrong := _wrong(forms, message):
                yield f"{locale}: {wrong}: {forms[0]!r}"


def _wrong(original: tuple[str, ...], message: Message) -> str | None:
    translated = _forms(message.string)
    if message.fuzzy:
        return "fuzzy"
    if not all(translated):
        return "missing"
    # A singular may leave its number out; the only Chinese form stands for the plural.
    if any(_fields(form) != _fields(original[-1]) for form in translated):
        return "other fields"
    return None


def _forms(text: object) -> tuple[str, ...]:
    """Singular and plural, or just the one."""
    if isinstance(text, list | tuple):
        return tuple(f"{form or ''}" for form in cast("tuple[object, ...]", text))
    return (f"{text or ''}",)


def _fields(text: str) -> set[str]:
    """Names of the {fields}; a text that cannot be formatted has one impossible field."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {text}
