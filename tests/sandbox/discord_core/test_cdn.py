import io

import aiohttp
import pytest
from PIL import Image

from sandbox.clock import HandClock
from sandbox.discord.attachments import clean_name
from sandbox.discord.model import Attachment
from sandbox.discord.state import World
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Rest


async def upload(rest: Rest, sandbox: Sandbox, name: str, data: bytes) -> Json:
    general = sandbox.discord.world.channel_named("general")
    sent = await rest("POST", f"/channels/{general.id}/messages", {}, files={name: data})
    return sent.body["attachments"][0]


@pytest.fixture
async def text(rest: Rest, sandbox: Sandbox) -> Json:
    return await upload(rest, sandbox, "notes.txt", b"0123456789")


async def test_a_file_comes_back_with_its_type_and_length(
    text: Json, http: aiohttp.ClientSession
) -> None:
    for url in (text["url"], text["proxy_url"]):
        async with http.get(url) as response:
            assert response.status == 200
            assert await response.read() == b"0123456789"
            assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert response.headers["Content-Length"] == "10"


async def test_a_link_is_good_for_a_day(
    text: Json, http: aiohttp.ClientSession, clock: HandClock
) -> None:
    await clock.advance(24 * 3600 - 1)
    async with http.get(text["url"]) as response:
        assert response.status == 200
    await clock.advance(1)

    async with http.get(text["url"]) as response:
        assert response.status == 404
        assert await response.text() == "This content is no longer available."


@pytest.mark.usefixtures("text")
async def test_reading_the_message_again_gives_a_fresh_link(
    rest: Rest, http: aiohttp.ClientSession, clock: HandClock, sandbox: Sandbox
) -> None:
    await clock.advance(48 * 3600)
    general = sandbox.discord.world.channel_named("general")

    message = (await rest("GET", f"/channels/{general.id}/messages")).body[0]

    async with http.get(message["attachments"][0]["url"]) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "change", [("hm=", "hm=0"), ("ex=", "ex=f"), ("?ex", "?no"), ("notes", "other")]
)
async def test_a_changed_link_finds_nothing(
    change: tuple[str, str], text: Json, http: aiohttp.ClientSession
) -> None:
    async with http.get(text["url"].replace(*change)) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("asked", "status", "body", "header"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
async def test_a_part_of_a_file(
    *,
    asked: str,
    status: int,
    body: bytes,
    header: str | None,
    text: Json,
    http: aiohttp.ClientSession,
) -> None:
    async with http.get(text["url"], headers={"Range": asked}) as response:
        assert response.status == status
        assert response.headers.get("Content-Range") == header
        if status != 416:
            assert await response.read() == body


async def test_a_picture_is_measured_and_a_broken_one_is_a_plain_file(
    rest: Rest, sandbox: Sandbox
) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (7, 5)).save(drawn, "PNG")

    picture = await upload(rest, sandbox, "a.png", drawn.getvalue())
    broken = await upload(rest, sandbox, "b.png", b"\x89PNG\r\n\x1a\nrubbish")

    assert (picture["width"], picture["height"]) == (7, 5)
    assert picture["content_type"] == "image/png"
    assert "width" not in broken


async def test_a_deleted_message_takes_its_files_along(
    text: Json, rest: Rest, http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    general = sandbox.discord.world.channel_named("general")
    message = (await rest("GET", f"/channels/{general.id}/messages")).body[0]

    await rest("DELETE", f"/channels/{general.id}/messages/{message['id']}")

    async with http.get(text["url"]) as response:
        assert response.status == 404


async def test_what_an_edit_takes_off_can_be_loaded_by_who_saw_it(
    text: Json, rest: Rest, http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    general = sandbox.discord.world.channel_named("general")
    path = f"/channels/{general.id}/messages"
    message = (await rest("GET", path)).body[0]

    edited = await rest("PATCH", f"{path}/{message['id']}", {"attachments": [], "content": "-"})

    assert edited.body["attachments"] == []
    async with http.get(text["url"]) as response:
        assert response.status == 200


def test_the_oldest_files_go_when_there_is_no_room(clock: HandClock) -> None:
    world = World(clock)
    for number in range(4):
        world.keep_attachment(
            Attachment(id=number, channel_id=1, filename="a", content_type="a/b", data=b"12345"),
            limit=12,
        )

    assert list(world.attachments) == [2, 3]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a b.txt", "a_b.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\x.txt", "x.txt"),
        ("héllo!.txt", "hllo.txt"),
        ("图.png", "unknown.png"),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_name(given) == kept
