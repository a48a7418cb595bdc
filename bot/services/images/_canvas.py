"""What is drawn, as it comes: shown while it runs, and made to fit into Discord at its end."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from bot.domain.calls import FallbackUsed
from bot.domain.chat import ParameterChanged, StreamingDropped
from bot.domain.conversations import PictureReduced, Produced, PromptRevised
from bot.domain.images import DRAWN, ImageEvent, PartialPicture, Picture, PicturesFinished
from bot.domain.media import PictureFormat, PictureWanted
from bot.media import Media
from bot.services.conversations import LiveAnswer

MAX_FILE = 10 << 20  # bytes; what Discord takes everywhere, of one file
MAX_TOGETHER = 24 << 20  # of one message, whose request ends at 25 MiB
MAX_FILES = 10
MAX_ALT = 1024  # characters
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
}
READABLE = ("image/png", "image/jpeg", "image/webp")


class Canvas:
    """One attempt's pictures.

    alt      what is on them: the prompt, until the model says what it made of it
    preview  shown beside them
    """

    def __init__(
        self, live: LiveAnswer, media: Media, *, alt: str, preview: Produced | None = None
    ) -> None:
        self._live = live
        self._media = media
        self._alt = alt
        self._preview = preview
        self._partial: dict[int, Produced] = {}
        self._finished: dict[int, Produced] = {}
        self.fallback = False
        self.whole = False  # the server does not stream pictures of this model
        if preview is not None:
            live.show_files([preview])

    async def fill(
        self,
        events: AsyncGenerator[ImageEvent, None],
        *,
        unasked: frozenset[str] = frozenset(),
        kept: frozenset[str] = frozenset(),
    ) -> None:
        """Take all `events`; at the end only finished pictures are left.

        unasked  parameters that nobody chose: their loss is nobody's
        kept     what a fallback may say is lost, though it came through

        Raises:
            BotError: what `events` raises; finished pictures that came before stay.
        """
        try:
            async with aclosing(events):
                async for event in events:
                    self._take(event, unasked, unasked | kept)
        except Exception:
            self._partial.clear()
            self._show()
            raise
        self._partial.clear()
        await self._fit()
        self._show()

    def _take(self, event: ImageEvent, unasked: frozenset[str], kept: frozenset[str]) -> None:
        match event:
            case PartialPicture() if len(event.data) <= MAX_FILE:
                self._partial[event.index] = self._file(event, self._alt)
                self._show()
            case Picture():
                revised = event.revised_prompt
                if revised and revised != self._alt:
                    self._live.notice(PromptRevised(prompt=revised))
                self._partial.pop(event.index, None)
                self._finished[event.index] = self._file(event, revised or self._alt)
            case PicturesFinished():
                self._live.usage = event.usage
                self._live.model = event.model
                self._live.request_id = event.request_id
            case FallbackUsed():
                self.fallback = True
                lost = tuple(name for name in event.lost if name not in kept)
                self._live.notice(
                    FallbackUsed(operation=event.operation, path=event.path, lost=lost)
                )
            case ParameterChanged() if event.parameter not in unasked:
                self._live.notice(event)
            case StreamingDropped():
                self.whole = True  # nobody asked for a stream, so nobody misses it
            case ParameterChanged() | PartialPicture():
                pass

    def _file(self, picture: PartialPicture | Picture, alt: str) -> Produced:
        ending = ENDINGS[picture.mime]
        return Produced(
            name=f"{DRAWN}-{picture.index + 1}.{ending}",
            mime=picture.mime,
            data=picture.data,
            description=alt[:MAX_ALT] or None,
        )

    def _show(self) -> None:
        drawn = {**self._partial, **self._finished}
        files = [drawn[index] for index in sorted(drawn)][:MAX_FILES]
        room = len(files) < MAX_FILES and _together(files) < MAX_TOGETHER - (4 << 20)
        if self._preview is not None and room:
            files.append(self._preview)
        self._live.show_files(files)

    async def _fit(self) -> None:
        """What Discord would refuse is encoded anew, smaller."""
        files = self._finished
        share = MAX_TOGETHER // max(1, len(files))
        most = MAX_FILE if _together(files.values()) <= MAX_TOGETHER else min(MAX_FILE, share)
        for index, file in list(files.items()):
            if len(file.data) <= most or file.mime not in READABLE:
                continue
            smaller = await self._media.pictures.fit(
                file.data,
                name=file.name,
                wanted=PictureWanted(format=PictureFormat.WEBP, max_bytes=most),
            )
            name = f"{DRAWN}-{index + 1}.{smaller.extension}"
            self._live.notice(PictureReduced(name=name))
            files[index] = Produced(
                name=name,
                mime=smaller.mime,
                data=smaller.data,
                description=file.description,
            )


def _together(files: Iterable[Produced]) -> int:
    return sum(len(each.data) for each in files)
