import pytest

from bot.ai.api import Api
from bot.ai.chat import OpenAIChat
from bot.ai.edits import OpenAIEdits
from bot.domain.calls import Exchange, FallbackUsed, Operation
from bot.domain.edits import EditRequest
from bot.domain.errors import EndpointMissingError, RequestRejectedError
from sandbox.openai import OpenAIServer
from tests.ai.asking import all_of, end_of, ended, text_of
from tests.ai.raw import RawServer, whole
from tests.ai.test_completions import UNKNOWN_PATHS

MODEL = "text-davinci-edit-001"


@pytest.fixture
def edits(api: Api, chat: OpenAIChat) -> OpenAIEdits:
    return OpenAIEdits(api, chat)


@pytest.fixture
def sandboxed(sandbox_api: Api, sandbox_chat: OpenAIChat) -> OpenAIEdits:
    return OpenAIEdits(sandbox_api, sandbox_chat)


@pytest.mark.parametrize("sandbox", ["legacy", "both"], indirect=True)
async def test_a_server_with_edits_is_asked_for_one(
    sandbox: OpenAIServer, sandboxed: OpenAIEdits
) -> None:
    exchanges: list[Exchange] = []
    request = EditRequest(
        model=MODEL, instruction="Fix it", input="helo", n=2, temperature=0.2, chat_model="gpt-4o"
    )

    events = await all_of(sandboxed.edit(request, exchanges.append))

    answered = [choice["text"] for choice in sandbox.requests[0].answer["choices"]]
    assert [text_of(events, choice) for choice in range(2)] == answered
    end = end_of(events)
    assert end.finish_reasons == {0: "stop", 1: "stop"}
    assert end.usage
    [exchange] = exchanges
    assert (exchange.operation, exchange.path) == (Operation.EDIT, "/edits")
    assert exchange.usage == end.usage


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_chat_edits_where_edits_are_gone(
    sandbox: OpenAIServer, sandboxed: OpenAIEdits
) -> None:
    sandbox.answers.text = "Hello."
    request = EditRequest(
        model=MODEL, instruction="Fix it", input="```\nhelo\n```", n=2, chat_model="gpt-4o"
    )

    first = await all_of(sandboxed.edit(request))
    await all_of(sandboxed.edit(request))

    assert first[0] == FallbackUsed(
        operation=Operation.EDIT, path="/chat/completions", lost=("model",)
    )
    assert text_of(first, 1) == "Hello."
    asked = [record.path for record in sandbox.requests]
    assert asked == ["/edits", "/chat/completions", "/chat/completions"]
    question = sandbox.requests[1].body["messages"][1]["content"]
    assert question.endswith("````\n```\nhelo\n```\n````"), "the text can't end its own fence"


async def test_a_default_model_that_nobody_chose_is_no_loss(
    raw: RawServer, edits: OpenAIEdits
) -> None:
    raw.answers(b"", 404)
    raw.answers(whole("Hello"))
    request = EditRequest(
        model=MODEL, instruction="Fix it", input="helo", chat_model="gpt-4o", default_model=True
    )

    events = await all_of(edits.edit(request))

    assert events[0] == FallbackUsed(operation=Operation.EDIT, path="/chat/completions")


@pytest.mark.parametrize(("status", "body"), UNKNOWN_PATHS)
async def test_chat_stands_in_on_every_server_without_edits(
    raw: RawServer, edits: OpenAIEdits, status: int, body: object
) -> None:
    raw.answers(body, status)
    raw.answers(whole("Hello."))

    events = await all_of(
        edits.edit(EditRequest(model="m", instruction="Fix", input="helo", chat_model="m"))
    )

    assert events[0] == FallbackUsed(operation=Operation.EDIT, path="/chat/completions")
    assert text_of(events) == "Hello."


async def test_without_a_chat_model_a_missing_endpoint_is_an_error(
    raw: RawServer, edits: OpenAIEdits
) -> None:
    raw.answers(b"404 page not found", 404)

    _, error = await ended(edits.edit(EditRequest(model=MODEL, instruction="Fix")))

    assert isinstance(error, EndpointMissingError)
    assert error.operation == "edits"


@pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
async def test_a_model_of_another_family_is_refused_with_the_servers_words(
    sandboxed: OpenAIEdits,
) -> None:
    _, error = await ended(
        sandboxed.edit(
            EditRequest(model="text-davinci-003", instruction="Fix", chat_model="gpt-4o")
        )
    )

    assert isinstance(error, RequestRejectedError)
    assert "text-davinci-edit-001" in error.detail
