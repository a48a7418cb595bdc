"""What stands in for what: every row of the table, against a server that lacks its endpoint."""

import re
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web

from bot.ai.api import Api
from bot.ai.client import open_client
from bot.ai.operations import WAYS, Operations, Way
from bot.ai.retries import NO_RETRIES
from bot.domain.audio import SpeechRequest, TranscriptionRequest, TranslationRequest
from bot.domain.calls import FallbackUsed
from bot.domain.chat import ParameterChanged
from bot.domain.completions import CompletionParameters, CompletionRequest
from bot.domain.edits import EditRequest
from bot.domain.errors import UpstreamError
from bot.domain.files import FileUpload
from bot.domain.fine_tuning import JobRequest
from bot.domain.images import (
    GenerationRequest,
    ImageEditRequest,
    ImageParameters,
    VariationRequest,
)
from bot.domain.moderations import ModerationRequest
from sandbox.clock import HandClock
from tests.ai.asking import a_request, all_of
from tests.ai.raw import whole
from tests.ai.test_audio import WAV
from tests.ai.test_images import PNG

JOB = {"id": "ft-1", "object": "fine-tune", "model": "curie", "status": "succeeded"}
PICTURES = {"created": 1, "data": [{"b64_json": b64encode(PNG.data).decode()}]}
RESPONSE = {
    "object": "response",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
        }
    ],
}
ANSWERS: Mapping[str, Any] = {
    "GET /models": {"object": "list", "data": [{"id": "m"}]},
    "POST /chat/completions": whole("Hi"),
    "POST /responses": RESPONSE,
    "POST /images/edits": PICTURES,
    "POST /audio/transcriptions": {"text": "Hallo"},
    "POST /fine-tunes": JOB,
    "GET /fine-tunes": {"object": "list", "data": [JOB]},
    "GET /fine-tunes/{id}": JOB,
    "POST /fine-tunes/{id}/cancel": JOB,
    "GET /fine-tunes/{id}/events": {"object": "list", "data": []},
}
"""What such servers have; nothing else is there."""

ASKED: Mapping[str, Callable[[Operations], Awaitable[object]]] = {
    "/models list": lambda ops: ops.models.list(),
    "/models info": lambda ops: ops.models.get("m"),
    "/finetune delete": lambda ops: ops.fine_tuning.delete_model("m"),
    "/chat": lambda ops: all_of(
        ops.chat.answer(
            a_request(
                n=2,
                stop=("x",),
                seed=1,
                presence_penalty=1.0,
                frequency_penalty=1.0,
                logit_bias={"1": 1},
            )
        )
    ),
    "/complete": lambda ops: all_of(
        ops.completions.complete(
            CompletionRequest(
                model="m",
                prompts=("a",),
                chat_model="c",
                parameters=CompletionParameters(suffix="b", best_of=2, echo=True),
            )
        )
    ),
    "/edit": lambda ops: all_of(
        ops.edits.edit(EditRequest(model="m", instruction="a", input="b", chat_model="c"))
    ),
    "/image generate": lambda ops: all_of(
        ops.images.generate(GenerationRequest(model="m", prompt="a"))
    ),
    "/image edit": lambda ops: all_of(
        ops.images.edit(ImageEditRequest(model="m", prompt="a", images=(PNG,)))
    ),
    "/image variation": lambda ops: all_of(
        ops.images.vary(
            VariationRequest(
                model="dall-e-2",
                image=PNG,
                edit_model="m",
                parameters=ImageParameters(size="256x256", response_format="url"),
            )
        )
    ),
    "/audio transcribe": lambda ops: all_of(
        ops.sound.transcribe(TranscriptionRequest(model="m", sound=WAV))
    ),
    "/audio translate": lambda ops: all_of(
        ops.sound.translate(
            TranslationRequest(
                model="m", sound=WAV, format="srt", transcription_model="t", chat_model="c"
            )
        )
    ),
    "/audio speak": lambda ops: ops.sound.speak(SpeechRequest(model="m", text="a", voice="alloy")),
    "/moderate": lambda ops: ops.moderations.moderate(ModerationRequest(model="m", texts=("a",))),
    "/files list": lambda ops: ops.files.list(),
    "/files upload": lambda ops: ops.files.upload(
        FileUpload(filename="a.jsonl", data=b"{}", purpose="fine-tune")
    ),
    "/files info": lambda ops: ops.files.get("file-1"),
    "/files download": lambda ops: all_of(ops.files.download("file-1", most=100)),
    "/files delete": lambda ops: ops.files.delete("file-1"),
    "/finetune create": lambda ops: ops.fine_tuning.create(
        JobRequest(model="curie", training_file="file-1")
    ),
    "/finetune list": lambda ops: ops.fine_tuning.list(),
    "/finetune info": lambda ops: ops.fine_tuning.get("ft-1"),
    "/finetune cancel": lambda ops: ops.fine_tuning.cancel("ft-1"),
    "/finetune events": lambda ops: all_of(ops.fine_tuning.follow("ft-1")),
    "/finetune pause": lambda ops: ops.fine_tuning.pause("ftjob-1"),
    "/finetune resume": lambda ops: ops.fine_tuning.resume("ftjob-1"),
    "/finetune checkpoints": lambda ops: ops.fine_tuning.checkpoints("ftjob-1"),
}


class Lacking:
    """A server with ANSWERS, but without one endpoint."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._lacks = re.compile(_pattern(way.endpoint))
        self.asked: list[str] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        asked = f"{request.method} {request.path.removeprefix('/v1')}"
        self.asked.append(f"{asked}?stream=true" if request.query.get("stream") else asked)
        await request.read()
        if self._way.models and self._lacks.fullmatch(asked):
            error = {"message": "This model is only supported in v1/responses.", "param": "model"}
            return web.json_response({"error": error}, status=404)
        if request.query.get("stream"):
            return web.Response(body=b"data: [DONE]\n\n", content_type="text/event-stream")
        for endpoint, answer in ANSWERS.items():
            if re.fullmatch(_pattern(endpoint), asked) and not self._lacks.fullmatch(asked):
                return web.json_response(answer)
        error = {"message": "Unknown request URL", "code": "unknown_url"}
        return web.json_response({"error": error}, status=404)


def _pattern(endpoint: str) -> str:
    """Of a method and a path, with what is said about it behind a comma left out."""
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(endpoint.partition(",")[0]))


@pytest.fixture
async def walked(way: Way, clock: HandClock) -> AsyncGenerator[tuple[Lacking, Operations], None]:
    server = Lacking(way)
    runner = web.ServerRunner(web.Server(server))  # pyright: ignore[reportArgumentType]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with open_client(base_url=f"http://{host}:{port}/v1") as client:
        yield server, Operations(Api(client, clock=clock, retries=NO_RETRIES))
    await runner.cleanup()


def test_every_row_is_walked() -> None:
    assert set(ASKED) == {way.command for way in WAYS}


@pytest.mark.parametrize("way", [way for way in WAYS if way.instead], ids=lambda way: way.command)
async def test_what_is_said_to_stand_in_does(way: Way, walked: tuple[Lacking, Operations]) -> None:
    server, operations = walked

    result = await ASKED[way.command](operations)

    wanted = re.findall(r"(?:GET|POST|DELETE) [\w/{}?=-]+", way.instead)
    reached = [
        next(at for at, asked in enumerate(server.asked) if re.fullmatch(_pattern(each), asked))
        for each in wanted
    ]
    assert reached == sorted(reached), "in that order"
    events = result if isinstance(result, list) else []
    told = {name for each in events if isinstance(each, FallbackUsed) for name in each.lost}
    told |= {each.parameter for each in events if isinstance(each, ParameterChanged)}
    assert told == set(way.lost), "what is lost is what the table says"


@pytest.mark.parametrize(
    "way", [way for way in WAYS if not way.instead], ids=lambda way: way.command
)
async def test_where_nothing_stands_in_that_is_an_error_and_nothing_else_is_made(
    way: Way, walked: tuple[Lacking, Operations]
) -> None:
    server, operations = walked

    with pytest.raises(UpstreamError):
        await ASKED[way.command](operations)

    assert re.fullmatch(_pattern(way.endpoint), server.asked[0])
    assert [each for each in server.asked[1:] if not each.startswith("GET ")] == []
