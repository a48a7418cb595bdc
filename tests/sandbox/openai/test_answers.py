import asyncio
from typing import Any

from tests.sandbox.openai.conftest import Running

BODY: Any = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}


async def told(running: Running) -> str | None:
    return (await running.client.chat.completions.create(**BODY)).choices[0].message.content


async def deltas(running: Running) -> list[str | None]:
    stream = await running.client.chat.completions.create(**BODY, stream=True)
    return [chunk.choices[0].delta.content async for chunk in stream]


async def test_queued_answers_come_in_order_then_the_set_one_then_canned_ones(
    both: Running,
) -> None:
    both.server.answers.text = "always"
    both.server.answers.queue("first", "second")

    said = [await told(both) for _ in range(4)]
    both.server.answers.clear()

    assert said == ["first", "second", "always", "always"]
    assert "sandbox" in str(await told(both))


async def test_the_deltas_of_a_stream_can_be_given_or_measured(both: Running) -> None:
    both.server.answers.queue(["``", "`py\n", "x"], "abcdefg")
    both.server.answers.characters = 3

    assert await deltas(both) == ["", "``", "`py\n", "x", None]
    assert await deltas(both) == ["", "abc", "def", "g", None]


async def test_the_pace_goes_by_the_clock(both: Running) -> None:
    both.server.answers.queue(["a", "b"])
    both.server.answers.pace = 10
    reading = asyncio.ensure_future(deltas(both))

    while not reading.done():
        await both.clock.advance(10)

    assert await reading == ["", "a", "b", None]
    assert both.clock.monotonic() >= 40


async def test_a_gate_holds_a_stream_where_it_is_told_and_lets_it_go_on(both: Running) -> None:
    both.server.answers.queue(["a", "b", "c"])
    gate = both.server.answers.hold(after=2)
    reading = asyncio.ensure_future(deltas(both))

    await gate.reached()
    assert len(both.server.requests[0].events) == 2
    gate.release(1)
    await gate.reached()
    assert len(both.server.requests[0].events) == 3
    assert not reading.done()
    gate.release()

    assert await reading == ["", "a", "b", "c", None]


async def test_a_gate_holds_one_whole_answer_of_its_route(both: Running) -> None:
    gate = both.server.answers.hold(route="POST /chat/completions")
    asking = asyncio.ensure_future(told(both))

    await gate.reached()
    assert (await both.client.models.list()).data
    assert await told(both)
    assert not asking.done()
    assert both.server.requests[0].status is None
    gate.release()

    assert await asking


async def test_a_client_that_leaves_a_held_answer_is_noticed(both: Running) -> None:
    gate = both.server.answers.hold(after=1)
    stream = await both.client.chat.completions.create(**BODY, stream=True)
    await gate.reached()

    await stream.close()

    await asyncio.wait_for(both.server.requests[0].ended.wait(), 60)
    assert both.server.requests[0].disconnected
    assert not both.server.requests[0].finished
