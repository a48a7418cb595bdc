"""Recordings as people have them, as they are kept, and as a server takes them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from bot.domain.conversations import Input
from bot.domain.errors import RequestRejectedError
from bot.domain.media import SOUND_2023, Container, SoundFacts, SoundPiece, SoundWanted
from bot.media import Media

KEPT_BYTES = 25_000_000
"""What is larger is kept, and cut later, as speech: an hour is 11 MB then."""

_COMPACT = SoundWanted(containers=frozenset({Container.OGG}), max_bytes=60_000_000)
_ENCODABLE = frozenset({Container.MP3, Container.M4A, Container.OGG, Container.WAV})
_TOO_LARGE = 413
_SMALLEST = 1_000_000  # bytes: a server that takes less has another reason
_LEAST_S = 30.0
_TOO_LONG = re.compile(r"longer than (\d+(?:\.\d+)?) seconds", re.IGNORECASE)
_LIMIT = re.compile(r"limit[^0-9]{0,4}(\d{6,10})\b", re.IGNORECASE)
_FORMAT = re.compile(r"file format|unsupported format|audio format", re.IGNORECASE)


class Recordings:
    """What each server and model takes is learnt from what it refuses; forgotten with the process.

    legacy  the server speaks as in 2023: neither ogg nor flac
    """

    def __init__(self, media: Media, *, legacy: bool = False) -> None:
        self._media = media
        self._usual = SOUND_2023 if legacy else SoundWanted()
        self._wanted: dict[str, SoundWanted] = {}

    async def recognised(self, name: str, data: bytes) -> Input:
        """An attachment that is to be sound, by its content; made smaller where it is large.

        Raises:
            FileError: not sound, damaged, without a sound track, or too long.
            MediaError: it could not be read.
        """
        facts = await self._media.sounds.probe(data, name=name)
        if len(data) <= KEPT_BYTES:
            mime = facts.container.mime if facts.container else "audio/x-other"
            return Input(name=name, mime=mime, data=data)
        (piece,) = await self._media.sounds.fit(data, name=name, wanted=_COMPACT)
        return Input(name=named(name, piece.container), mime=piece.mime, data=piece.data)

    async def facts(self, name: str, data: bytes) -> SoundFacts:
        """Raises: FileError, MediaError."""
        return await self._media.sounds.probe(data, name=name)

    async def pieces(
        self, name: str, data: bytes, *, model: str, max_seconds: float | None = None
    ) -> tuple[SoundPiece, ...]:
        """As few as `model` takes; the very same bytes where they are fine.

        Raises:
            FileError, MediaError: see `recognised`.
        """
        wanted = self._wanted.get(model, self._usual)
        if max_seconds is not None:
            wanted = replace(wanted, max_seconds=max_seconds)
        return await self._media.sounds.fit(data, name=name, wanted=wanted)

    async def smaller(self, name: str, data: bytes, *, max_bytes: int) -> SoundPiece:
        """As Ogg of at most so many bytes.

        Raises:
            FileError, MediaError: see `recognised`.
        """
        wanted = SoundWanted(containers=frozenset({Container.OGG}), max_bytes=max_bytes)
        first, *_ = await self._media.sounds.fit(data, name=name, wanted=wanted)
        return first

    def learn(self, model: str, error: RequestRejectedError, piece: SoundPiece) -> bool:
        """What a refusal of `piece` says about what is taken; True where another try is worth it.

        Understood: a list of formats, a limit of bytes (413) and one of seconds.
        """
        wanted = self._wanted.get(model, self._usual)
        narrower = _narrower(wanted, error, piece)
        if narrower is None or narrower == wanted:
            return False
        self._wanted[model] = narrower
        return True


def named(name: str, container: Container) -> str:
    """`name` with the ending that servers go by."""
    return f"{stem(name)}.{container.value}"


def stem(name: str) -> str:
    return PurePath(name.replace("\\", "/")).stem or "sound"


def _narrower(
    wanted: SoundWanted, error: RequestRejectedError, piece: SoundPiece
) -> SoundWanted | None:
    if found := _TOO_LONG.search(error.detail):
        seconds = max(float(found[1]) - 1, _LEAST_S)
        return replace(wanted, piece_seconds=seconds) if seconds < piece.seconds else None
    if error.status == _TOO_LARGE:
        return _lighter(wanted, error.detail, piece)
    if _FORMAT.search(error.detail):
        return _other_containers(wanted, error.detail, piece)
    return None


def _lighter(wanted: SoundWanted, detail: str, piece: SoundPiece) -> SoundWanted | None:
    size = len(piece.data)
    said = _LIMIT.search(detail)
    limit = int(said[1]) if said and int(said[1]) < size else size // 2
    return replace(wanted, max_bytes=limit) if limit >= _SMALLEST else None


def _other_containers(wanted: SoundWanted, detail: str, piece: SoundPiece) -> SoundWanted | None:
    named_there = _containers(re.findall(r"[a-z0-9]+", detail.lower()))
    taken = (named_there or SOUND_2023.containers) & wanted.containers
    if piece.container in taken or not taken & _ENCODABLE:
        return None
    return replace(wanted, containers=taken)


def _containers(words: Sequence[str]) -> frozenset[Container]:
    return frozenset(each for each in Container if each.value in words)
