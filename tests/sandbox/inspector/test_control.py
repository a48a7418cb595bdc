"""The control routes: what each does, and who may use them."""

from typing import Any

import aiohttp
import pytest

from sandbox.clock import HandClock
from sandbox.inspector.presets import PRESETS
from sandbox.server import Sandbox
from tests.sandbox.inspector.looking import HERE, Looker

ROUTES = [
    ("GET", "/inspector"),
    ("GET", f"{HERE}/live"),
    ("GET", f"{HERE}/run"),
    ("GET", f"{HERE}/state"),
    ("GET", f"{HERE}/presets"),
    ("DELETE", f"{HERE}/entries"),
    ("POST", f"{HERE}/faults"),
    ("DELETE", f"{HERE}/faults"),
    ("DELETE", f"{HERE}/faults/1"),
    ("POST", f"{HERE}/replay"),
    ("DELETE", f"{HERE}/replay"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_every_route_needs_the_token_and_our_own_host_and_origin(
    sandbox: Sandbox, http: aiohttp.ClientSession, method: str, path: str
) -> None:
    token = {"Authorization": f"Bearer {sandbox.control.token}"}
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {**token, "Host": "evil.example"},
        {**token, "Origin": "http://evil.example"},
        {**token, "Origin": "null"},
    ):
        async with http.request(method, sandbox.url + path, headers=headers, json={}) as answer:
            assert answer.status == 403


async def test_the_page_and_its_modules_load_under_a_strict_policy(looker: Looker) -> None:
    token = looker.sandbox.control.token
    async with looker.http.get(f"{looker.sandbox.url}/inspector?token={token}") as page:
        html = await page.text()
        policy = page.headers["Content-Security-Policy"]
    for name in ("dom", "store", "rows", "details", "json", "curl", "meters", "toolbar", "trouble"):
        async with looker.http.get(f"{looker.sandbox.url}{HERE}/web/{name}.js") as module:
            assert module.content_type == "text/javascript"
            assert "innerHTML" not in await module.text()
    for kind in ("js", "css"):
        async with looker.http.get(f"{looker.sandbox.url}/sandbox/inspector.{kind}") as file:
            assert file.status == 200
    async with looker.http.get(f"{looker.sandbox.url}{HERE}/web/nothing.js") as missing:
        assert missing.status == 404

    assert "default-src 'none'" in policy
    assert "style=" not in html
    assert "onclick" not in html


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.name)
async def test_each_preset_can_be_switched_on_and_off_by_its_number(
    looker: Looker, preset: Any
) -> None:
    offered = await looker.ask("GET", f"{HERE}/presets")
    faults = next(one["faults"] for one in offered if one["name"] == preset.name)
    added = await looker.ask("POST", f"{HERE}/faults", faults)
    (number,) = added["added"]

    await looker.ask("DELETE", f"{HERE}/faults/{number}", expect=204)
    after = await looker.ask("GET", f"{HERE}/state")

    assert [one["id"] for one in added["faults"]] == [number]
    assert after["state"]["faults"] == []
    await looker.ask("DELETE", f"{HERE}/faults/{number}", expect=404)


async def test_faults_count_down_and_all_go_at_once(sandbox: Sandbox, looker: Looker) -> None:
    described = {
        "discord": {
            "rest": [{"route": "* /gateway", "status": 503, "times": 2}],
            "gateway": [{"action": "duplicate", "times": None}],
        },
        "openai": [{"route": "*", "kind": "status", "error": "overloaded", "times": 3}],
    }
    async with looker.live() as live:
        await looker.ask("POST", f"{HERE}/faults", described)
        await looker.http.get(f"{sandbox.discord_api_url}/gateway")
        await looker.openai("GET", "/models")
        await live.until(lambda live: [one["left"] for one in live.state["faults"]] == [1, None, 2])
        await looker.ask("DELETE", f"{HERE}/faults", expect=204)
        await live.until(lambda live: live.state["faults"] == [])


@pytest.mark.parametrize(
    "described",
    [
        [],
        {"discord": {"rest": [{"route": 5}]}},
        {"openai": [{"route": "*", "kind": "unheard of"}]},
        {"elsewhere": {}},
    ],
)
async def test_a_wrong_fault_is_refused_whole(looker: Looker, described: Any) -> None:
    good = {"route": "*", "kind": "drop"}
    if isinstance(described, dict) and "discord" in described:
        described = {**described, "openai": [good]}

    why = await looker.ask("POST", f"{HERE}/faults", described, expect=400)

    assert why
    assert (await looker.ask("GET", f"{HERE}/state"))["state"]["faults"] == []


async def test_the_pace_is_set_and_told(looker: Looker) -> None:
    async with looker.live() as live:
        await looker.ask("POST", "/control/openai", {"pace": 0.25})
        await live.until(lambda live: live.state.get("pace") == 0.25)

    assert looker.sandbox.openai.answers.pace == 0.25


@pytest.mark.usefixtures("bot")
async def test_gateway_sessions_are_told_and_disturbed(looker: Looker) -> None:
    async with looker.live() as live:
        await live.until(lambda live: live.state["sessions"][0]["connected"])
        await looker.ask("POST", "/control/discord/gateway", {"action": "silence"}, expect=204)
        await live.until(lambda live: live.state["sessions"][0]["silent"])


@pytest.mark.usefixtures("bot")
async def test_buckets_and_tokens_run_out_by_the_sandboxs_clock(
    clock: HandClock, sandbox: Sandbox, looker: Looker
) -> None:
    used = await sandbox.user("ada").slash("tools hammer", nails=3)
    await used.answer()

    before = await looker.ask("GET", f"{HERE}/state")
    await clock.advance(899)
    late = await looker.ask("GET", f"{HERE}/state")
    await clock.advance(1.5)
    after = await looker.ask("GET", f"{HERE}/state")

    (token,) = before["state"]["tokens"]
    bucket = next(one for one in before["state"]["buckets"] if "/users/@me" in one["name"])
    assert (token["name"], token["user"]) == ("tools hammer", "ada")
    assert token["callback"] == "CHANNEL_MESSAGE_WITH_SOURCE"
    assert token["ends_at"] - before["now"]["t"] == 900
    assert token["token"].startswith("aW50…")
    assert (bucket["limit"], bucket["remaining"]) == (10, 9)
    assert before["now"]["running"] is False
    assert late["state"]["buckets"] == []
    assert len(late["state"]["tokens"]) == 1
    assert after["state"]["tokens"] == []
