"""Answers of `/edit`: a text is changed as instructed, and nothing is remembered."""

from dataclasses import dataclass
from functools import partial

from bot.ai.tokens import text_tokens
from bot.domain.calls import Estimate, Operation
from bot.domain.conversations import Message
from bot.domain.edits import EditModel, EditRequest
from bot.services.calls import Calls
from bot.services.conversations import USUAL_ANSWER, LiveAnswer, grow, texts_of

CHAT_MODEL = "chat_model"
"""What stands in, by the settings of where it was asked; a key of a turn's details."""


@dataclass(slots=True)
class EditMaker:
    """`chat_model` stands in where nothing else is set."""

    model: EditModel
    calls: Calls
    default_model: str
    chat_model: str

    async def make(self, live: LiveAnswer, question: Message) -> None:
        """The question's first text is the instruction, its second what is to be changed.

        Raises:
            UpstreamError: one of its leaves.
            BudgetExceededError: it could cost more than is left.
        """
        live.asked = texts_of(question)
        answering = live.turn.answering
        details = answering.details
        live.model = answering.model or self.default_model
        instruction, *given = live.asked
        request = EditRequest(
            model=live.model,
            instruction=instruction,
            input=given[0] if given else "",
            n=details.get("n"),
            temperature=details.get("temperature"),
            top_p=details.get("top_p"),
            chat_model=details.get(CHAT_MODEL) or self.chat_model,
            default_model=answering.model is None,
            person=self.calls.person(live.caller.user),
        )
        size = text_tokens(request.input)
        prompt = size + text_tokens(instruction)
        longest = max(USUAL_ANSWER, 2 * size) * answering.choices
        await grow(
            live,
            question,
            self.calls,
            partial(self.model.edit, request),
            operation=Operation.EDIT,
            model=live.model,
            chat_model=request.chat_model,
            estimate=Estimate(prompt=prompt, completion=longest),
        )
