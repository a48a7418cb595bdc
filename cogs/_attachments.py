"""Attachments, from Discord's file servers to bytes that may be sent on."""

import asyncio
import codecs
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Protocol

import aiohttp
from yarl import URL

from bot.domain.conversations import Input, Inputs
from bot.domain.errors import FileError, FileFault
from cogs import _pictures

MAX_PICTURE = 20 << 20  # bytes; OpenAI's documented limit is 50 MB for a whole request
MAX_SOUND = 64 << 20  # bytes: more than Discord takes in most servers; twice that in memory
MAX_TOGETHER = 30 << 20  # they grow by a third on their way, and share one request
MAX_TEXT = 1 << 20
MAX_PIXELS = 25_000_000
MAX_NAME = 100
CHUNK = 1 << 16
REDIRECTS = range(300, 400)
TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)

REFUSED_TYPES = ("application/zip",)
SOUND_TYPES = ("audio/", "video/")
SOUND_ENDINGS = (
    *(".aac", ".aiff", ".amr", ".flac", ".m4a", ".mka", ".mkv", ".mov", ".mp3", ".mp4"),
    *(".mpeg", ".mpga", ".oga", ".ogg", ".opus", ".wav", ".weba", ".webm"),
)
PDF = b"%PDF-"
SOUNDS = (b"OggS", b"ID3", b"fLaC", b"#!AMR", b"\x1a\x45\xdf\xa3", b"caff")  # the 5th is WebM
MPEG = (b"\xfb", b"\xfa", b"\xf3", b"\xf2", b"\xf1", b"\xf9")  # second byte of a frame: MP3, AAC
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BINARIES = (b"PK\x03\x04", b"OggS", b"ID3", b"fLaC", b"RIFF", b"\x1f\x8b", b"\x7fELF", b"MZ")
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# C0 controls that text files do hold: tab, newline, vertical tab, form feed, return, escape
PLAIN_CONTROLS = frozenset("\t\n\v\f\r\x1b")


class Sounds(Protocol):
    """Who knows sound by its content."""

    async def recognised(self, name: str, data: bytes) -> Input:
        """Raises: FileError, MediaError."""
        ...


class Attached(Protocol):
    """What Discord says about a file: `discord.Attachment`. `size` in bytes."""

    @property
    def filename(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def content_type(self) -> str | None: ...


class Attachments:
    """Fetches what people attach. One session for all; nothing but allowed hosts is asked.

    sounds  None where nobody can read sound: then it is not supported
    """

    def __init__(self, allowed: Callable[[URL], bool], sounds: Sounds | None = None) -> None:
        self._allowed = allowed
        self._sounds = sounds
        # One at a time, and never a queue of them in memory.
        self._large = asyncio.Semaphore(1)
        self._session: aiohttp.ClientSession | None = None

    def inputs(self, attached: Sequence[Attached]) -> Inputs | None:
        """What fetches these once the question is accepted; None where there are none."""
        if not attached:
            return None

        async def fetch() -> tuple[Input, ...]:
            for each in attached:
                self._check(each)  # all of them, before a byte of one is fetched
            others = [each for each in attached if not called_sound(each)]
            if sum(each.size for each in others) > MAX_TOGETHER:
                largest = max(others, key=lambda each: each.size)
                raise FileError(name_of(largest), FileFault.TOO_LARGE_TOGETHER, MAX_TOGETHER)
            return tuple([await self.read(each) for each in attached])

        return fetch

    def text_inputs(self, attached: Attached) -> Inputs:
        """What fetches a file that has to be text, and refuses any other before it is fetched."""

        async def fetch() -> tuple[Input, ...]:
            name = name_of(attached)
            check(attached)
            if attached.size > MAX_TEXT:
                raise FileError(name, FileFault.TOO_LARGE, MAX_TEXT)
            data = await self._download(attached, MAX_TEXT)
            text = "" if _pictures.mime_of(data) else as_text(name, data)
            if not text:
                raise FileError(name, FileFault.NOT_TEXT)
            return (Input(name=name, mime="text/plain", data=text.encode()),)

        return fetch

    async def read(self, attachment: Attached) -> Input:
        """One attachment, downloaded and checked.

        Raises:
            FileError: it can't be used, and why.
        """
        limit = self._check(attachment)
        if called_sound(attachment):
            return await self._sound(attachment)
        data = await self._download(attachment, limit)
        if self._sounds is not None and is_sound(data):
            return await self._sounds.recognised(name_of(attachment), data)
        return as_input(name_of(attachment), data)

    async def fetch(self, attachment: Attached, most: int) -> bytes:
        """The bytes of one attachment, whatever they are; operators' files go on as they came.

        Raises:
            FileError: over `most` bytes, or it can't be fetched.
        """
        if attachment.size > most:
            raise FileError(name_of(attachment), FileFault.TOO_LARGE_FOR_DISCORD, most)
        return await self._download(attachment, most)

    def sounds(self, attached: Sequence[Attached]) -> Inputs:
        """What fetches these as sound, whatever they are called."""

        async def fetch() -> tuple[Input, ...]:
            for each in attached:
                if each.size > MAX_SOUND:
                    raise FileError(name_of(each), FileFault.TOO_LARGE, MAX_SOUND)
            return tuple([await self._sound(each) for each in attached])

        return fetch

    def _check(self, attachment: Attached) -> int:
        if self._sounds is None and called_sound(attachment):
            raise FileError(name_of(attachment), FileFault.NOT_SUPPORTED)
        return check(attachment)

    async def _sound(self, attachment: Attached) -> Input:
        if attachment.size <= MAX_PICTURE:
            return await self._heard(attachment, MAX_PICTURE)
        async with self._large:
            return await self._heard(attachment, MAX_SOUND)

    async def _heard(self, attachment: Attached, limit: int) -> Input:
        name = name_of(attachment)
        if self._sounds is None:
            raise FileError(name, FileFault.NOT_SUPPORTED)
        return await self._sounds.recognised(name, await self._download(attachment, limit))

    async def close(self) -> None:
        """End the session; the next `read` opens another."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _download(self, attachment: Attached, limit: int) -> bytes:
        name = name_of(attachment)
        url = URL(attachment.url, encoded=True)  # signed: not a character may change
        if not self._allowed(url):
            raise FileError(name, FileFault.FORBIDDEN_HOST)
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=TIMEOUT, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.get(
                url, allow_redirects=False, headers={"Accept-Encoding": "identity"}
            ) as response:
                if response.status in REDIRECTS:
                    raise FileError(name, FileFault.FORBIDDEN_HOST)
                if response.status != HTTPStatus.OK:
                    raise FileError(name, FileFault.GONE)
                return await _counted(response, name, limit)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FileError(name, FileFault.GONE) from error


async def _counted(response: aiohttp.ClientResponse, name: str, limit: int) -> bytes:
    """The body, unless it grows over `limit`: what Discord said about its size may be wrong."""
    data = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > limit:
            raise FileError(name, FileFault.TOO_LARGE, limit)
    return bytes(data)


def check(attachment: Attached) -> int:
    """Refuse by what Discord says about it; return how many bytes may come.

    Raises:
        FileError: too large, or of a kind that is not supported.
    """
    mime = (attachment.content_type or "").lower()
    name = name_of(attachment)
    if mime.startswith(REFUSED_TYPES):
        raise FileError(name, FileFault.NOT_SUPPORTED)
    text = mime.startswith("text/")
    limit = MAX_SOUND if called_sound(attachment) else MAX_TEXT if text else MAX_PICTURE
    if attachment.size > limit:
        raise FileError(name, FileFault.TOO_LARGE, limit)
    return limit


def called_sound(attachment: Attached) -> bool:
    """By what Discord says about it; its content decides once it is here."""
    mime = (attachment.content_type or "").lower()
    if mime.startswith(SOUND_TYPES):
        return True
    plain = mime.startswith(("image/", "text/"))
    return not plain and attachment.filename.lower().endswith(SOUND_ENDINGS)


def name_of(attachment: Attached) -> str:
    return attachment.filename[:MAX_NAME]


def as_input(name: str, data: bytes) -> Input:
    """A picture, a PDF, sound or a text, by its content.

    Raises:
        FileError: none of them, or one over its limits.
    """
    if data.startswith(PDF):
        return Input(name=name, mime="application/pdf", data=data)
    if is_sound(data):
        return Input(name=name, mime="audio/*", data=data)
    mime = _pictures.mime_of(data)
    if mime is None:
        return Input(name=name, mime="text/plain", data=as_text(name, data).encode())
    count = _pictures.pixels(mime, data)
    if count is None:
        raise FileError(name, FileFault.DAMAGED)
    if count > MAX_PIXELS:
        raise FileError(name, FileFault.TOO_MANY_PIXELS, MAX_PIXELS)
    return Input(name=name, mime=mime, data=data)


def is_sound(data: bytes) -> bool:
    """By its first bytes; whether it can be heard, bot.media says."""
    return (
        data.startswith(SOUNDS)
        or (data[:4] == b"RIFF" and data[8:12] == b"WAVE")
        or data[4:8] == b"ftyp"
        or (data[:1] == b"\xff" and data[1:2] in MPEG and not data.startswith(UTF_16))
    )


def as_text(name: str, data: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else Windows-1252 (and so Latin-1).

    Raises:
        FileError: too large, or not text.
    """
    if data.startswith(PDF):
        raise FileError(name, FileFault.NOT_SUPPORTED)
    if len(data) > MAX_TEXT:
        raise FileError(name, FileFault.TOO_LARGE, MAX_TEXT)
    text = _decoded(data)
    if text is None or any(char < " " and char not in PLAIN_CONTROLS for char in text):
        known = data.startswith(BINARIES)
        raise FileError(name, FileFault.NOT_SUPPORTED if known else FileFault.NOT_TEXT)
    return text


def _decoded(data: bytes) -> str | None:
    mark = next((mark for mark in MARKS if data.startswith(mark)), b"")
    encodings = (MARKS[mark],) if mark else ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            return data[len(mark) :].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
