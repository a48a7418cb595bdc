"""The locales Discord knows: reference, Locales."""

import re
import unicodedata

from sandbox.discord.validation.fields import Field

LOCALES = frozenset(
    [
        "ar",
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en-GB",
        "en-US",
        "es-419",
        "es-ES",
        "fi",
        "fr",
        "he",
        "hi",
        "hr",
        "hu",
        "id",
        "it",
        "ja",
        "ko",
        "lt",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "ru",
        "sv-SE",
        "th",
        "tr",
        "uk",
        "vi",
        "zh-CN",
        "zh-TW",
    ]
)
# Devanagari and Thai write vowels as marks, which \p{L} does not hold: Discord adds both scripts
DEVANAGARI_AND_THAI = re.compile(
    "[\u0900-\u0950\u0955-\u0963\u0966-\u097f\ua8e0-\ua8ff\u0e01-\u0e3a\u0e40-\u0e5b]"
)
MAX_NAME = 32


def valid_name(name: str) -> bool:
    r"""Discord's `^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`; Python's re has no \p."""
    return 1 <= len(name) <= MAX_NAME and all(
        letter in "-_'"
        or unicodedata.category(letter)[0] in "LN"
        or DEVANAGARI_AND_THAI.match(letter) is not None
        for letter in name
    )


def check_localizations(field: Field, maximum: int) -> None:
    """A mapping of known locales to texts of 1 to `maximum` characters."""
    for locale, text in field.pairs():
        if locale not in LOCALES:
            listed = ", ".join(f"'{known}'" for known in sorted(LOCALES))
            field.refuse("ENUM_TYPE_COERCE", f'Value "{locale}" is not one of ({listed}).')
        elif text.required():
            text.text(maximum, minimum=1)
