import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media import joined, shifted

SRT = "1\n00:00:00,000 --> 00:00:02,500\nHello\nthere\n\n2\n00:00:03,000 --> 00:00:04,000\nYou\n\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:02.500 align:start\nHello\n\nname\n59:58.000 --> 59:59.000\nYou\n"


def test_srt_is_shifted_and_nothing_else_is_touched() -> None:
    assert shifted(SRT, 3600.25) == SRT.replace(
        "00:00:00,000 --> 00:00:02,500", "01:00:00,250 --> 01:00:02,750"
    ).replace("00:00:03,000 --> 00:00:04,000", "01:00:03,250 --> 01:00:04,250")


def test_vtt_gets_hours_where_it_needs_them_and_keeps_its_settings() -> None:
    said = shifted(VTT, 2)

    assert "00:02.000 --> 00:04.500 align:start\n" in said
    assert "01:00:00.000 --> 01:00:01.000\n" in said


def test_srt_pieces_become_one_file_counted_through() -> None:
    assert joined([(0, SRT), (60, ""), (90.5, SRT)]) == (
        "1\n00:00:00,000 --> 00:00:02,500\nHello\nthere\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\nYou\n\n"
        "3\n00:01:30,500 --> 00:01:33,000\nHello\nthere\n\n"
        "4\n00:01:33,500 --> 00:01:34,500\nYou\n"
    )


def test_vtt_pieces_share_the_header_of_the_first() -> None:
    first = "WEBVTT - a title\n\nSTYLE\n::cue {}\n\n00:01.000 --> 00:02.000\nOne\n"

    said = joined([(0, first), (10, "WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000\nTwo\n")])

    assert said == f"{first}\n00:11.000 --> 00:12.000\nTwo\n"


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
def test_any_line_ending_and_a_byte_order_mark_are_understood(ending: str) -> None:
    wild = "\ufeff" + SRT.replace("\n", ending)

    assert joined([(0, wild)]) == joined([(0, SRT)])


def test_silence_alone_is_still_a_file() -> None:
    assert joined([(0, "WEBVTT\n\n"), (10, "WEBVTT\n")]) == "WEBVTT\n"
    assert joined([(0, ""), (10, "")]) == "\n"


@given(start=st.integers(0, 10**7), later=st.integers(0, 10**7))
def test_shifting_twice_is_shifting_once(start: int, later: int) -> None:
    assert shifted(shifted(SRT, start / 1000), later / 1000) == shifted(SRT, (start + later) / 1000)


@given(st.text())
def test_what_is_no_subtitle_stays_as_it_is(text: str) -> None:
    quiet = text.replace("-->", "").replace("\r", "")

    assert shifted(quiet, 5) == quiet
