import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ai.tokens import IMAGE_TOKENS, message_tokens, request_tokens, text_tokens
from bot.domain.chat import ChatMessage, ImageData

# What these come to in vocabularies like cl100k and o200k, as published examples show it.
COUNTED = [
    ("Hello, world!", 4),
    ("The quick brown fox jumps over the lazy dog.", 10),
    ("1234567890", 4),
]


@pytest.mark.parametrize(("text", "counted"), COUNTED)
def test_an_estimate_is_not_below_the_count_and_not_far_above(text: str, counted: int) -> None:
    assert counted <= text_tokens(text) <= 2.5 * counted + 2


@given(st.text(st.characters()))
def test_any_text_has_an_estimate_between_none_and_twice_its_bytes(text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))

    assert 0 <= text_tokens(text) <= 2 * size + 1


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.integers(1, 20))
def test_more_of_the_same_is_more(text: str, times: int) -> None:
    assert text_tokens(text * times) >= text_tokens(text)


def test_a_text_of_letters_is_never_below_a_quarter_of_them() -> None:
    assert text_tokens("x" * 1000) >= 250
    assert text_tokens("字" * 1000) >= 1000


def test_pictures_and_messages_have_their_own_price() -> None:
    picture = ImageData(mime="image/png", data=b"")
    plain = ChatMessage(role="user", content="Hi")
    seen = ChatMessage(role="user", content=("Hi", picture))

    assert message_tokens(seen) == message_tokens(plain) + IMAGE_TOKENS
    assert request_tokens((plain, seen)) > message_tokens(plain) + message_tokens(seen)
