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
