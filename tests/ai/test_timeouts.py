"""Time limits, by a clock that is moved by hand; lost connections, which look like time-outs."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.ai.chat import OpenAIChat
from bot.ai.client import Timeouts, open_client
from bot.ai.models import OpenAIModels
from bot.ai.retries import NO_RETRIES
from bot.domain.calls import Exchange
from bot.domain.errors import BadAnswerError, UnreachableError, UpstreamTimeoutError
from sandbox.clock import HandClock
from tests.ai.asking import a_request, all_of, end_of, events_of, failing, text_of
from tests.ai.raw import End, RawServer, Reply, chunk, serving

LIMITS = Timeouts(first=100, stall=30, overall=250)


@asynccontextmanager
async def chatting(url: str, clock: HandClock) -> AsyncGenerator[OpenAIChat, None]:
    async with open_client(base_url=url, timeouts=LIMITS) as client:
        yield OpenAIChat(client, clock=clock, timeouts=LIMITS, retries=NO_RETRIES)


async def test_a_silence_in_mid_answer_ends_it_after_the_stall_limit(
    raw: RawServer, clock: HandClock
) -> None:
    raw.streams(chunk("Hel"), end=End.HOLD)
    async with chatting(raw.url, clock) as chat:
        asking = asyncio.ensure_future(failing(chat))
        await raw.sent.wait()

        await clock.advance(29)
        assert not asking.done()
        await clock.advance(1)

        events, error = await asking
        assert isinstance(error, UpstreamTimeoutError)
        assert error.after == 30
        assert text_of(events) == "Hel"
        await raw.left.wait()


@pytest.mark.parametrize("pieces", [[], [chunk(role="assistant")]])
async def test_a_model_may_think_longer_before_its_first_words(
    raw: RawServer, clock: HandClock, pieces: list[dict[str, object]]
) -> None:
    raw.streams(*pieces, end=End.HOLD)
    async with chatting(raw.url, clock) as chat:
        asking = asyncio.ensure_future(failing(chat))
        await raw.sent.wait()

        await clock.advance(99)
        assert not asking.done()
        await clock.advance(1)

        _, error = await asking
        assert isinstance(error, UpstreamTimeoutError)
        assert error.after == 100


async def test_an_answer_that_never_stops_ends_at_the_overall_limit(clock: HandClock) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        while not writer.is_closing():
            writer.write(b": still here\n\n")
            await clock.sleep(20)

    async with serving(drip) as url, chatting(url, clock) as chat:
        asking = asyncio.ensure_future(failing(chat))
        for _ in range(13):
            await clock.advance(20)

        _, error = await asking
    assert isinstance(error, UpstreamTimeoutError)
    assert error.after == 250


async def test_a_reader_that_takes_its_time_is_no_stall(raw: RawServer, clock: HandClock) -> None:
    raw.streams(chunk("Hel"), chunk("lo"), chunk(finish="stop"), "[DONE]")
    async with chatting(raw.url, clock) as chat:
        events = []
        async for event in chat.answer(a_request()):
            events.append(event)
            await clock.advance(60)

    assert text_of(events) == "Hello"
    assert end_of(events)


async def test_a_model_list_that_does_not_come_ends_at_the_overall_limit(
    raw: RawServer, clock: HandClock
) -> None:
    raw.replies.append(Reply([], end=End.HOLD))
    async with open_client(base_url=raw.url, timeouts=LIMITS) as client:
        models = OpenAIModels(client, clock=clock, timeouts=LIMITS)
        asking = asyncio.ensure_future(models.list())
        await raw.sent.wait()

        await clock.advance(250)

        with pytest.raises(UpstreamTimeoutError):
            await asking


async def test_a_refused_connection_is_unreachable_and_no_timeout(clock: HandClock) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        async with chatting(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", clock) as chat:
            _, error = await failing(chat)

    assert isinstance(error, UnreachableError)
    assert "127.0.0.1" not in error.detail


async def test_an_unknown_host_is_unreachable(clock: HandClock) -> None:
    async with chatting("http://nowhere.invalid/v1", clock) as chat:
        _, error = await failing(chat)

    assert isinstance(error, UnreachableError)


async def test_a_connection_dropped_before_an_answer_is_unreachable(
    raw: RawServer, clock: HandClock
) -> None:
    raw.replies.append(Reply(status=0))
    async with chatting(raw.url, clock) as chat:
        _, error = await failing(chat)

    assert isinstance(error, UnreachableError)


async def test_a_server_that_does_not_speak_http_is_an_error_of_ours(clock: HandClock) -> None:
    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    async with serving(garble) as url, chatting(url, clock) as chat:
        _, error = await failing(chat)

    assert isinstance(error, BadAnswerError)


async def test_closing_the_answer_early_ends_the_request_at_once(
    raw: RawServer, clock: HandClock
) -> None:
    raw.streams(chunk("Hel"), end=End.HOLD)
    async with chatting(raw.url, clock) as chat:
        answer = chat.answer(a_request())
        await anext(answer)

        await answer.aclose()

        await raw.left.wait()


async def test_cancelling_whoever_waits_ends_the_request_at_once(
    raw: RawServer, clock: HandClock
) -> None:
    raw.streams(chunk("Hel"), end=End.HOLD)
    async with chatting(raw.url, clock) as chat:
        asking = asyncio.ensure_future(events_of(chat))
        await raw.sent.wait()
        await clock.advance(1)

        asking.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asking
        await raw.left.wait()


async def test_a_question_after_closing_the_client_is_unreachable(
    raw: RawServer, clock: HandClock
) -> None:
    async with chatting(raw.url, clock) as chat:
        pass

    _, error = await failing(chat)

    assert isinstance(error, UnreachableError)


@pytest.mark.parametrize("dropped", [False, True], ids=["refused", "dropped"])
async def test_only_what_was_never_sent_is_known_to_have_made_nothing(
    raw: RawServer, clock: HandClock, *, dropped: bool
) -> None:
    raw.replies.append(Reply(status=0))
    url = raw.url if dropped else "http://127.0.0.1:9/v1"
    exchanges = list[Exchange]()
    async with open_client(base_url=url) as client:
        chat = OpenAIChat(client, clock=clock, retries=NO_RETRIES)
        with pytest.raises(UnreachableError):
            await all_of(chat.answer(a_request(), exchanges.append))

    [exchange] = exchanges
    assert (exchange.status, exchange.unmade) == (None, not dropped)
