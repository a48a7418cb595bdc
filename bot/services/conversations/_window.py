"""The context window: system prompt, then the newest exchanges that fit.

Exchanges are read newest first in pages and reading stops when the budget is spent,
so the cost is O(window), however long the history is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.ai.tokens import message_tokens, text_tokens
from bot.domain.chat import (
    ChatMessage,
    FilePart,
    ImageData,
    ImagePart,
    Part,
    Role,
    SoundPart,
    TextPart,
)
from bot.domain.conversations import Exchange, HistoryShortened, Message, Turn
from bot.domain.ids import TurnId
from storage.database import Database

WINDOW_TOKENS = 16_000
"""History sent along by default: enough for a long talk, and a bounded bill (an estimate)."""

GO_ON = (
    "Your answer above was cut off. Go on exactly where it stopped: what you write now is put"
    " directly behind its last character. Repeat nothing, and say nothing about this."
)

PAGE = 8  # exchanges read at a time

PICTURE_BYTES = 30 << 20
"""Of all pictures in one request. OpenAI takes 50 MB a request, and base64 adds a third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A message as kept, or one part of it: a question is attempt 0."""

    turn: TurnId
    attempt: int = 0
    choice: int = 0
    part: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """kept: where the texts of `messages` stand; `system` among them, which stands nowhere."""

    messages: tuple[ChatMessage, ...]
    system: str | None
    kept: Mapping[str, Where]
    tokens: int
    exchanges: int
    shortened: HistoryShortened | None


class WindowBuilder:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def build(
        self, turn: Turn, question: Message, *, budget: int, partial: str | None = None
    ) -> Window:
        """Messages for `turn`, using only what came before it.

        partial its answer so far, where that is to be continued
        budget  estimated tokens for everything; the question itself and the system prompt
                are always in, also when they alone are over it
        """
        async with self._database.transaction() as tx:
            system = (
                turn.answering.system
                or await tx.conversations.system_prompt(turn.conversation)
                or turn.answering.usual_system
            )
            # In the same transaction: the first page is all there is to read for most questions.
            page: Sequence[Exchange] = []
            if not turn.answering.fresh:
                page = await tx.messages.window(turn.conversation, before_seq=turn.seq, limit=PAGE)
        asked = [await self._message("user", question.parts)]
        kept = _texts(asked[0], Where(turn=turn.id))
        if partial is not None:
            asked.append(ChatMessage(role="assistant", content=partial))
            asked.append(ChatMessage(role="user", content=GO_ON))
        tokens = sum(map(message_tokens, asked)) + (text_tokens(system) if system else 0)
        older: list[ChatMessage] = []
        pictures = PICTURE_BYTES - _picture_bytes(question)
        exchanges, whole = 0, True
        if not turn.answering.fresh:
            while True:
                light = _lighter(page, pictures)
                pictures -= sum(_picture_bytes(each.question) for each in light)
                fitting, spent, where = await self._fitting(light, budget - tokens)
                older.extend(fitting)
                kept |= where
                tokens += spent
                exchanges += len(fitting) // 2
                whole = len(fitting) // 2 == len(page)
                if not whole or len(page) < PAGE:
                    break
                async with self._database.transaction() as tx:
                    page = await tx.messages.window(
                        turn.conversation, before_seq=page[-1].seq, limit=PAGE
                    )
        messages = [*reversed(older), *asked]
        if system:
            messages.insert(0, ChatMessage(role="system", content=system))
        return Window(
            messages=tuple(messages),
            system=system,
            kept=kept,
            tokens=tokens,
            exchanges=exchanges,
            shortened=None if whole else HistoryShortened(sent=exchanges),
        )

    async def _fitting(
        self, page: Sequence[Exchange], budget: int
    ) -> tuple[list[ChatMessage], int, dict[str, Where]]:
        """The newest of `page` that fit `budget`, newest message first; their cost and origin."""
        fitting: list[ChatMessage] = []
        kept: dict[str, Where] = {}
        spent = 0
        for exchange in page:
            question = await self._message("user", exchange.question.parts)
            answer = await self._message("assistant", exchange.answer.parts)
            cost = message_tokens(question) + message_tokens(answer)
            if spent + cost > budget:
                break
            fitting += [answer, question]
            kept |= _texts(question, Where(turn=exchange.turn))
            kept |= _texts(
                answer,
                Where(turn=exchange.turn, attempt=exchange.attempt, choice=exchange.choice),
            )
            spent += cost
        return fitting, spent, kept

    async def _message(self, role: Role, parts: Sequence[Part]) -> ChatMessage:
        if not any(isinstance(part, ImagePart) for part in parts):
            return ChatMessage(role=role, content="\n\n".join(map(as_text, parts)))
        content: list[str | ImageData] = []
        for part in parts:
            if isinstance(part, ImagePart):
                async with self._database.transaction() as tx:
                    data = await tx.blobs.get(part.sha256)
                content.append(
                    ImageData(part.mime, data) if data else f"[picture {part.name}: no longer kept]"
                )
            else:
                content.append(as_text(part))
        return ChatMessage(role=role, content=tuple(content))


def _texts(message: ChatMessage, where: Where) -> dict[str, Where]:
    """The texts of a message as it is sent, each with where it is kept."""
    if isinstance(message.content, str):
        return {message.content: where}
    return {
        each: replace(where, part=number)
        for number, each in enumerate(message.content)
        if isinstance(each, str)
    }


def _picture_bytes(message: Message) -> int:
    return sum(part.size for part in message.parts if isinstance(part, ImagePart))


def _lighter(page: Sequence[Exchange], room: int) -> Sequence[Exchange]:
    """The newest of `page` whose pictures fit into `room` bytes; nothing is read for it."""
    for at, exchange in enumerate(page):
        room -= _picture_bytes(exchange.question)
        if room < 0 and _picture_bytes(exchange.question):
            return page[:at]
    return page


def as_text(part: Part) -> str:
    """A part in plain words; a file is named and fenced, so that the question stands apart."""
    match part:
        case TextPart(text):
            return text
        case FilePart(name, text):
            fence = "`" * max(3, longest_run(text, "`") + 1)
            return f"{name}:\n{fence}\n{text}\n{fence}"
        case ImagePart():
            return f"[picture {part.name}]"
        case SoundPart():
            return f"[sound {part.name}]"


def longest_run(text: str, character: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each == character else 0
        longest = max(longest, run)
    return longest
