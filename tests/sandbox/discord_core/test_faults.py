import aiohttp
import pytest

from sandbox._tasks import Tasks
from sandbox.clock import HandClock
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
    sandbox.discord.faults.load(
        {"rest": [{"route": "GET *", "status": 429, "retry_after": 1.5, "scope": scope}]}
    )

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
    sandbox.discord.faults.load({"rest": [{"route": "POST *", "drop": drop}]})
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


async def test_a_fault_with_an_unknown_member_is_not_swallowed(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError, match="statsu"):
        sandbox.discord.faults.load({"rest": [{"route": "*", "statsu": 500}]})


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
