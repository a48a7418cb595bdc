"""POST /completions, and chat in its place where a server or a model has only that."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from bot.ai._chunks import TextReader
from bot.ai._form import Form, given
from bot.ai._recording import recording_as
from bot.ai._sending import Sending
from bot.ai._texts import text_reader, together
from bot.ai.api import Api, first_or, is_missing
from bot.domain.calls import FallbackUsed, Operation, Record, TextEvent, unrecorded
from bot.domain.chat import (
    ChatMessage,
    ChatModel,
    ChatParameters,
    ChatRequest,
    Delta,
    DocumentsAsText,
    Finished,
    ParameterChanged,
    StreamingDropped,
    Usage,
)
from bot.domain.completions import CompletionRequest
from bot.domain.errors import ModelNotFoundError, OptionError, UpstreamError

PATH = "/completions"
CHAT = "/chat/completions"
KEPT = frozenset({"model", "prompt"})
INSERT = (
    "Write the text that stands between the user's text and the following one. Answer with that "
    "text alone. The text after it:\n\n{suffix}"
)


class OpenAICompletions:
    """Implements bot.domain.completions.CompletionModel; `chat` stands in."""

    def __init__(self, api: Api, chat: ChatModel) -> None:
        self._api = api
        self._chat = chat
        self._whole: set[str] = set()
        """Models that were seen not to stream: said once, and not asked to again."""

    async def complete(
        self, request: CompletionRequest, record: Record = unrecorded
    ) -> AsyncGenerator[TextEvent, None]:
        """Events as they arrive; the last is `Finished`. Closing it early ends the call.

        Raises:
            UpstreamError: one of its leaves.
            OptionError: best_of is below n.
        """
        wanted = request.parameters
        if wanted.best_of is not None and wanted.best_of < (wanted.n or 1):
            raise OptionError("best_of", str(wanted.best_of), f"{wanted.n or 1}..20")
        absent = await self._api.endpoints.present(PATH) is False
        if absent and request.chat_model is not None:
            answer = self._by_chat(request, request.chat_model, record)
        else:

            def instead(error: UpstreamError) -> AsyncGenerator[TextEvent, None] | None:
                model = _instead(request, error)
                return None if model is None else self._by_chat(request, model, record)

            answer = first_or(self._ask(request, record), instead)
        async with aclosing(answer) as events:
            async for event in events:
                yield event

    async def _ask(
        self, request: CompletionRequest, record: Record
    ) -> AsyncGenerator[TextEvent, None]:
        form = Form(
            Sending(
                operation=Operation.COMPLETION,
                path=PATH,
                route=PATH,
                model=request.model,
                body=self._body(request, stream=request.model not in self._whole),
            ),
            KEPT,
        )
        read = text_reader(TextReader, request.model)
        async with (
            self._api.deadlines() as deadlines,
            aclosing(self._api.ask(form, read, deadlines, record)) as events,
        ):
            async for event in events:
                if isinstance(event, StreamingDropped):
                    self._whole.add(request.model)
                yield event

    def _body(self, request: CompletionRequest, *, stream: bool) -> dict[str, Any]:
        wanted = request.parameters
        prompts = request.prompts
        body: dict[str, Any] = {
            "model": request.model,
            "prompt": prompts[0] if len(prompts) == 1 else list(prompts),
        }
        body |= given(
            suffix=wanted.suffix,
            max_tokens=wanted.max_tokens,
            temperature=wanted.temperature,
            top_p=wanted.top_p,
            n=wanted.n,
            logprobs=wanted.logprobs,
            echo=wanted.echo,
            stop=wanted.stop,
            presence_penalty=wanted.presence_penalty,
            frequency_penalty=wanted.frequency_penalty,
            best_of=wanted.best_of,
            logit_bias=None if wanted.logit_bias is None else dict(wanted.logit_bias),
            seed=wanted.seed,
        )
        if stream and request.stream and (wanted.best_of or 1) == 1:
            body["stream"] = True
            if self._api.is_openai:
                body["stream_options"] = {"include_usage": True}
        return body | self._api.person(request.person)

    async def _by_chat(
        self, request: CompletionRequest, model: str, record: Record
    ) -> AsyncGenerator[TextEvent, None]:
        """Each prompt is a question of its own, one after the other."""
        yield FallbackUsed(operation=Operation.COMPLETION, path=CHAT, lost=lost(request, model))
        told: set[TextEvent] = set()
        reasons: dict[int, str] = {}
        counts: list[Usage | None] = []
        end: Finished | None = None
        n = request.parameters.n or 1
        for at, prompt in enumerate(request.prompts):
            if request.parameters.echo:
                for choice in range(n):
                    yield Delta(choice=at * n + choice, text=prompt)
            question = _question(request, model, prompt)
            answer = self._chat.answer(question, recording_as(Operation.COMPLETION, record))
            async with aclosing(answer) as events:
                async for event in events:
                    match event:
                        case Delta():
                            yield replace(event, choice=at * n + event.choice)
                        case Finished():
                            end = event
                            counts.append(event.usage)
                            reasons |= {
                                at * n + choice: reason
                                for choice, reason in event.finish_reasons.items()
                            }
                        case ParameterChanged() | StreamingDropped() | DocumentsAsText():
                            if event not in told:
                                told.add(event)
                                yield event
        if end is not None:
            yield replace(end, finish_reasons=reasons, usage=together(counts))


def _instead(request: CompletionRequest, error: UpstreamError) -> str | None:
    """The chat model that takes over; None where the error is the answer."""
    if is_missing(error):
        return request.chat_model
    if not isinstance(error, ModelNotFoundError):
        return None
    if "chat model" in error.detail.lower():
        return request.model  # the model is there, at the other endpoint
    return request.chat_model if request.default_model else None


def lost(request: CompletionRequest, model: str) -> tuple[str, ...]:
    """What chat has nothing for. The suffix becomes an instruction, which is less than it was."""
    wanted = request.parameters
    replaced = not request.default_model and request.model != model
    names = {
        "model": replaced,
        "suffix": wanted.suffix is not None,
        "best_of": wanted.best_of is not None,
    }
    return tuple(name for name, is_lost in names.items() if is_lost)


def _question(request: CompletionRequest, model: str, prompt: str) -> ChatRequest:
    wanted = request.parameters
    messages = [ChatMessage(role="user", content=prompt)]
    if wanted.suffix is not None:
        instruction = INSERT.format(suffix=wanted.suffix)
        messages.insert(0, ChatMessage(role="system", content=instruction))
    return ChatRequest(
        model=model,
        messages=tuple(messages),
        stream=request.stream,
        person=request.person,
        parameters=ChatParameters(
            temperature=wanted.temperature,
            top_p=wanted.top_p,
            max_tokens=wanted.max_tokens,
            n=wanted.n,
            stop=wanted.stop,
            presence_penalty=wanted.presence_penalty,
            frequency_penalty=wanted.frequency_penalty,
            logprobs=wanted.logprobs,
            logit_bias=wanted.logit_bias,
            seed=wanted.seed,
        ),
    )
