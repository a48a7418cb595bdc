"""Transcripts of several pieces as one, with the times of the whole recording."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import orjson

from bot.domain.audio import Segment, Transcript, Word
from bot.media import joined as joined_subtitles

SUBTITLES = ("srt", "vtt")
TIMED_JSON = ("verbose_json", "diarized_json")

Piece = tuple[float, Transcript]
"""The second at which it begins, and what was said in it."""


def joined(pieces: Sequence[Piece]) -> Transcript:
    """One transcript of them all.

    Speakers are told apart within a piece only, so later ones are marked with its number: A of the
    second piece may be somebody else than A of the first.
    """
    if len(pieces) == 1:
        return pieces[0][1]
    first = pieces[0][1]
    forms = {each.format for _, each in pieces}
    form = first.format if len(forms) == 1 else "text"
    text = "\n".join(each.text.strip() for _, each in pieces if each.text.strip())
    segments = tuple(
        _segment(segment, start, number)
        for number, (start, each) in enumerate(pieces, 1)
        for segment in each.segments
    )
    words = tuple(_word(word, start) for start, each in pieces for word in each.words)
    whole = Transcript(
        text=text,
        document=text,
        format=form,
        language=first.language,
        duration_s=_until(pieces),
        segments=segments,
        words=words,
    )
    if form in SUBTITLES:
        document = joined_subtitles([(start, each.document) for start, each in pieces])
        return replace(whole, document=document)
    if form in TIMED_JSON:
        return replace(whole, document=_timed_json(whole, pieces))
    if form == "json":
        document = orjson.dumps({"text": text}, option=orjson.OPT_INDENT_2).decode()
        return replace(whole, document=document)
    return whole


def _segment(segment: Segment, start: float, number: int) -> Segment:
    speaker = segment.speaker
    if speaker is not None and number > 1:
        speaker = f"{speaker} ({number})"
    return replace(
        segment,
        start=round(segment.start + start, 3),
        end=round(segment.end + start, 3),
        speaker=speaker,
    )


def _word(word: Word, start: float) -> Word:
    return replace(word, start=round(word.start + start, 3), end=round(word.end + start, 3))


def _until(pieces: Sequence[Piece]) -> float | None:
    start, last = pieces[-1]
    return None if last.duration_s is None else start + last.duration_s


def _timed_json(whole: Transcript, pieces: Sequence[Piece]) -> str:
    """The server's own objects, with their times and numbers put right."""
    answers = [_object(each.document) for _, each in pieces]
    segments: list[Any] = []
    words: list[Any] = []
    marks = iter(whole.segments)
    for (start, _), answer in zip(pieces, answers, strict=True):
        for item in _objects(answer.get("segments")):
            mark = next(marks, None)
            number = {"id": len(segments)} if isinstance(item.get("id"), int) else {}
            speaker = {"speaker": mark.speaker} if mark and mark.speaker else {}
            segments.append({**_later(item, start), **number, **speaker})
        words += [_later(item, start) for item in _objects(answer.get("words"))]
    made = {
        **answers[0],
        "text": whole.text,
        **({} if whole.duration_s is None else {"duration": round(whole.duration_s, 3)}),
        **({"segments": segments} if segments else {}),
        **({"words": words} if words else {}),
    }
    made.pop("usage", None)  # of one piece only
    return orjson.dumps(made, option=orjson.OPT_INDENT_2).decode()


def _later(item: dict[str, Any], start: float) -> dict[str, Any]:
    moved = {
        name: round(item[name] + start, 3)
        for name in ("start", "end")
        if isinstance(item.get(name), int | float)
    }
    return {**item, **moved}


def _object(text: str) -> dict[str, Any]:
    try:
        found: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
