"""Sound, as services ask for it."""

from bot.domain.media import Container, SoundFacts, SoundPiece, SoundWanted, Waveform
from bot.media._calls import Calls
from bot.media._frames import Message

READ_S = 30.0
FIT_S = 600.0  # encoding an hour anew takes up to a minute of one core


class Sounds:
    """Ogg, MP3, MP4/M4A, WAV, WebM/Matroska, FLAC, AAC, AIFF and AMR, recognised by content.

    Every method may raise FileError: not sound, no sound track in it, damaged, or too long.
    `name` is what the person calls the file; only errors use it. `limit_s` is how long it may take.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def probe(self, data: bytes, *, name: str, limit_s: float = READ_S) -> SoundFacts:
        return await self._calls.do("sound.probe", _facts, files=[(name, data)], limit_s=limit_s)

    async def fit(
        self, data: bytes, *, name: str, wanted: SoundWanted, limit_s: float = FIT_S
    ) -> tuple[SoundPiece, ...]:
        """The sound as a server takes it, in as few pieces as possible, cut where it is quiet.

        One piece with the very same bytes where they are fine; else mono, for speech.
        """
        return await self._calls.do(
            "sound.fit",
            _pieces,
            facts={
                "containers": sorted(each.value for each in wanted.containers),
                "max_bytes": wanted.max_bytes,
                "piece_seconds": wanted.piece_seconds,
                "max_seconds": wanted.max_seconds,
            },
            files=[(name, data)],
            limit_s=limit_s,
        )

    async def voice_message(
        self, data: bytes, *, name: str, limit_s: float = READ_S
    ) -> tuple[SoundPiece, Waveform]:
        """Ogg with Opus, which is all that Discord shows as a voice message, and its waveform."""
        return await self._calls.do(
            "sound.voice_message", _voice, files=[(name, data)], limit_s=limit_s
        )

    async def waveform(self, data: bytes, *, name: str, limit_s: float = READ_S) -> Waveform:
        return await self._calls.do(
            "sound.waveform", _waveform, files=[(name, data)], limit_s=limit_s
        )


def _facts(answer: Message) -> SoundFacts:
    facts = answer.facts
    container = facts["container"]
    return SoundFacts(
        container=None if container is None else Container(container),
        codec=str(facts["codec"]),
        seconds=float(facts["seconds"]),
        channels=int(facts["channels"]),
        rate=int(facts["rate"]),
    )


def _pieces(answer: Message) -> tuple[SoundPiece, ...]:
    container = Container(answer.facts["container"])
    return tuple(
        SoundPiece(container=container, start=float(start), seconds=float(seconds), data=data)
        for (start, seconds), data in zip(answer.facts["pieces"], answer.blobs, strict=True)
    )


def _waveform(answer: Message) -> Waveform:
    return Waveform(seconds=float(answer.facts["seconds"]), levels=answer.blobs[-1])


def _voice(answer: Message) -> tuple[SoundPiece, Waveform]:
    (piece,) = _pieces(Message(answer.facts, answer.blobs[:1]))
    return piece, _waveform(answer)
