"""Answers of `/complete`: each prompt is continued as it is, and nothing is remembered."""

from dataclasses import dataclass, replace
from functools import partial

from bot.ai.tokens import text_tokens
from bot.domain.calls import Estimate, Operation
from bot.domain.completions import CompletionModel, CompletionParameters, CompletionRequest
from bot.domain.conversations import Message
from bot.services.calls import Calls
from bot.services.conversations import USUAL_ANSWER, LiveAnswer, grow, texts_of

CHAT_MODEL = "chat_model"
"""What stands in, by the settings of where it was asked; a key of a turn's details."""


@dataclass(slots=True)
class CompletionMaker:
    """`chat_model` stands in where nothing else is set."""

    model: CompletionModel
    calls: Calls
    default_model: str
    chat_model: str

    async def make(self, live: LiveAnswer, question: Message) -> None:
        """One call for all prompts.

        Raises:
            UpstreamError: one of its leaves.
            BudgetExceededError: it could cost more than is left.
        """
        live.asked = texts_of(question)
        request = self._request(live)
        wanted = request.parameters
        prompt = sum(map(text_tokens, request.prompts))
        each = max(wanted.n or 1, wanted.best_of or 1)
        # A model that stands in may not end after 16 tokens, as the endpoint's own default says.
        most = USUAL_ANSWER if wanted.max_tokens is None else wanted.max_tokens
        longest = most * each * len(request.prompts)
        await grow(
            live,
            question,
            self.calls,
            partial(self.model.complete, request),
            operation=Operation.COMPLETION,
            model=request.model,
            chat_model=request.chat_model,
            estimate=Estimate(prompt=prompt, completion=longest),
        )

    def _request(self, live: LiveAnswer) -> CompletionRequest:
        answering = live.turn.answering
        parameters = CompletionParameters.of(answering.details)
        prompts = live.asked
        if live.partial is not None:
            # What is continued is a longer prompt; its choice is the only one that is asked for.
            prompt = prompts[live.partial.choice // (parameters.n or 1)]
            begun = live.partial.text if parameters.echo else prompt + live.partial.text
            prompts = (begun,)
            parameters = replace(parameters, n=None, best_of=None, echo=None)
        live.model = answering.model or self.default_model
        return CompletionRequest(
            model=live.model,
            prompts=prompts,
            parameters=parameters,
            stream=answering.stream,
            chat_model=answering.details.get(CHAT_MODEL) or self.chat_model,
            default_model=answering.model is None,
            person=self.calls.person(live.caller.user),
        )
