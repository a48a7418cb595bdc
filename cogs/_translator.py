"""What commands say about themselves, in every language there is."""

from discord import Locale
from discord.app_commands import (
    ContextMenu,
    TranslationContextLocation,
    TranslationContextTypes,
    locale_str,
)
from discord.app_commands import (
    Translator as BaseTranslator,
)
from typing_extensions import override

from bot.texts import LANGUAGES, N_, texts_for

# Command and option names stay English: they are what people type and programs depend on.
# Menus are chosen, not typed, and have no descriptions.
TRANSLATED = frozenset(
    {
        TranslationContextLocation.command_description,
        TranslationContextLocation.group_description,
        TranslationContextLocation.parameter_description,
        TranslationContextLocation.choice_name,
    }
)

# Choices are named by the API's own words; here is where their translations are collected.
CHOICES = (
    N_("none"),
    N_("minimal"),
    N_("low"),
    N_("medium"),
    N_("high"),
    N_("xhigh"),
    N_("max"),
    N_("text"),
    N_("auto"),
    N_("opaque"),
    N_("transparent"),
    N_("standard"),
    N_("whole"),
    N_("left"),
    N_("right"),
    N_("top"),
    N_("bottom"),
    N_("centre"),
    N_("border"),
    N_("day"),
    N_("week"),
    N_("month"),
    N_("all"),
)


class Translator(BaseTranslator):
    @override
    async def translate(
        self, string: locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """The sentence in `locale`; None where it is English anyway."""
        menu = isinstance(context.data, ContextMenu)
        if locale.value not in LANGUAGES or not (menu or context.location in TRANSLATED):
            return None
        translated = texts_for(locale.value)(string.message)
        return None if translated == string.message else translated
