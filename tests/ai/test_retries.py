import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.ai.chat import OpenAIChat
from bot.ai.client import open_client
from bot.ai.retries import NO_RETRIES
from bot.domain.errors import RateLimitedError, ServerFaultError, UpstreamError
from sandbox.clock import HandClock
from tests.ai.asking import events_of, failing, text_of
from tests.ai.raw import RawServer, Reply, chunk


@asynccontextmanager
async def retrying(
    raw: RawServer, clock: HandClock, tries: list[tuple[UpstreamError, float]]
) -> AsyncGenerator[OpenAIChat, None]:
    async with open_client(base_url=raw.url) as client:
        yield OpenAIChat(client, clock=clock, on_retry=lambda *again: tries.append(again))


async def finished(asking: asyncio.Task[Any], clock: HandClock) -> None:
    while not asking.done():
        await clock.advance(0.25)


async def test_a_short_wait_that_the_server_asks_for_is_kept_and_then_asked_again(
    raw: RawServer, clock: HandClock
) -> None:
    tries: list[tuple[UpstreamError, float]] = []
    raw.answers({"error": {"message": "slow"}}, 429, retry_after="3")
    raw.streams(chunk("Hi", finish="stop"), "[DONE]")
    async with retrying(raw, clock, tries) as chat:
        asking = asyncio.ensure_future(events_of(chat))
        await finished(asking, clock)

    assert text_of(await asking) == "Hi"
    assert clock.monotonic() >= 3
    [(error, pause)] = tries
    assert isinstance(error, RateLimitedError)
    assert pause == 3


@pytest.mark.parametrize("retry_after", ["21", ""])
async def test_a_long_or_unknown_wait_is_told_instead(
    raw: RawServer, chat: OpenAIChat, retry_after: str
) -> None:
    raw.answers({"error": {"message": "slow"}}, 429, retry_after=retry_after)

    _, error = await failing(chat)

    assert isinstance(error, RateLimitedError)
    assert len(raw.requests) == 1


async def test_a_server_fault_is_asked_three_times_in_all(raw: RawServer, clock: HandClock) -> None:
    tries: list[tuple[UpstreamError, float]] = []
    raw.answers(b"<html><title>503 Service Unavailable</title></html>", 503)
    async with retrying(raw, clock, tries) as chat:
        asking = asyncio.ensure_future(failing(chat))
        await finished(asking, clock)

    _, error = await asking
    assert isinstance(error, ServerFaultError)
    assert (error.status, error.detail) == (503, "503 Service Unavailable")
    assert len(raw.requests) == 3
    assert [pause for _, pause in tries] == [0.5, 1.0]


async def test_a_connection_lost_before_an_answer_is_tried_again(
    raw: RawServer, clock: HandClock
) -> None:
    raw.replies.append(Reply(status=0))
    raw.streams(chunk("Hi", finish="stop"), "[DONE]")
    async with retrying(raw, clock, []) as chat:
        asking = asyncio.ensure_future(events_of(chat))
        await finished(asking, clock)

    assert text_of(await asking) == "Hi"


async def test_nothing_is_asked_again_where_the_caller_does_that(
    raw: RawServer, clock: HandClock
) -> None:
    raw.answers(b"", 500)
    async with open_client(base_url=raw.url) as client:
        await failing(OpenAIChat(client, clock=clock, retries=NO_RETRIES))

    assert len(raw.requests) == 1
