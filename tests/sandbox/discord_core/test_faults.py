from typing import Any

import aiohttp
import pytest

from sandbox._tasks import Tasks
from sandbox.clock import HandClock
from sandbox.discord.fault_file import FaultsError, parse
from sandbox.discord.faults import Fault
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Rest, Sockets


async def test_a_fault_hits_its_route_as_often_as_it_says(rest: Rest, sandbox: Sandbox) -> None:
    sandbox.discord.faults.add(Fault(route="GET /users/*", status=503, times=2, skip=1))

    statuses = [(await rest("GET", "/users/@me")).status for _ in range(4)]
    other = await rest("GET", "/gateway/bot")

    assert statuses == [200, 503, 503, 200]
    assert other.status == 200


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
async def test_a_rate_limit_on_purpose_looks_like_a_real_one(
    scope: str, rest: Rest, sandbox: Sandbox
) -> None:
    described = {"route": "GET *", "status": 429, "retry_after": 1.5, "scope": scope}
    sandbox.discord.faults.add(*parse({"rest": [described]}))

    reply = await rest("GET", "/users/@me")

    assert reply.body["retry_after"] == 1.5
    assert reply.body["global"] == (scope == "global")
    assert reply.headers["X-RateLimit-Scope"] == scope
    assert reply.headers["Retry-After"] == "2"
    assert "Via" in reply.headers


async def test_a_rate_limit_may_say_nothing_about_when(rest: Rest, sandbox: Sandbox) -> None:
    sandbox.discord.faults.add(Fault(route="*", status=429))

    reply = await rest("GET", "/users/@me")

    assert "retry_after" not in reply.body
    assert "Retry-After" not in reply.headers


async def test_html_instead_of_json(rest: Rest, sandbox: Sandbox) -> None:
    sandbox.discord.faults.add(Fault(route="*", status=502, body="<h1>Bad gateway</h1>"))

    reply = await rest("GET", "/users/@me")

    assert (reply.status, reply.body) == (502, "<h1>Bad gateway</h1>")
    assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
async def test_a_cut_connection_before_or_after_the_message_is_made(
    drop: str, made: int, rest: Rest, sandbox: Sandbox
) -> None:
    sandbox.discord.faults.add(*parse({"rest": [{"route": "POST *", "drop": drop}]}))
    general = sandbox.discord.world.channel_named("general")

    with pytest.raises(aiohttp.ClientConnectionError):
        await rest("POST", f"/channels/{general.id}/messages", {"content": "perhaps"})

    assert len(general.messages) == made
    assert sandbox.discord.requests[-1].status == 0


async def test_a_delay_goes_by_the_sandboxs_clock(
    rest: Rest, sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.discord.faults.add(Fault(route="*", delay=30))
    request = Tasks().spawn(rest("GET", "/users/@me"), name="test")
    await clock.advance(29)
    assert not request.done()

    await clock.advance(1)

    assert (await request).status == 200


async def test_faults_can_be_set_and_cleared_over_http_by_who_knows_the_token(
    sandbox: Sandbox, http: aiohttp.ClientSession, rest: Rest, sockets: Sockets
) -> None:
    url = f"{sandbox.url}/control/discord"
    known = {"Authorization": f"Bearer {sandbox.control.token}"}
    fault = {"rest": [{"route": "*", "status": 500, "times": None}]}
    socket = await sockets()
    await socket.identify(intents=0)

    async def control(method: str, path: str, headers: dict[str, str]) -> int:
        async with http.request(method, url + path, json=fault, headers=headers) as response:
            return response.status

    assert await control("POST", "/faults", {}) == 403
    assert await control("POST", "/faults", known | {"Origin": "http://evil.example"}) == 403
    assert await control("POST", "/faults", known | {"Host": "evil.example"}) == 403
    assert await control("POST", "/faults", known) == 204
    assert (await rest("GET", "/users/@me")).status == 500
    assert await control("DELETE", "/faults", known) == 204
    assert (await rest("GET", "/users/@me")).status == 200
    fault = {"action": "reconnect"}
    assert await control("POST", "/gateway", known) == 204
    assert (await socket.receive())["op"] == 7


@pytest.mark.parametrize(
    ("described", "place"),
    [
        ([], "must be an object with 'rest' and 'gateway'"),
        ({"rset": []}, "rset"),
        ({"rest": {}}, "rest"),
        ({"rest": [5]}, "rest[0]"),
        ({"rest": [{"status": 500}]}, "rest[0].route"),
        ({"rest": [{"route": "*", "statsu": 500}]}, "rest[0].statsu"),
        ({"rest": [{"route": "*"}, {"route": "*", "status": "500"}]}, "rest[1].status"),
        ({"rest": [{"route": "*", "times": 0}]}, "rest[0].times"),
        ({"rest": [{"route": "*", "skip": -1}]}, "rest[0].skip"),
        ({"rest": [{"route": "*", "drop": "now"}]}, "rest[0].drop"),
        ({"rest": [{"route": "*", "scope": "mine"}]}, "rest[0].scope"),
        ({"rest": [{"route": "*", "headers": {"a": 1}}]}, "rest[0].headers"),
        ({"rest": [{"route": "*", "delay": "1"}]}, "rest[0].delay"),
        ({"gateway": [{"event": "READY"}]}, "gateway[0].action"),
        ({"gateway": [{"action": "explode"}]}, "gateway[0].action"),
        ({"gateway": [{"action": "drop", "event": 5}]}, "gateway[0].event"),
    ],
)
def test_a_wrong_fault_is_refused_with_its_place(described: Any, place: str) -> None:
    with pytest.raises(FaultsError) as caught:
        parse(described)

    assert [each.partition(":")[0] for each in caught.value.problems] == [place]


async def test_a_wrong_order_over_http_is_answered_with_what_is_wrong(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    known = {"Authorization": f"Bearer {sandbox.control.token}"}

    async def told(path: str, data: bytes) -> tuple[int, str]:
        url = f"{sandbox.url}/control/{path}"
        async with http.post(url, data=data, headers=known) as response:
            return response.status, await response.text()

    assert (await told("discord/faults", b"{"))[0] == 400
    status, text = await told("discord/faults", b'{"rest": [{"rout": "*"}]}')
    assert (status, "rest[0].rout:" in text) == (400, True)
    status, text = await told("discord/gateway", b'{"action": "explode"}')
    assert (status, "action: must be one of drop" in text) == (400, True)
    status, text = await told("openai", b'{"faults": [{"route": "*"}]}')
    assert (status, text.startswith("faults[0].kind:")) == (400, True)


async def test_the_openai_half_is_steered_over_http_by_who_knows_the_token(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    known = {"Authorization": f"Bearer {sandbox.control.token}"}
    order = {"faults": [{"route": "GET /models", "kind": "status", "status": 503}], "pace": 1}
    key = {"Authorization": f"Bearer {sandbox.openai_api_key}"}

    async with http.post(f"{sandbox.url}/control/openai", json=order) as unknown:
        assert unknown.status == 403
    async with http.post(f"{sandbox.url}/control/openai", json=order, headers=known) as answer:
        assert (await answer.json())["pace"] == 1

    async with http.get(f"{sandbox.openai_base_url}/models", headers=key) as models:
        assert models.status == 503


async def test_every_request_is_recorded_with_its_answer(rest: Rest, sandbox: Sandbox) -> None:
    general = sandbox.discord.world.channel_named("general")

    sent = await rest(
        "POST", f"/channels/{general.id}/messages", {"content": "a"}, files={"a.txt": b"abc"}
    )

    recorded = sandbox.discord.requests[-1]
    assert (recorded.method, recorded.route) == ("POST", "/channels/{channel_id}/messages")
    assert recorded.body == {"content": "a"}
    assert recorded.files == [("a.txt", 3)]
    assert (recorded.status, recorded.answer) == (200, sent.body)
