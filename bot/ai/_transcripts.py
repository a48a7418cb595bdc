"""Transcripts in every form they are answered in, whichever was asked for."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from bot.ai._chunks import objects, whole_text
from bot.domain.audio import Segment, Transcript, TranscriptFormat, Word

_CUE = re.compile(
    r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
)
_VOICE = re.compile(r"</?[^>]*>")


def from_text(text: str, asked: TranscriptFormat | None) -> Transcript:
    """Of an answer that is no JSON; what it is, its first lines say."""
    form: TranscriptFormat = "text"
    if text.lstrip("\ufeff \n").startswith("WEBVTT"):
        form = "vtt"
    elif _CUE.search(text[:400]) and asked != "text":
        form = "srt"
    if form == "text":
        words = text.strip()
        return Transcript(text=words, document=words, format="text")
    segments = tuple(_cues(text))
    return Transcript(
        text=" ".join(each.text for each in segments),
        document=text,
        format=form,
        duration_s=segments[-1].end if segments else None,
        segments=segments,
    )


def from_fields(fields: Mapping[str, Any], asked: TranscriptFormat | None) -> Transcript:
    """Of an answer that is JSON. Subtitles that were asked for are made of its segments."""
    text = whole_text(_word(fields.get("text")))
    if asked in ("srt", "vtt") and (_CUE.search(text[:400]) or text.startswith("WEBVTT")):
        return from_text(text, asked)  # subtitles within JSON
    segments = tuple(_segments(fields.get("segments")))
    words = tuple(_words(fields.get("words")))
    if not text:
        text = " ".join(each.text for each in segments)
    text = text.strip()
    form: TranscriptFormat = (
        "diarized_json"
        if any(each.speaker for each in segments)
        else "verbose_json"
        if segments or words
        else "json"
    )
    document = orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode()
    if asked == "text":
        form, document = "text", text
    elif asked in ("srt", "vtt") and segments:
        form, document = asked, subtitles(segments, asked)
    return Transcript(
        text=text,
        document=document,
        format=form,
        language=_language(fields),
        duration_s=_seconds(fields.get("duration")) or _billed(fields),
        segments=segments,
        words=words,
    )


def subtitles(segments: Iterable[Segment], form: str) -> str:
    """SubRip or WebVTT."""
    point = "," if form == "srt" else "."
    cues = "".join(
        (f"{number}\n" if form == "srt" else "")
        + f"{_stamp(each.start, point)} --> {_stamp(each.end, point)}\n{each.text.strip()}\n\n"
        for number, each in enumerate(segments, 1)
    )
    return cues if form == "srt" else f"WEBVTT\n\n{cues}"


def segment_of(item: Mapping[str, Any]) -> Segment | None:
    start, end = _seconds(item.get("start")), _seconds(item.get("end"))
    if start is None or end is None:
        return None
    speaker = item.get("speaker")
    return Segment(
        start=start,
        end=end,
        text=whole_text(_word(item.get("text"))).strip(),
        speaker=speaker if isinstance(speaker, str) and speaker else None,
    )


def _segments(value: object) -> Iterable[Segment]:
    return (found for item in objects(value) if (found := segment_of(item)) is not None)


def _words(value: object) -> Iterable[Word]:
    for item in objects(value):
        start, end = _seconds(item.get("start")), _seconds(item.get("end"))
        if start is not None and end is not None:
            yield Word(start=start, end=end, word=whole_text(_word(item.get("word"))))


def _cues(text: str) -> Iterable[Segment]:
    for block in re.split(r"\r?\n\s*\r?\n", text):
        if (found := _CUE.search(block)) is None:
            continue
        times = [int(part or 0) for part in found.groups()]
        said = " ".join(_VOICE.sub("", block[found.end() :].partition("\n")[2]).split())
        yield Segment(start=_moment(times[:4]), end=_moment(times[4:]), text=said)


def _moment(parts: list[int]) -> float:
    hours, minutes, seconds, thousandths = parts
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _stamp(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{thousandths:03}"


def _seconds(value: object) -> float | None:
    """Seconds; OpenAI once sent the duration as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None  # noqa: PLR2004  neither NaN nor for ever


def _billed(fields: Mapping[str, Any]) -> float | None:
    match fields.get("usage"):
        case {"seconds": int() | float() as seconds}:
            return float(seconds)
        case _:
            return None


def _language(fields: Mapping[str, Any]) -> str | None:
    match fields:
        case {"language": str(name)} if name:
            return name
        case {"languages": [{"code": str(code)}, *_]}:
            return code
        case {"languages": [str(code), *_]}:
            return code
        case _:
            return None


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
