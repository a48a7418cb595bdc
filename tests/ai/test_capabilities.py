import re

import pytest

from bot.ai.api import Api
from bot.ai.capabilities import ONLY_NEW, ONLY_OLD, PROBED, Dialect
from bot.ai.chat import OpenAIChat
from bot.ai.client import open_client
from bot.ai.models import OpenAIModels
from bot.ai.operations import WAYS
from bot.domain.calls import Exchange, Operation
from bot.domain.errors import KeyRejectedError, UnreachableError
from sandbox.clock import HandClock
from sandbox.openai import OpenAIServer
from tests.ai.asking import a_request, all_of, end_of
from tests.ai.conftest import KEY
from tests.ai.raw import RawServer, chunk


@pytest.mark.parametrize(
    ("sandbox", "lacks"),
    [
        ("modern", ONLY_OLD),
        ("legacy", ONLY_NEW - {"/moderations"}),
        ("both", frozenset[str]()),
    ],
    ids=["modern", "legacy", "both"],
    indirect=["sandbox"],
)
async def test_a_server_is_asked_what_it_has_and_nothing_is_made(
    sandbox: OpenAIServer, sandbox_api: Api, lacks: frozenset[str]
) -> None:
    exchanges: list[Exchange] = []

    table = await sandbox_api.probe(exchanges.append)

    assert {path for path, known in table.items() if not known.present} == lacks
    assert set(table) == set(PROBED)
    assert len(exchanges) == len(PROBED)
    made = [each for each in sandbox.requests if each.method == "POST" and each.status == 200]
    assert made == []


async def test_a_probe_gives_up_where_nothing_can_be_learnt(raw: RawServer, api: Api) -> None:
    raw.answers({"error": {"message": "no"}}, 401)

    with pytest.raises(KeyRejectedError):
        await api.probe()

    assert len(raw.requests) == 1


async def test_a_server_that_is_not_there_is_no_server_without_endpoints(clock: HandClock) -> None:
    async with open_client(base_url="http://127.0.0.1:1/v1", api_key=KEY) as client:
        api = Api(client, clock=clock)

        with pytest.raises(UnreachableError):
            await api.probe()

    assert await api.endpoints.table() == {}


@pytest.mark.parametrize(
    ("dialect", "edits", "jobs"),
    [("modern", False, None), ("legacy", True, False), ("auto", None, None)],
)
async def test_a_dialect_that_is_set_decides_what_is_there(
    raw: RawServer, clock: HandClock, dialect: Dialect, *, edits: bool | None, jobs: bool | None
) -> None:
    async with open_client(base_url=raw.url, api_key=KEY) as client:
        api = Api(client, clock=clock, dialect=dialect)

        assert await api.endpoints.present("/edits") is edits
        assert await api.endpoints.present("/fine_tuning/jobs") is jobs


async def test_a_chat_is_noted_as_the_answer_that_it_would_have_been_in_one_piece(
    raw: RawServer, chat: OpenAIChat
) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    raw.answers({"error": {"code": "unsupported_parameter", "param": "seed", "message": "x"}}, 400)
    raw.streams(
        chunk("Hel", role="assistant"),
        chunk("lo", finish="stop"),
        {"object": "chat.completion.chunk", "model": "raw-1", "choices": [], "usage": usage},
        "[DONE]",
    )
    exchanges: list[Exchange] = []

    events = await all_of(chat.answer(a_request("Hi", seed=7), exchanges.append))

    refused, answered = exchanges
    assert (refused.status, refused.error) == (400, "RequestRejectedError")
    assert refused.request["seed"] == 7
    assert answered.request == raw.requests[1].body
    assert (answered.operation, answered.path) == (Operation.CHAT, "/chat/completions")
    assert answered.response["object"] == "chat.completion"
    [choice] = answered.response["choices"]
    assert choice["message"] == {"role": "assistant", "content": "Hello"}
    assert choice["finish_reason"] == "stop"
    assert answered.usage == end_of(events).usage
    assert (answered.model, answered.streamed, answered.request_id) == ("raw-1", True, "req_raw")


async def test_a_chat_that_is_stopped_is_noted_with_what_had_come(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("Hel"), chunk("lo", finish="stop"), "[DONE]")
    exchanges: list[Exchange] = []
    answer = chat.answer(a_request(), exchanges.append)
    await anext(answer)

    await answer.aclose()

    [exchange] = exchanges
    assert exchange.error == "Stopped"
    assert exchange.response["choices"][0]["message"]["content"].startswith("Hel")


async def test_lists_of_models_are_noted_too(raw: RawServer, models: OpenAIModels) -> None:
    raw.answers({"object": "list", "data": [{"id": "a"}]})
    exchanges: list[Exchange] = []

    await models.list(exchanges.append)

    [exchange] = exchanges
    assert (exchange.method, exchange.path, exchange.status) == ("GET", "/models", 200)
    assert "authorization" not in repr(exchange).lower()
    assert KEY not in repr(exchange)


def test_every_operation_has_its_ways_and_every_endpoint_is_probed() -> None:
    assert {way.operation for way in WAYS} == set(Operation)
    words = " ".join(f"{way.endpoint} {way.instead}" for way in WAYS)
    paths = {re.sub(r"/\{.*", "", path) for path in re.findall(r"/[\w/{}-]+", words)}
    assert paths == set(PROBED)
