"""The requests themselves, as bytes on the wire, and what Discord's answers are taken for."""

import json
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from bot import wire
from bot.domain.ids import ChannelId, MessageId
from cogs._outcomes import Bucket, Limited, Refusal, Refused, Shown, Unclear, understand
from cogs._posts import EPHEMERAL, SUPPRESS_EMBEDS, Body, File, Posts
from tests.factories import a_token

BUCKET = {
    "X-RateLimit-Bucket": "abc",
    "X-RateLimit-Limit": "5",
    "X-RateLimit-Remaining": "3",
    "X-RateLimit-Reset-After": "1.5",
}
MESSAGE = {"id": "77", "channel_id": "300"}


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    json: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class TinyDiscord:
    """Answers everything with one message, and remembers what it was sent."""

    received: list[Received] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        files: dict[str, bytes] = {}
        body: dict[str, Any] = {}
        if request.content_type == "multipart/form-data":
            form = await request.post()
            body = json.loads(bytes(form["payload_json"]))  # pyright: ignore  a part with a type comes as bytes
            for name, value in form.items():
                if isinstance(value, web.FileField):
                    files[name] = value.file.read()
        elif request.can_read_body:
            body = await request.json()
        path = request.path_qs
        self.received.append(Received(request.method, path, dict(request.headers), body, files))
        return web.json_response(MESSAGE, headers=BUCKET)


@pytest.fixture
async def discord() -> AsyncGenerator[TinyDiscord, None]:
    tiny = TinyDiscord()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", tiny.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    wire.talk_to(URL(f"{site.name}/api/v10"))
    yield tiny
    await runner.cleanup()


@pytest.fixture
async def posts() -> AsyncGenerator[Posts, None]:
    made = Posts(lambda: "bot-token")
    yield made
    await made.close()


async def test_an_edit_by_token_goes_without_the_bots_token_and_pings_nobody(
    discord: TinyDiscord, posts: Posts
) -> None:
    outcome = await posts.edit_by_token(a_token(token="tok"), None, Body(content="@everyone"))

    (sent,) = discord.received
    assert (sent.method, sent.path) == ("PATCH", "/api/v10/webhooks/100/tok/messages/@original")
    assert "Authorization" not in sent.headers
    assert sent.headers["User-Agent"].startswith("DiscordBot (")
    assert sent.json == {
        "allowed_mentions": {"parse": [], "replied_user": False},
        "content": "@everyone",
        "flags": SUPPRESS_EMBEDS,
    }
    assert outcome == Shown(
        message=MessageId(77),
        channel=ChannelId(300),
        bucket=Bucket(name="abc", limit=5, remaining=3, reset_after=1.5),
    )


async def test_a_private_follow_up_says_so_beside_the_other_flag(
    discord: TinyDiscord, posts: Posts
) -> None:
    await posts.follow_up(a_token(token="tok"), Body(content="psst"), private=True)

    (sent,) = discord.received
    assert sent.path == "/api/v10/webhooks/100/tok?wait=true"
    assert sent.json["flags"] == SUPPRESS_EMBEDS | EPHEMERAL


async def test_a_channel_message_carries_its_nonce_and_a_reply_that_may_be_gone(
    discord: TinyDiscord, posts: Posts
) -> None:
    await posts.create(ChannelId(300), Body(content="hi"), nonce="12.1.0", reply_to=MessageId(5))

    (sent,) = discord.received
    assert sent.headers["Authorization"] == "Bot bot-token"
    assert sent.json["nonce"] == "12.1.0"
    assert sent.json["enforce_nonce"] is True
    assert sent.json["message_reference"] == {"message_id": "5", "fail_if_not_exists": False}
    assert sent.json["allowed_mentions"]["replied_user"] is False


async def test_files_travel_as_multipart_and_are_named_in_the_payload(
    discord: TinyDiscord, posts: Posts
) -> None:
    files = (File("answer.md", "text/markdown", b"# All"),)

    await posts.edit(ChannelId(300), MessageId(77), Body(content="x", files=files))

    (sent,) = discord.received
    assert sent.json["attachments"] == [{"id": "0", "filename": "answer.md"}]
    assert sent.files == {"files[0]": b"# All"}


async def test_an_embed_takes_the_flag_away_that_would_hide_it(
    discord: TinyDiscord, posts: Posts
) -> None:
    body = Body(embeds=({"description": "Interrupted"},), components=())

    await posts.edit(ChannelId(300), MessageId(77), body)

    (sent,) = discord.received
    assert sent.json["flags"] == 0
    assert "content" not in sent.json


async def test_half_a_surrogate_pair_is_sent_as_a_replacement(
    discord: TinyDiscord, posts: Posts
) -> None:
    await posts.edit(ChannelId(300), MessageId(77), Body(content="a\ud83d b"))

    assert discord.received[0].json["content"] == "a\ufffd b"


async def test_a_refused_connection_is_unclear_and_logs_no_token(
    posts: Posts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.talk_to(URL("http://127.0.0.1:9/api/v10"))

    outcome = await posts.edit_by_token(a_token(token="secret-token"), None, Body(content="x"))

    assert outcome == Unclear()
    assert "secret-token" not in caplog.text


@pytest.mark.parametrize(
    ("status", "body", "by_token", "why"),
    [
        (401, {"code": 50027}, True, Refusal.TOKEN_EXPIRED),
        (404, {"code": 10015}, True, Refusal.TOKEN_EXPIRED),
        (401, {}, True, Refusal.TOKEN_EXPIRED),
        (401, {}, False, Refusal.NO_ACCESS),
        (404, {"code": 10008}, True, Refusal.MESSAGE_GONE),
        (404, {"code": 10003}, False, Refusal.CHANNEL_GONE),
        (403, {"code": 50001}, False, Refusal.NO_ACCESS),
        (403, {"code": 50013}, False, Refusal.NO_ACCESS),
        (400, {"code": 40094}, True, Refusal.NO_MORE_FOLLOW_UPS),
        (400, {"code": 50006}, True, Refusal.BAD_FORM),
        (404, {}, False, Refusal.CHANNEL_GONE),
    ],
)
def test_each_refusal_is_known_by_its_code(
    status: int, body: dict[str, Any], *, by_token: bool, why: Refusal
) -> None:
    outcome = understand(status, {}, json.dumps(body).encode(), by_token=by_token)

    assert isinstance(outcome, Refused)
    assert outcome.why is why


def test_a_bad_form_names_the_fields_and_not_what_was_in_them() -> None:
    fault = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer: secret words"}
    body = {"code": 50035, "errors": {"embeds": {"0": {"title": {"_errors": [fault]}}}}}

    outcome = understand(400, {}, json.dumps(body).encode(), by_token=True)

    assert isinstance(outcome, Refused)
    assert outcome.errors == ("embeds.0.title: BASE_TYPE_MAX_LENGTH",)


@pytest.mark.parametrize(
    ("headers", "body", "limited"),
    [
        (
            {"X-RateLimit-Scope": "shared"},
            b'{"retry_after": 2.5, "global": false}',
            Limited(retry_after=2.5, scope="shared", everywhere=False),
        ),
        (
            {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"},
            b'{"retry_after": 1, "global": true}',
            Limited(retry_after=1.0, scope="global", everywhere=True),
        ),
        (
            {"Retry-After": "7"},
            b"<html>banned</html>",
            Limited(retry_after=7.0, scope=None, everywhere=False),
        ),
    ],
)
def test_a_limit_says_how_long_and_for_whom(
    headers: dict[str, str], body: bytes, limited: Limited
) -> None:
    assert understand(429, headers, body, by_token=True) == limited


@pytest.mark.parametrize("body", [b"<h1>Bad gateway</h1>", b"", b"{"])
def test_a_server_fault_is_unclear_whatever_it_says(body: bytes) -> None:
    assert understand(502, {}, body, by_token=False) == Unclear(status=502)
