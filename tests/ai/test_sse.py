import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ai._sse import MAX_EVENT_BYTES, Event, EventParser, EventTooLargeError

LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
PAYLOADS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5)


def parsed(*pieces: bytes) -> list[Event]:
    parser = EventParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events + parser.close()


def cut(raw: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted(place % (len(raw) + 1) for place in at), len(raw)]
    return [raw[start:end] for start, end in pairwise(places)]


@given(
    PAYLOADS,
    LINE_ENDS,
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from([b"data:", b"data: "]),
    st.lists(st.integers(0, 10_000)),
)
def test_events_are_whole_wherever_the_bytes_were_cut(
    texts: list[str], end: bytes, bom: bytes, field: bytes, at: list[int]
) -> None:
    payloads = [json.dumps({"content": text}, ensure_ascii=False).encode() for text in texts]
    raw = bom + b"".join(
        b": comment" + end + b"id: 1" + end + field + payload + end + end for payload in payloads
    )

    events = parsed(*cut(raw, at))

    assert [event.data for event in events] == payloads


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_any_bytes_give_the_same_events_in_one_piece_and_in_many(raw: bytes, at: list[int]) -> None:
    assert parsed(*cut(raw, at)) == parsed(raw)


@given(PAYLOADS, LINE_ENDS)
def test_data_over_several_lines_is_joined_by_line_feeds(texts: list[str], end: bytes) -> None:
    lines = [text.replace("\r", "").replace("\n", "").encode() for text in texts]

    [event] = parsed(b"event: delta" + end + b"".join(b"data: " + li + end for li in lines) + end)

    assert event == Event(b"delta", b"\n".join(lines))


def test_a_name_without_data_is_no_event_and_does_not_leak_into_the_next() -> None:
    assert parsed(b"event: error\n\ndata: 1\n\n") == [Event(b"", b"1")]


def test_an_event_comes_out_as_soon_as_its_blank_line_is_there_even_with_bare_cr() -> None:
    assert EventParser().feed(b"data: 1\r\r") == [Event(b"", b"1")]


def test_the_last_event_needs_no_blank_line() -> None:
    assert parsed(b"data: 1\n\ndata: 2") == [Event(b"", b"1"), Event(b"", b"2")]


@pytest.mark.parametrize("line", [b"x" * 1024, b"data: %b\n" % (b"x" * 1024)])
def test_an_event_without_end_is_refused_before_it_fills_the_memory(line: bytes) -> None:
    parser = EventParser()
    piece = line * 1024

    pieces = (parser.feed(piece) for _ in range(MAX_EVENT_BYTES // 1024 // 1024 + 1))

    with pytest.raises(EventTooLargeError):
        list(pieces)
