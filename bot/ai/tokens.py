"""How many tokens a text will be, roughly and from above, without a tokenizer to download.

The weights follow from how byte-pair vocabularies of 100,000 to 200,000 entries split text; they
are reasoned, not measured against one. Expect prose to come out at 1 to 2 times its count in any
language, code and tables at up to 2.5 times (every sign counts as a token), and long runs of random
letters (keys, base64), which no vocabulary holds, up to a third too low. What is certain: it is
never below a quarter of the letters, and never above twice the UTF-8 bytes plus 1. The server's own
count replaces it as soon as there is one.
"""

import re
from collections.abc import Iterable
from math import ceil

from bot.domain.chat import ChatMessage, DocumentData, ImageData

IMAGE_TOKENS = 1_600
"""One picture. Its pixels are not known here: gpt-4o takes 85 to 1,445, gpt-5 less, gpt-4.1-mini at
most 2,490; gpt-4o-mini, which bills pictures up to 33 times as high, is the exception."""

MESSAGE_TOKENS = 5
"""Role and separators of one message: 3 to 4 in OpenAI's format, a little more in others."""

ANSWER_TOKENS = 3
"""What opens the answer."""

_LETTERS_PER_TOKEN = 4  # English words average 4 to 5; whole common words are one token
_DIGITS_PER_TOKEN = 3
_ASCII = re.compile(r"[A-Za-z]+|[0-9]+|[^\sA-Za-z0-9\x80-\U0010ffff]|\s{2,}|[\n\t\r]")
_WIDE = (
    (re.compile("[\x80-\u07ff]"), 0.8),  # accents, Cyrillic, Greek, Hebrew, Arabic
    (re.compile("[\u0800-\u2fff\ua000-\uabff\ufb00-\uffff]"), 1.6),  # Indic, Thai, symbols, ZWJ
    (re.compile("[\u3000-\u9fff\uac00-\ufaff]"), 1.3),  # Chinese, Japanese, Korean, surrogates
    (re.compile("[\U00010000-\U0010ffff]"), 3.0),  # emoji, rare ideographs
)


def text_tokens(text: str) -> int:
    """0 for an empty text; never raises, in O(len(text))."""
    ascii_tokens = sum(_ascii_tokens(match[0]) for match in _ASCII.finditer(text))
    if text.isascii():
        return ascii_tokens
    return ascii_tokens + ceil(sum(len(wide.findall(text)) * each for wide, each in _WIDE))


def message_tokens(message: ChatMessage) -> int:
    content = message.content
    parts: Iterable[str | ImageData | DocumentData] = (
        (content,) if isinstance(content, str) else content
    )
    return MESSAGE_TOKENS + sum(map(_part_tokens, parts))


def _part_tokens(part: str | ImageData | DocumentData) -> int:
    match part:
        case str():
            return text_tokens(part)
        case ImageData():
            return IMAGE_TOKENS
        case DocumentData(words=words, pages=pages):  # a model reads the text and sees the pages
            return text_tokens(words) + pages * IMAGE_TOKENS


def request_tokens(messages: Iterable[ChatMessage]) -> int:
    """The prompt as the server will count it, or more."""
    return ANSWER_TOKENS + sum(message_tokens(message) for message in messages)


def _ascii_tokens(piece: str) -> int:
    if piece[0].isalpha():
        return ceil(len(piece) / _LETTERS_PER_TOKEN)
    if piece[0].isdigit():
        return ceil(len(piece) / _DIGITS_PER_TOKEN)
    return ceil(len(piece) / 16) if piece.isspace() else 1  # indentation is few tokens
