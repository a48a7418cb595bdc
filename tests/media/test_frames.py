"""What the bot believes of what a worker writes: nothing that is not a message."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media._frames import (
    LENGTH,
    MAX_BLOBS,
    MAX_HEADER,
    FrameError,
    Message,
    head_of,
    header_of,
    length_of,
)


def test_a_message_arrives_as_it_was_sent() -> None:
    head = head_of(Message({"job": "x", "sizes": [1]}, [b"one", b""]))

    assert length_of(head[:LENGTH]) == len(head) - LENGTH
    assert header_of(head[LENGTH:]) == ({"job": "x", "sizes": [1]}, [3, 0])


@pytest.mark.parametrize(
    "header",
    [
        *({}, [], None, 1, {"facts": {}}, {"facts": [], "sizes": None}, {"facts": 1, "sizes": []}),
        *({"facts": {}, "sizes": [-1]}, {"facts": {}, "sizes": [MAX_BLOBS, 1]}),
    ],
)
def test_other_json_is_refused(header: object) -> None:
    with pytest.raises(FrameError):
        header_of(json.dumps(header).encode())


def test_a_header_over_its_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(FrameError):
        length_of((MAX_HEADER + 1).to_bytes(LENGTH, "big"))


@given(st.binary() | st.just(b"[" * 100_000))
def test_no_bytes_whatever_do_more_than_be_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        header_of(data)
