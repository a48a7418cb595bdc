"""What the inspector shows of frames, calls and answers."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from sandbox.clock import HandClock
from sandbox.inspector.secrecy import Secrecy
from sandbox.inspector.timeline import Timeline
from sandbox.server import Sandbox
from tests.sandbox.inspector.looking import HERE, Live, Looker

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.usefixtures("bot")
async def test_a_command_is_seen_from_the_keyboard_to_the_answer(
    sandbox: Sandbox, looker: Looker
) -> None:
    used = await sandbox.user("ada").slash("tools hammer", nails=3)
    await used.answer()

    run = await looker.run()
    names = [one["name"] for one in run["entries"]]
    event = next(one for one in run["entries"] if one["name"] == "INTERACTION_CREATE")
    callback = next(one for one in run["entries"] if one["name"].endswith("/callback"))
    assert names.index("ada: slash tools hammer") < names.index("INTERACTION_CREATE")
    assert event["direction"] == "received"
    assert event["frame"]["d"]["data"]["name"] == "tools"
    assert event["state"] == "done"
    assert "duration" in event
    assert callback["request"]["json"]["data"]["content"] == "3 nails"
    assert callback["status"] == 200
    assert callback["route"] == "/interactions/{interaction_id}/{interaction_token}/callback"


@pytest.mark.usefixtures("bot")
async def test_the_gateway_is_seen_both_ways(looker: Looker) -> None:
    frames = await looker.entries("gateway")

    ways = {one["name"]: one.get("direction") for one in frames}
    assert ways["IDENTIFY"] == "sent"
    assert ways["READY"] == "received"
    assert ways["connection opened"] is None
    assert all(one["size"] > 10 for one in frames if "direction" in one)


async def test_how_a_connection_ended_is_told(
    sandbox: Sandbox, http: aiohttp.ClientSession, looker: Looker
) -> None:
    async with http.ws_connect(sandbox.discord.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_json({"op": 99})
        await socket.receive()
    await sandbox.until(lambda: not sandbox.discord.gateway._connections)

    closed = next(
        one for one in await looker.entries("gateway") if one["name"] == "connection closed"
    )
    assert closed["frame"] == {"code": 4001, "by": "sandbox", "reason": "Unknown opcode."}


async def test_a_streamed_answer_arrives_live_event_by_event(
    sandbox: Sandbox, looker: Looker
) -> None:
    sandbox.openai.answers.queue(["one ", "two ", "three"])
    gate = sandbox.openai.answers.hold(after=2)
    headers = {"Authorization": f"Bearer {sandbox.openai_api_key}"}
    url = f"{sandbox.openai_base_url}/chat/completions"
    async with looker.live() as live:

        def text(live: Live) -> str:
            return (live.named("/v1/chat/completions") or {}).get("text", "")

        body = {**CHAT, "stream": True}
        async with looker.http.post(url, json=body, headers=headers) as answer:
            await gate.reached()
            await live.until(lambda live: text(live) == "one ")
            half = dict(live.named("/v1/chat/completions") or {})
            gate.release()
            await answer.read()
        await live.until(lambda live: (live.named("/v1/chat") or {}).get("state") == "done")

    whole = live.named("/v1/chat/completions") or {}
    assert half["state"] == "open"
    assert half["status"] == 200
    assert half["request"]["json"]["messages"] == CHAT["messages"]
    assert whole["text"] == "one two three"
    assert whole["events"][-1]["data"] == "[DONE]"
    assert (await looker.run())["entries"][-1]["events"] == whole["events"]


async def test_answers_without_a_stream_are_shown_with_body_size_and_duration(
    clock: HandClock, sandbox: Sandbox, looker: Looker
) -> None:
    sandbox.openai.faults.add("*", "slow_first_byte", seconds=2.0, times=1)
    async with looker.live() as live:
        asking = asyncio.ensure_future(looker.openai("POST", "/chat/completions", json=CHAT))
        waiting = await live.until(lambda live: (live.named("/v1/") or {}).get("about") and live)
        open_ = dict(waiting.named("/v1/"))
        await clock.advance(2)
        _, data = await asking

    (asked,) = await looker.entries("openai")
    assert open_["state"] == "open"
    assert open_["about"] == "gpt-4o-mini"
    assert asked["duration"] >= 2.0
    assert asked["response"]["size"] == len(data)
    assert asked["response"]["json"] == json.loads(data)


async def test_a_broken_answer_is_seen_as_broken(sandbox: Sandbox, looker: Looker) -> None:
    sandbox.openai.faults.add("*", "malformed", after=1, times=1)
    await looker.openai("POST", "/chat/completions", json={**CHAT, "stream": True})
    sandbox.openai.faults.add("*", "cut", after=2, times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await looker.openai("POST", "/chat/completions", json={**CHAT, "stream": True})
    sandbox.openai.faults.add("*", "drop", times=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await looker.openai("POST", "/models")

    broken, cut, dropped = await looker.entries("openai")
    assert any("cut-here" in str(one["data"]) for one in broken["events"])
    assert (broken["state"], broken["fault"]) == ("done", "malformed")
    assert (cut["state"], cut["fault"], cut["event_count"]) == ("cut", "cut", 2)
    assert (dropped["state"], dropped.get("status")) == ("cut", None)


async def test_a_discord_request_that_was_cut_is_seen_as_cut(
    sandbox: Sandbox, looker: Looker
) -> None:
    await looker.ask(
        "POST", f"{HERE}/faults", {"discord": {"rest": [{"route": "*", "drop": "before"}]}}
    )
    with pytest.raises(aiohttp.ClientError):
        await looker.http.post(f"{sandbox.discord_api_url}/channels/1/messages")

    (cut,) = await looker.entries("rest")
    assert (cut["state"], cut["status"], cut["fault"]) == ("cut", None, "fault")


async def test_forms_are_shown_as_fields_and_files_with_sizes(looker: Looker) -> None:
    form = aiohttp.FormData()
    form.add_field("purpose", "assistants")
    form.add_field("file", b"hello" * 10, filename="a.txt", content_type="text/plain")
    await looker.openai("POST", "/files", data=form)

    (asked,) = await looker.entries("openai")
    assert asked["request"]["json"] == {"purpose": "assistants"}
    assert asked["request"]["files"] == [
        {"field": "file", "name": "a.txt", "type": "text/plain", "size": 50}
    ]


async def test_bytes_are_counted_and_not_kept(looker: Looker) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "hi"}
    status, sound = await looker.openai("POST", "/audio/speech", json=body)

    (asked,) = await looker.entries("openai")
    assert status == 200
    assert asked["response"]["size"] == len(sound)
    assert set(asked["response"]) == {"headers", "size"}


async def test_files_that_a_bot_fetches_are_seen_and_those_of_a_browser_are_not(
    sandbox: Sandbox, looker: Looker
) -> None:
    ada = sandbox.user("ada")
    said = await ada.say("look", files=[ada.upload("a.txt", b"abc", "text/plain")])
    url = said.attachments[0].url
    async with looker.http.get(url) as fetched:
        assert await fetched.read() == b"abc"
    async with looker.http.get(url, headers={"Sec-Fetch-Mode": "no-cors"}):
        pass

    (file,) = await looker.entries("file")
    assert file["response"]["size"] == 3


@pytest.mark.parametrize("body", [b'{"a": NaN}', b"[" * 500 + b"]" * 500, b'"\\ud800"', b"\xff"])
async def test_hostile_bodies_are_shown_and_break_nothing(looker: Looker, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    headers["Authorization"] = f"Bearer {looker.sandbox.openai_api_key}"
    url = f"{looker.sandbox.openai_base_url}/chat/completions"
    async with looker.http.post(url, data=body, headers=headers) as answer:
        status = answer.status

    (asked,) = await looker.entries("openai")
    assert status == asked["status"] == 400
    json.dumps(asked, allow_nan=False)


async def test_what_is_forgotten_is_the_oldest_by_number_and_by_size(clock: HandClock) -> None:
    secrecy = Secrecy(list)
    few = Timeline(clock, secrecy, max_entries=3)
    small = Timeline(clock, secrecy, max_bytes=10_000)

    for number in range(10):
        few.add("rest", f"GET /{number}")
        small.add("rest", f"GET /{number}", request={"text": "long words " * 200})

    assert [one["name"] for one in few.snapshot()] == ["GET /7", "GET /8", "GET /9"]
    assert few.forgotten == 7
    assert small.weight <= 10_000
    assert [one["name"] for one in small.snapshot()][-1] == "GET /9"


async def test_one_stream_cannot_fill_the_memory(clock: HandClock) -> None:
    timeline = Timeline(clock, Secrecy(list))
    entry = timeline.add("openai", "POST /v1/chat/completions")

    for _ in range(5_000):
        timeline.event(entry, {"delta": "x" * 50}, "x" * 50)

    (shown,) = timeline.snapshot()
    assert shown["event_count"] == 5_000
    assert len(shown["events"]) == 2_000
    assert len(shown["text"]) <= 128 * 1024 + 50


async def test_entries_that_are_forgotten_can_still_end(clock: HandClock) -> None:
    timeline = Timeline(clock, Secrecy(list), max_entries=1)
    first = timeline.add("openai", "first")
    timeline.add("openai", "second")

    timeline.event(first, {"late": True}, "late")
    timeline.change(first, ended=True)
    weight = timeline.weight
    timeline.clear()

    assert weight > 0
    assert timeline.weight == 0


@pytest.mark.usefixtures("bot")
async def test_clearing_is_told_to_who_looks(looker: Looker) -> None:
    async with looker.live() as live:
        await live.until(lambda live: live.named("READY"))
        await looker.ask("DELETE", f"{HERE}/entries", expect=204)
        await live.until(lambda live: not live.entries)

    run: dict[str, Any] = await looker.run()
    assert run["entries"] == run["actions"] == []
