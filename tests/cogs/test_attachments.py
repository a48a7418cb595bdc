import asyncio
import io
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from yarl import URL

from bot.domain.conversations import Input
from bot.domain.errors import FileError, FileFault
from bot.wire import attachment_hosts
from cogs._attachments import MAX_PICTURE, MAX_SOUND, MAX_TEXT, MAX_TOGETHER, Attachments


@dataclass
class File:
    """An attachment as Discord describes it."""

    filename: str
    size: int
    url: str
    content_type: str | None = None


Attach = Callable[..., File]


class FileServer:
    """Serves what it is given and notes what it was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.sent = 0
        self.url = URL()

    async def get(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        if name == "moved.png":
            raise web.HTTPFound("/secret.txt")
        if name not in self.files:
            raise web.HTTPNotFound
        return web.Response(body=self.files[name])

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
                self.sent += 65_536
        except (ConnectionError, asyncio.CancelledError):
            return response


@pytest.fixture
async def server() -> AsyncGenerator[FileServer, None]:
    files = FileServer()
    app = web.Application()
    app.router.add_get("/endless.txt", files.endless)
    app.router.add_get("/{name}", files.get)
    async with TestServer(app) as served:
        files.url = served.make_url("/")
        yield files


@pytest.fixture
async def attachments(server: FileServer) -> AsyncGenerator[Attachments, None]:
    fetching = Attachments(attachment_hosts(server.url))
    yield fetching
    await fetching.close()


@pytest.fixture
def attach(server: FileServer) -> Attach:
    def attach(name: str, data: bytes | None = None, **said: Any) -> File:
        """A file on the server; `said` where Discord describes it otherwise."""
        if data is not None:
            server.files[name] = data
        return replace(File(name, len(data or b""), str(server.url / name)), **said)

    return attach


def a_png(size: tuple[int, int] = (3, 3)) -> bytes:
    data = io.BytesIO()
    Image.new("1", size).save(data, "PNG")
    return data.getvalue()


async def test_a_picture_is_what_its_content_is_not_what_its_name_says(
    attachments: Attachments, attach: Attach
) -> None:
    read = await attachments.read(attach("notes.txt", a_png(), content_type="text/plain"))

    assert (read.mime, read.data) == ("image/png", a_png())


@pytest.mark.parametrize(
    "data",
    [
        "grüße, 你好".encode(),
        "\ufeffgrüße, 你好".encode(),
        "\ufeffgrüße, 你好".encode("utf-16-le"),
        "\ufeffgrüße, 你好".encode("utf-16-be"),
    ],
)
async def test_text_is_read_in_whatever_unicode_it_comes(
    attachments: Attachments, attach: Attach, data: bytes
) -> None:
    read = await attachments.read(attach("notes.md", data))

    assert (read.mime, read.data.decode()) == ("text/plain", "grüße, 你好")


async def test_old_western_text_is_read_too(attachments: Attachments, attach: Attach) -> None:
    read = await attachments.read(attach("notes.csv", "größe;café".encode("latin-1")))

    assert read.data.decode() == "größe;café"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"a\x00b", FileFault.NOT_TEXT),
        (b"\xff\xfea\x00\x00\x00", FileFault.NOT_TEXT),
        (b"\xff\xfea", FileFault.NOT_TEXT),
        (bytes(range(256)), FileFault.NOT_TEXT),
        (b"PK\x03\x04\x00\x00", FileFault.NOT_SUPPORTED),
        (b"\x89PNG\r\n\x1a\n", FileFault.DAMAGED),
    ],
)
async def test_what_is_neither_picture_nor_text_is_refused(
    attachments: Attachments, attach: Attach, data: bytes, fault: FileFault
) -> None:
    with pytest.raises(FileError) as refused:
        await attachments.read(attach("thing.bin", data))

    assert refused.value.fault is fault
    assert refused.value.filename == "thing.bin"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"size": MAX_PICTURE + 1, "content_type": "image/png"}, FileFault.TOO_LARGE),
        ({"size": MAX_PICTURE + 1}, FileFault.TOO_LARGE),
        ({"size": MAX_TEXT + 1, "content_type": "text/plain"}, FileFault.TOO_LARGE),
        ({"size": 9, "content_type": "video/mp4"}, FileFault.NOT_SUPPORTED),
    ],
)
async def test_refused_before_a_byte_is_fetched(
    attachments: Attachments,
    attach: Attach,
    server: FileServer,
    said: dict[str, Any],
    fault: FileFault,
) -> None:
    good, bad = attach("cat.png", a_png()), attach("big", b"", **said)
    fetch = attachments.inputs([good, bad])
    assert fetch

    with pytest.raises(FileError) as refused:
        await fetch()

    assert refused.value.fault is fault
    assert server.asked == []


async def test_pictures_that_are_too_large_together_are_refused_before_a_byte_is_fetched(
    attachments: Attachments, attach: Attach, server: FileServer
) -> None:
    files = [attach(f"{n}.png", a_png(), size=MAX_PICTURE - n) for n in range(2)]
    fetch = attachments.inputs(files)
    assert fetch

    with pytest.raises(FileError) as refused:
        await fetch()

    assert refused.value == FileError("0.png", FileFault.TOO_LARGE_TOGETHER, MAX_TOGETHER)
    assert server.asked == []


async def test_a_file_that_is_larger_than_announced_is_cut_off(
    attachments: Attachments, attach: Attach, server: FileServer
) -> None:
    with pytest.raises(FileError) as refused:
        await attachments.read(attach("endless.txt", size=10, content_type="text/plain"))

    assert refused.value.fault is FileFault.TOO_LARGE
    assert server.sent < 16 * MAX_TEXT


async def test_too_many_pixels_are_refused_without_decoding(
    attachments: Attachments, attach: Attach
) -> None:
    bomb = a_png((20_000, 20_000))

    with pytest.raises(FileError) as refused:
        await attachments.read(attach("bomb.png", bomb))

    assert len(bomb) < 100_000
    assert (refused.value.fault, refused.value.limit) == (FileFault.TOO_MANY_PIXELS, 25_000_000)


async def test_redirects_are_not_followed(
    attachments: Attachments, attach: Attach, server: FileServer
) -> None:
    server.files["secret.txt"] = b"the metadata service's keys"

    with pytest.raises(FileError) as refused:
        await attachments.read(attach("moved.png"))

    assert refused.value.fault is FileFault.FORBIDDEN_HOST
    assert server.asked == ["moved.png"]


async def test_other_hosts_are_not_asked(attachments: Attachments, attach: Attach) -> None:
    elsewhere = attach("cat.png", url="http://169.254.169.254/latest/meta-data")

    with pytest.raises(FileError) as refused:
        await attachments.read(elsewhere)

    assert refused.value.fault is FileFault.FORBIDDEN_HOST


async def test_a_file_that_has_gone_is_said_to_be_gone(
    attachments: Attachments, attach: Attach
) -> None:
    with pytest.raises(FileError) as refused:
        await attachments.read(attach("gone.png"))

    assert refused.value.fault is FileFault.GONE


async def test_nothing_attached_is_nothing_to_fetch(attachments: Attachments) -> None:
    assert attachments.inputs([]) is None


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"%PDF-1.7 and so on", "application/pdf"),
        (b"OggS\x00\x02", "audio/*"),
        (b"RIFF....WAVEfmt ", "audio/*"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/*"),
        (b"\xff\xfb\x90\x00", "audio/*"),
        ("\ufeffplain".encode("utf-16-le"), "text/plain"),
    ],
)
async def test_documents_and_sound_are_known_by_their_first_bytes(
    attachments: Attachments, attach: Attach, data: bytes, mime: str
) -> None:
    assert (await attachments.read(attach("thing.bin", data))).mime == mime


class Ear:
    """Takes everything for sound, and notes it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def recognised(self, name: str, data: bytes) -> Input:
        self.heard.append(name)
        return Input(name=name, mime="audio/ogg", data=data)


@pytest.mark.parametrize(
    ("name", "said", "heard"),
    [
        ("note.ogg", {"content_type": "audio/ogg"}, True),
        ("film", {"content_type": "video/mp4"}, True),
        ("note.MP3", {}, True),
        ("bare", {}, True),  # by its content
        ("notes.ogg.txt", {"content_type": "text/plain"}, False),
    ],
)
async def test_what_may_be_sound_is_looked_at_by_who_knows(
    server: FileServer, attach: Attach, name: str, said: dict[str, Any], *, heard: bool
) -> None:
    ear = Ear()
    attachments = Attachments(attachment_hosts(server.url), ear)

    await attachments.read(attach(name, b"OggS..." if heard else b"words", **said))

    assert ear.heard == ([name] if heard else [])
    await attachments.close()


async def test_a_recording_is_refused_by_its_size_before_it_is_fetched(
    server: FileServer, attach: Attach
) -> None:
    attachments = Attachments(attachment_hosts(server.url), Ear())
    long = attach("long.mp3", b"", size=MAX_SOUND + 1, content_type="audio/mpeg")

    for fetch in (attachments.inputs([long]), attachments.sounds([long])):
        assert fetch
        with pytest.raises(FileError) as refused:
            await fetch()
        assert (refused.value.fault, refused.value.limit) == (FileFault.TOO_LARGE, MAX_SOUND)

    assert server.asked == []
    await attachments.close()
