import pytest

from bot.domain.errors import OptionError
from cogs._options import logit_bias, stops


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("END", ("END",)),
        ("a|b", ("a", "b")),
        (" a | b ", (" a ", " b ")),
        (r"\n\n|\t", ("\n\n", "\t")),
        (r"a\|b", ("a|b",)),
        (r"\\", ("\\",)),
        (r"\d", (r"\d",)),
        ("ends with \\", ("ends with \\",)),
        ('["a", "b|c"]', ("a", "b|c")),
        ('["\\n"]', ("\n",)),
        ("[END]", ("[END]",)),
        ("🛑", ("🛑",)),
    ],
)
def test_stop_is_a_json_array_or_texts_between_bars(typed: str, texts: tuple[str, ...]) -> None:
    assert stops(typed) == texts


@pytest.mark.parametrize("typed", ["", "|", "a||b", "a|b|c|d|e", "[]", "[1]", '[""]', '["a", 2]'])
def test_a_stop_that_is_empty_or_too_many_is_refused(typed: str) -> None:
    with pytest.raises(OptionError) as refused:
        stops(typed)

    assert refused.value.option == "stop"
    assert refused.value.value == typed


def test_logit_bias_is_a_json_object_of_numbers_by_token() -> None:
    assert logit_bias('{"50256": -100, "11": 2.5}') == {"50256": -100, "11": 2.5}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("50256: -100", "50256: -100"),
        ("[]", "[]"),
        ('{"50256": -101}', '{"50256": -101}'),
        ('{"1": 0, "2": 100.5}', '{"2": 100.5}'),
        ('{"1": NaN}', '{"1": NaN}'),
        ('{"1": Infinity}', '{"1": Infinity}'),
        ('{"1": true}', '{"1": true}'),
        ('{"1": "5"}', '{"1": "5"}'),
        ('{"hello": 1}', '{"hello": 1}'),
        ('{"²": 1}', '{"\\u00b2": 1}'),
        ("[" * 6000, "[" * 6000),
    ],
)
def test_a_wrong_logit_bias_is_named(typed: str, value: str) -> None:
    with pytest.raises(OptionError) as refused:
        logit_bias(typed)

    assert refused.value.option == "logit_bias"
    assert refused.value.value == value


def test_options_that_are_not_given_are_not_sent() -> None:
    assert stops(None) is None
    assert logit_bias(None) is None
