import pytest

from bot.texts import LANGUAGES, texts_for


@pytest.mark.parametrize(
    ("discord_locale", "language"),
    [
        ("en-US", "en-US"),
        ("en-GB", "en-US"),
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("fr", "en-US"),
    ],
)
def test_each_of_discords_locales_has_a_language(discord_locale: str, language: str) -> None:
    assert texts_for(discord_locale).locale == language


def test_the_three_languages_say_the_same_thing_differently() -> None:
    said = {
        texts_for(locale)("This has expired. Please use the command again.") for locale in LANGUAGES
    }

    assert len(said) == len(LANGUAGES)


def test_fields_are_filled_in_and_braces_stay_where_nothing_is_given() -> None:
    texts = texts_for("en-US")

    assert texts("Stopped by {name}.", name="Ada {x}") == "Stopped by Ada {x}."
    assert texts('JSON such as {"50256": -100}') == 'JSON such as {"50256": -100}'


@pytest.mark.parametrize(("n", "expected"), [(0, "0 days"), (1, "One day"), (2, "2 days")])
def test_english_has_two_forms(n: int, expected: str) -> None:
    assert texts_for("en-US").plural("One day", "{n} days", n) == expected


def test_a_sentence_nobody_translated_is_said_in_english() -> None:
    assert texts_for("zh-TW")("never translated") == "never translated"
    assert texts_for("zh-TW").plural("One {thing}", "{n} {thing}s", 2, thing="x") == "2 xs"
