"""POST /edits of 2023, and chat in its place everywhere else."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from bot.ai._chunks import TextReader
from bot.ai._form import Form, given
from bot.ai._recording import recording_as
from bot.ai._sending import Sending
from bot.ai._texts import text_reader
from bot.ai.api import Api, first_or, is_missing
from bot.domain.calls import FallbackUsed, Operation, Record, TextEvent, unrecorded
from bot.domain.chat import ChatMessage, ChatModel, ChatParameters, ChatRequest
from bot.domain.edits import EditRequest
from bot.domain.errors import ModelNotFoundError, UpstreamError

PATH = "/edits"
CHAT = "/chat/completions"
KEPT = frozenset({"model", "input", "instruction"})
APPLY = (
    "You edit text. Apply the instruction to the text between the fences and return only the "
    "result: no fences, no explanation, nothing left out."
)


class OpenAIEdits:
    """Implements bot.domain.edits.EditModel; `chat` stands in."""

    def __init__(self, api: Api, chat: ChatModel) -> None:
        self._api = api
        self._chat = chat

    async def edit(
        self, request: EditRequest, record: Record = unrecorded
    ) -> AsyncGenerator[TextEvent, None]:
        """Events as they arrive; the last is `Finished`. Closing it early ends the call.

        Raises:
            UpstreamError: one of its leaves.
        """
        chat_model = request.chat_model
        if chat_model is not None and not await self._present():
            answer = self._by_chat(request, chat_model, record)
        else:

            def instead(error: UpstreamError) -> AsyncGenerator[TextEvent, None] | None:
                if chat_model is None or not _may_stand_in(request, error):
                    return None
                return self._by_chat(request, chat_model, record)

            answer = first_or(self._ask(request, record), instead)
        async with aclosing(answer) as events:
            async for event in events:
                yield event

    async def _present(self) -> bool:
        """OpenAI's own server has not had it since 2024: not even asked."""
        known = await self._api.endpoints.present(PATH)
        return not self._api.is_openai if known is None else known

    async def _ask(self, request: EditRequest, record: Record) -> AsyncGenerator[TextEvent, None]:
        body: dict[str, Any] = given(
            model=request.model,
            instruction=request.instruction,
            input=request.input,
            n=request.n,
            temperature=request.temperature,
            top_p=request.top_p,
        )
        form = Form(
            Sending(
                operation=Operation.EDIT, path=PATH, route=PATH, model=request.model, body=body
            ),
            KEPT,
        )
        read = text_reader(lambda: TextReader(ends=False), request.model)
        async with (
            self._api.deadlines() as deadlines,
            aclosing(self._api.ask(form, read, deadlines, record)) as events,
        ):
            async for event in events:
                yield event

    async def _by_chat(
        self, request: EditRequest, model: str, record: Record
    ) -> AsyncGenerator[TextEvent, None]:
        yield FallbackUsed(operation=Operation.EDIT, path=CHAT, lost=lost(request, model))
        question = ChatRequest(
            model=model,
            messages=(
                ChatMessage(role="system", content=APPLY),
                ChatMessage(role="user", content=_question(request)),
            ),
            parameters=ChatParameters(
                n=request.n, temperature=request.temperature, top_p=request.top_p
            ),
            stream=request.stream,
            person=request.person,
        )
        answer = self._chat.answer(question, recording_as(Operation.EDIT, record))
        async with aclosing(answer) as events:
            async for event in events:
                yield event


def lost(request: EditRequest, model: str) -> tuple[str, ...]:
    """The model, where somebody chose it; everything else passes."""
    return () if request.default_model or request.model == model else ("model",)


def _may_stand_in(request: EditRequest, error: UpstreamError) -> bool:
    return is_missing(error) or (request.default_model and isinstance(error, ModelNotFoundError))


def _question(request: EditRequest) -> str:
    """The text in a fence longer than any in it, so that it can't end it."""
    longest = max((len(run) for run in re.findall("`+", request.input)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"Instruction: {request.instruction}\n\n{fence}\n{request.input}\n{fence}"
