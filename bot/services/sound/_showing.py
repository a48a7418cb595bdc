"""A transcript as people read it in a message, and the file that goes with it."""

from collections.abc import Iterator

from bot.domain.audio import Segment, Transcript, Word, clock_time
from bot.domain.conversations import Produced

READABLE = 1_500  # characters of subtitles that are shown as they are; more is in the file alone
WORDS_A_LINE = 10

_FILES = {
    "srt": ("srt", "application/x-subrip"),
    "vtt": ("vtt", "text/vtt"),
    "verbose_json": ("json", "application/json"),
    "diarized_json": ("json", "application/json"),
}


def readable(transcript: Transcript) -> str:
    """Words alone, or with their times and speakers where these were asked for."""
    match transcript.format:
        case "srt" | "vtt":
            document = transcript.document.strip()
            short = len(document) <= READABLE and "```" not in document
            return f"```{transcript.format}\n{document}\n```" if short else transcript.text
        case "verbose_json" | "diarized_json":
            lines = [*_lines(transcript)]
            return "\n".join(lines) or transcript.text
        case _:
            return transcript.text


def file_of(transcript: Transcript, stem: str) -> Produced | None:
    """What was asked for, as a file; None for plain words, which stand in the message."""
    if transcript.format not in _FILES:
        return None
    ending, mime = _FILES[transcript.format]
    data = transcript.document.encode("utf-8", "replace")
    return Produced(name=f"{stem}.{ending}", mime=mime, data=data)


def _lines(transcript: Transcript) -> Iterator[str]:
    if transcript.segments:
        yield from map(_segment, transcript.segments)
        return
    for at in range(0, len(transcript.words), WORDS_A_LINE):
        yield _words(transcript.words[at : at + WORDS_A_LINE])


def _segment(segment: Segment) -> str:
    speaker = f"**{segment.speaker}** " if segment.speaker else ""
    return f"`{clock_time(segment.start)}` {speaker}{segment.text.strip()}"


def _words(words: tuple[Word, ...]) -> str:
    return f"`{clock_time(words[0].start)}` {' '.join(each.word.strip() for each in words)}"
