"""Parts of a message in plain words."""

from collections.abc import Sequence

from bot.domain.chat import DocumentPart, FilePart, ImagePart, Part, SoundPart, TextPart, joined


def whole(parts: Sequence[Part]) -> str:
    """All parts of a message in plain words."""
    return joined(map(as_text, parts))


def as_texts(parts: Sequence[Part]) -> tuple[Part, ...]:
    """With documents as the text that is in them, or as their name where there is none."""
    return tuple(_in_words(part) if isinstance(part, DocumentPart) else part for part in parts)


def _in_words(part: DocumentPart) -> Part:
    return FilePart(part.name, part.text) if part.text else TextPart(as_text(part))


def as_text(part: Part) -> str:
    """A part in plain words; a file is named and fenced, so that the question stands apart.

    "" for sound whose words are the question's own text.
    """
    match part:
        case TextPart(text):
            return text
        case FilePart(name, text):
            return _fenced(name, text)
        case SoundPart(name=name, transcript=str(text)):
            return _fenced(name, text) if text else ""
        case DocumentPart(name=name, text=text):
            return _fenced(name, text) if text else f"[document {name}]"
        case ImagePart():
            return f"[picture {part.name}]"
        case SoundPart():
            return f"[sound {part.name}]"


def _fenced(name: str, text: str) -> str:
    fence = "`" * max(3, longest_run(text, "`") + 1)
    return f"{name}:\n{fence}\n{text}\n{fence}"


def longest_run(text: str, character: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each == character else 0
        longest = max(longest, run)
    return longest
