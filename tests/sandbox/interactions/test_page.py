"""The page: a foreign bot used through it, and who may drive it at all."""

import base64
from collections.abc import AsyncGenerator, Callable
from typing import Any

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.sandbox.interactions.foreign import Bot

Json = dict[str, Any]


class Browser:
    """What live.js does with the WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def ask(self, **asked: Any) -> None:
        await self._socket.send_json({"id": 7, **asked})

    async def until(self, look: Callable[[Json], Any]) -> Json:
        """The next thing told that fits."""
        while True:
            told: Json = await self._socket.receive_json(timeout=60)
            if look(told):
                return told

    async def message(self, text: str) -> Json:
        found: list[Json] = []

        def look(told: Json) -> bool:
            messages = told.get("put") or told.get("page", {}).get("messages", [])
            found[:] = [one for one in messages if one["text"] == text]
            return bool(found)

        await self.until(look)
        return found[-1]


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession, None]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def browser(
    sandbox: Sandbox,
    bot: Bot,  # noqa: ARG001  it has to be online
    http: aiohttp.ClientSession,
) -> AsyncGenerator[Browser, None]:
    address = f"{sandbox.url}/sandbox/live?token={sandbox.control.token}"
    async with http.ws_connect(address, origin=sandbox.url) as socket:
        yield Browser(socket)


async def test_commands_messages_and_buttons_work_by_typing(browser: Browser) -> None:
    await browser.ask(do="send", text="/tools hammer nails:3")
    await browser.message("3 nails")
    await browser.ask(do="send", text="just words")
    await browser.message("just words")
    await browser.ask(do="send", text="/panel")
    panel = await browser.message("a panel")
    await browser.ask(do="press", message=panel["id"], button="count")
    changed = await browser.message("pressed 1")
    await browser.ask(do="choose", message=panel["id"], select="fruit", values=["plum"])
    await browser.message("chose ['plum']")

    assert changed["id"] == panel["id"]


async def test_values_with_spaces_files_and_all_types_are_understood(browser: Browser) -> None:
    data = base64.b64encode(b"inside").decode()
    await browser.ask(
        do="send",
        text="/everything text:hi there whole:3 truth:true user:ben colour:Red",
        files=[{"name": "a.txt", "type": "text/plain", "data": data}],
    )

    await browser.message("hi there|3|None|True|ben|None|None|None|inside|r")


async def test_forms_are_shown_and_sent(browser: Browser) -> None:
    await browser.ask(do="send", text="/form")
    told = await browser.until(lambda told: "form" in told)
    await browser.ask(
        do="submit", form=told["form"]["id"], fields={"Name": "Ada", "colour": ["b"], "size": "s"}
    )

    await browser.message("Ada|['b']|[]|s")


async def test_suggestions_come_while_typing(browser: Browser) -> None:
    others = {"family": "mini"}
    await browser.ask(do="suggest", name="pick", option="model", typed="gp", options=others)

    told = await browser.until(lambda told: "answer" in told)
    assert told["with"]["choices"][0] == {"name": "GP-0 OF MINI", "value": "gp-0 of mini"}


async def test_what_the_client_refuses_is_said(browser: Browser) -> None:
    await browser.ask(do="send", text="/tools hammer nails:many")

    told = await browser.until(lambda told: "refused" in told)
    assert told["refused"] == "'nails' takes a number, not 'many'"


async def test_an_ephemeral_answer_is_gone_when_somebody_else_looks(browser: Browser) -> None:
    await browser.ask(do="send", text="/secret")
    assert (await browser.message("psst"))["ephemeral"]

    await browser.ask(do="watch", user="ben", channel=None)
    told = await browser.until(lambda told: "page" in told)
    assert told["page"] == {"messages": [], "more": False}


@pytest.mark.usefixtures("bot")
async def test_one_request_over_http_does_the_same(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    headers = {"Authorization": f"Bearer {sandbox.control.token}"}
    asked = {"user": "mia", "do": "send", "text": "hello"}

    async with http.post(f"{sandbox.url}/sandbox/do", json=asked, headers=headers) as answer:
        seen = (await answer.json())["seen"]

    assert [(one["author"]["username"], one["text"]) for one in seen["messages"]] == [
        ("mia", "hello")
    ]


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("wrong", {}),
        ("right", {"Origin": "http://evil.example"}),
        ("right", {"Origin": "null"}),
        ("right", {"Host": "evil.example"}),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/sandbox/live"), ("POST", "/sandbox/do")]
)
async def test_nobody_drives_it_from_elsewhere_or_without_the_token(  # noqa: PLR0917  fixtures
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    token: str,
    headers: dict[str, str],
) -> None:
    given = {"right": sandbox.control.token}.get(token, token)

    url = f"{sandbox.url}{path}?token={given}"
    async with http.request(method, url, headers=headers, json={}) as answer:
        assert answer.status == 403


async def test_the_printed_address_shows_the_page_with_everything_from_itself(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{sandbox.url}/?token={sandbox.control.token}") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    assert "//" not in text.replace("<!doctype html>", "")
    for name in ("page.js", "page.css", "vendor/marked/marked.esm.js", "sample.ogg"):
        async with http.get(f"{sandbox.url}/sandbox/{name}") as answer:
            assert answer.status == 200
