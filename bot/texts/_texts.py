import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = {"en-US": "English", "zh-CN": "简体中文", "zh-TW": "繁體中文"}
"""Discord's code of each language there is, and the language's own name for itself."""

CATALOGUES = {"zh-CN": "zh_CN", "zh-TW": "zh_TW"}


class Texts:
    """The sentences of one language; `locale` is one of LANGUAGES."""

    def __init__(self, locale: str, catalogue: gettext.NullTranslations) -> None:
        self.locale = locale
        self._catalogue = catalogue

    def __call__(self, message: str, /, **values: object) -> str:
        """`message` in this language, its {fields} filled in.

        Without values nothing is filled in, so braces then mean themselves.
        """
        translated = self._catalogue.gettext(message)
        return translated.format(**values) if values else translated

    def plural(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        """The form that `n` things take in this language; {n} is the number."""
        return self._catalogue.ngettext(singular, plural, n).format(n=n, **values)


def N_(message: str, /) -> str:  # noqa: N802  gettext's own name for it
    """Mark a sentence for translation without translating it yet."""
    return message


def texts_for(locale: str) -> Texts:
    """The texts for one of Discord's locale codes; English for languages that are not there."""
    return _texts(locale if locale in CATALOGUES else "en-US")


@cache
def _texts(locale: str) -> Texts:
    if locale not in CATALOGUES:
        return Texts(locale, gettext.NullTranslations())
    compiled = io.BytesIO()
    with (LOCALES / f"{CATALOGUES[locale]}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=CATALOGUES[locale]))
    compiled.seek(0)
    return Texts(locale, gettext.GNUTranslations(compiled))
