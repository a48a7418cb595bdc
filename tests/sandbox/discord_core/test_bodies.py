"""Requests in forms that libraries send seldom and attackers often."""

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Rest
from tests.sandbox.discord_core.test_messages import refused


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    return f"/channels/{sandbox.discord.world.channel_named('general').id}/messages"


async def post(rest: Rest, http: aiohttp.ClientSession, url: str, data: object) -> tuple[int, Json]:
    headers = {"Authorization": f"Bot {rest.token}"}
    async with http.post(url, data=data, headers=headers) as response:
        return response.status, await response.json()


async def test_broken_json_is_refused_in_a_body_and_in_payload_json(
    rest: Rest, http: aiohttp.ClientSession, sandbox: Sandbox, path: str
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", "{", content_type="application/json")
    form.add_field("files[0]", b"a", filename="a.txt")

    plain = await rest("POST", path, headers={"Content-Type": "application/json"})
    status, body = await post(rest, http, sandbox.discord_api_url + path, form)

    assert refused(plain) == (400, 50006)
    assert (status, body["code"]) == (400, 50109)


async def test_form_fields_beside_files_count_as_the_body(
    rest: Rest, http: aiohttp.ClientSession, sandbox: Sandbox, path: str
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("content", "by field")
    form.add_field("file", b"a", filename="a.txt")

    status, body = await post(rest, http, sandbox.discord_api_url + path, form)

    assert (status, body["content"]) == (200, "by field")
    assert [file["filename"] for file in body["attachments"]] == ["a.txt"]


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("multipart/form-data", b"no boundary named"),
        ("multipart/form-data; boundary=x", b"no boundary there"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="content"\r\n\r\nno end',
        ),
    ],
)
async def test_a_broken_multipart_is_refused(
    *, rest: Rest, http: aiohttp.ClientSession, sandbox: Sandbox, path: str, content_type: str,
    data: bytes,
) -> None:  # fmt: skip
    headers = {"Authorization": f"Bot {rest.token}", "Content-Type": content_type}
    async with http.post(sandbox.discord_api_url + path, data=data, headers=headers) as response:
        body = await response.json()

    assert (response.status, body["code"]) == (400, 50035)


async def test_numbers_too_long_to_be_read_are_no_ids(rest: Rest, path: str) -> None:
    endless = "9" * 5000

    in_path = await rest("GET", f"/channels/{endless}")
    in_body = await rest(
        "POST", path, {"content": "a", "message_reference": {"message_id": endless}}
    )
    by_mention = await rest(
        "POST", path, {"content": "a", "allowed_mentions": {"users": [endless]}}
    )

    assert [one.status for one in (in_path, in_body, by_mention)] == [400, 400, 400]
    assert in_path.error_at("channel_id") == "NUMBER_TYPE_COERCE"
    assert in_body.error_at("message_reference", "message_id") == "NUMBER_TYPE_COERCE"


async def test_json_of_many_megabytes_is_refused(rest: Rest, path: str) -> None:
    assert refused(await rest("POST", path, {"content": "x" * 5_000_000})) == (413, 40005)


async def test_a_nested_multipart_is_refused(
    rest: Rest, http: aiohttp.ClientSession, sandbox: Sandbox, path: str
) -> None:
    inner = aiohttp.MultipartWriter("mixed")
    inner.append("a")
    outer = aiohttp.MultipartWriter("form-data")
    outer.append(inner)

    status, body = await post(rest, http, sandbox.discord_api_url + path, outer)

    assert (status, body["code"]) == (400, 50035)


async def test_eleven_files_are_one_too_many(rest: Rest, path: str) -> None:
    files = {f"{number}.txt": b"a" for number in range(11)}

    reply = await rest("POST", path, {}, files=files)

    assert reply.error_at("attachments") == "BASE_TYPE_MAX_LENGTH"
