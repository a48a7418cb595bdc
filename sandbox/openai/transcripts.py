"""Canned transcripts spread over the length of a sound, in every form they are answered in."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.openai import tokens


@dataclass(frozen=True, slots=True)
class Segment:
    id: int
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    seconds: float
    segments: tuple[Segment, ...]
    language: str = "english"


def canned(filename: str, seconds: float, *, task: str) -> str:
    verb = "translating" if task == "translate" else "listening"
    return (
        f"This is the sandbox {verb}, not a model. It was given {filename}, which is"
        f" {seconds:.1f} seconds long. These words are canned."
    )


def spread(words: str, seconds: float) -> Transcript:
    """One segment per sentence, each as long as its share of the text."""
    sentences = re.findall(r"[^.!?]+(?:[.!?]+(?=\s|$)|[.!?]+|$)", words) or [words]
    merged = [each for each in _whole(sentences) if each.strip()] or [words]
    total = sum(map(len, merged)) or 1
    segments: list[Segment] = []
    start = 0.0
    for at, sentence in enumerate(merged):
        end = start + seconds * len(sentence) / total
        segments.append(Segment(at, round(start, 2), round(end, 2), sentence.strip()))
        start = end
    return Transcript(words, round(seconds, 2), tuple(segments))


def verbose(
    made: Transcript, *, task: str, granularities: list[str], temperature: float
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "task": task,
        "language": made.language,
        "duration": made.seconds,
        "text": made.text,
    }
    if "segment" in granularities or not granularities:
        shown["segments"] = [_segment(each, temperature) for each in made.segments]
    if "word" in granularities:
        shown["words"] = [word for each in made.segments for word in _words(each)]
    return shown


def diarized(made: Transcript, speakers: list[str]) -> list[dict[str, Any]]:
    """The speakers take turns."""
    return [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{each.id:03}",
            "start": each.start,
            "end": each.end,
            "text": each.text,
            "speaker": speakers[each.id % len(speakers)],
        }
        for each in made.segments
    ]


def srt(made: Transcript) -> str:
    return "".join(
        f"{each.id + 1}\n{_stamp(each.start, ',')} --> {_stamp(each.end, ',')}\n{each.text}\n\n"
        for each in made.segments
    )


def vtt(made: Transcript) -> str:
    cues = "".join(
        f"{_stamp(each.start, '.')} --> {_stamp(each.end, '.')}\n{each.text}\n\n"
        for each in made.segments
    )
    return f"WEBVTT\n\n{cues}"


def _whole(sentences: list[str]) -> list[str]:
    """A point without a space behind it (`note.ogg`) ends no sentence."""
    merged: list[str] = []
    for each in sentences:
        if merged and not each.startswith((" ", "\n")):
            merged[-1] += each
        else:
            merged.append(each)
    return merged


def _segment(each: Segment, temperature: float) -> dict[str, Any]:
    return {
        "id": each.id,
        "seek": 0,
        "start": each.start,
        "end": each.end,
        "text": f" {each.text}",
        "tokens": [tokens.token_id(piece) for piece in tokens.pieces(each.text)],
        "temperature": temperature,
        "avg_logprob": -0.25,
        "compression_ratio": 1.2,
        "no_speech_prob": 0.01,
    }


def _words(each: Segment) -> list[dict[str, Any]]:
    words = each.text.split()
    step = (each.end - each.start) / max(1, len(words))
    return [
        {
            "word": word.strip(".,"),
            "start": round(each.start + at * step, 2),
            "end": round(each.start + (at + 1) * step, 2),
        }
        for at, word in enumerate(words)
    ]


def _stamp(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{thousandths:03}"
