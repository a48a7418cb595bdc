"""The context window: system prompt, summary of what was before, then the newest exchanges.

Exchanges are read newest first in pages and reading stops when the budget is spent, or where a
summary stands in, so the cost is O(window), however long the history is.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.ai.tokens import IMAGE_TOKENS, message_tokens, text_tokens
from bot.domain.chat import (
    ChatMessage,
    DocumentData,
    DocumentPart,
    ImageData,
    ImagePart,
    Part,
    Role,
)
from bot.domain.conversations import (
    Exchange,
    HistoryShortened,
    Message,
    Summary,
    Turn,
)
from bot.services.conversations._live import Partial
from bot.services.conversations._sent import Sent, Where, kept_texts, named
from bot.services.conversations._words import as_text, as_texts, whole
from bot.services.guard import PROMPTS
from storage.database import Database, Transaction

WINDOW_TOKENS = 16_000
"""History sent along by default: enough for a long talk, and a bounded bill (an estimate)."""

GO_ON = (
    "Your answer above was cut off. Go on exactly where it stopped: what you write now is put"
    " directly behind its last character. Repeat nothing, and say nothing about this."
)

RECALL = "What did we say before this, in short?"
"""Asks for a summary that is there: a pair of question and answer, as all that is sent along."""

SUM_UP = (
    "This conversation has grown too long to be sent to you as a whole. Sum up all of it, for"
    " yourself: from now on your summary stands in its place. Keep names, facts, numbers, wishes,"
    " decisions, open questions, and code that may still be needed. Write at most 400 words, in"
    " the language of the conversation, and nothing but the summary."
)

PAGE = 8  # exchanges read at a time

PICTURE_BYTES = 30 << 20
"""Of all pictures and documents in one request.

OpenAI takes 50 MB a request, and base64 adds a third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """kept: where the texts of `messages` stand; `system` among them, which stands nowhere."""

    messages: tuple[ChatMessage, ...]
    system: str | None
    kept: Mapping[str, Where]
    tokens: int
    exchanges: int
    summary: Summary | None
    shortened: HistoryShortened | None

    @property
    def nothing_left(self) -> bool:
        """It is the question alone, which no smaller budget makes shorter."""
        return self.exchanges == 0 and self.summary is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgrown:
    """What is to be summed up, and the request for it; its texts stand where `kept` says.

    of       the exchanges, newest first
    upto_seq, whole, before  as `storage.summaries.Summaries.put` takes them
    """

    of: tuple[Exchange, ...]
    upto_seq: int
    whole: bool
    before: Summary | None
    messages: tuple[ChatMessage, ...]
    kept: Mapping[str, Where]


class WindowBuilder:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def build(
        self, turn: Turn, question: Message, *, budget: int, partial: Partial | None = None
    ) -> Window:
        """Messages for `turn`, using only what came before it.

        partial its answer so far, where that is to be continued
        budget  estimated tokens for everything; the question itself and the system prompt
                are always in, also when they alone are over it
        """
        system, page, summary = await self._database.read(lambda tx: _first_page(tx, turn))
        judged = turn.answering.moderation in PROMPTS
        first = await self._message("user", question.parts)
        asked = [Sent(first, Where(turn=turn.id), question.author)]
        if partial is not None:
            where = Where(turn=turn.id, attempt=partial.attempt, choice=partial.choice)
            asked.append(Sent(ChatMessage(role="assistant", content=partial.text), where))
            asked.append(Sent(ChatMessage(role="user", content=GO_ON)))
        tokens = sum(message_tokens(each.message) for each in asked)
        tokens += text_tokens(system) if system else 0
        if summary is not None and _recalled(summary) > (budget - tokens) // 2:
            summary = None  # a window that small holds the newest exchanges instead
        tokens += _recalled(summary) if summary else 0
        older: list[Sent] = []
        pictures = PICTURE_BYTES - _picture_bytes(question)
        exchanges, whole = 0, True
        if not turn.answering.fresh:
            while True:
                new = _since(page, summary)
                light = _lighter(new, pictures)
                pictures -= sum(_picture_bytes(each.question) for each in light)
                fitting, spent = await self._fitting(light, budget - tokens, judged=judged)
                older.extend(fitting)
                tokens += spent
                exchanges += len(fitting) // 2
                whole = len(fitting) // 2 == len(new)
                if not whole or len(new) < PAGE:
                    break
                async with self._database.transaction() as tx:
                    page = await tx.messages.window(
                        turn.conversation, before_seq=page[-1].seq, limit=PAGE
                    )
        sent = named([*reversed(older), *asked])
        messages = [*_recall(summary), *(each.message for each in sent)]
        if system:
            messages.insert(0, ChatMessage(role="system", content=system))
        return Window(
            messages=tuple(messages),
            system=system,
            kept=kept_texts(sent),
            tokens=tokens,
            exchanges=exchanges,
            summary=summary,
            shortened=None if whole else HistoryShortened(sent=exchanges),
        )

    async def outgrown(self, turn: Turn, *, budget: int) -> Outgrown | None:
        """What to sum up so that the newest exchanges fill half the budget and no more.

        It is what came before those, as far as one request of that budget holds it, with the
        summary before. None while that is less than a quarter of the budget: so there is one
        summary for every half window that is said, and none for one long question.
        """
        async with self._database.transaction() as tx:
            before = await tx.summaries.newest(turn.conversation, turn.seq)
        most = budget - (_recalled(before) if before else 0)
        whole = before is None or before.whole
        kept = spent = upto = 0
        outgrown: list[Exchange] = []
        async with aclosing(self._newest(turn, before)) as exchanges:
            async for exchange in exchanges:
                cost = _cost(exchange)
                if not outgrown and (kept == 0 or kept + cost <= budget // 2):
                    kept += cost
                    continue
                if spent + cost > most:
                    whole = False
                    break
                upto = upto or exchange.seq
                spent += cost
                outgrown.append(exchange)
        if spent < budget // 4:
            return None
        sent = named([each for exchange in reversed(outgrown) for each in _in_words(exchange)])
        messages = [*_recall(before), *(each.message for each in sent)]
        return Outgrown(
            of=tuple(outgrown),
            upto_seq=upto,
            whole=whole,
            before=before,
            messages=(*messages, ChatMessage(role="user", content=SUM_UP)),
            kept=kept_texts(sent),
        )

    async def _newest(self, turn: Turn, summary: Summary | None) -> AsyncGenerator[Exchange, None]:
        """The exchanges before `turn` back to the summary, newest first."""
        before_seq = turn.seq
        while True:
            async with self._database.transaction() as tx:
                page = await tx.messages.window(
                    turn.conversation, before_seq=before_seq, limit=PAGE
                )
            new = _since(page, summary)
            for exchange in new:
                yield exchange
            if len(new) < PAGE:
                return
            before_seq = page[-1].seq

    async def _fitting(
        self, page: Sequence[Exchange], budget: int, *, judged: bool
    ) -> tuple[list[Sent], int]:
        """The newest of `page` that fit `budget`, newest message first, and their cost.

        judged  of documents only the text goes, since nobody judges their pages
        """
        fitting: list[Sent] = []
        spent = 0
        for exchange in page:
            asked = exchange.question.parts
            question = await self._message("user", as_texts(asked) if judged else asked)
            answer = await self._message("assistant", exchange.answer.parts)
            cost = message_tokens(question) + message_tokens(answer)
            if spent + cost > budget:
                break
            where = Where(turn=exchange.turn, attempt=exchange.attempt, choice=exchange.choice)
            fitting.append(Sent(answer, where))
            fitting.append(Sent(question, Where(turn=exchange.turn), exchange.question.author))
            spent += cost
        return fitting, spent

    async def _message(self, role: Role, parts: Sequence[Part]) -> ChatMessage:
        if not any(isinstance(part, ImagePart | DocumentPart) for part in parts):
            return ChatMessage(role=role, content=whole(parts))
        content: list[str | ImageData | DocumentData] = []
        for part in parts:
            words = as_text(part)
            if not isinstance(part, ImagePart | DocumentPart):
                content.append(words or "-")  # an empty text would be refused
                continue
            async with self._database.transaction() as tx:
                data = await tx.blobs.get(part.sha256)
            if isinstance(part, ImagePart):
                gone = f"[picture {part.name}: no longer kept]"
                content.append(ImageData(part.mime, data) if data else gone)
            elif data is None:
                content.append(words)
            else:
                content.append(
                    DocumentData(
                        name=part.name,
                        mime=part.mime,
                        data=data,
                        words=words,
                        pages=part.pages,
                    )
                )
        return ChatMessage(role=role, content=tuple(content))


async def _first_page(
    tx: Transaction, turn: Turn
) -> tuple[str | None, Sequence[Exchange], Summary | None]:
    """System prompt, newest exchanges and summary: all there is to read for most questions."""
    system = (
        turn.answering.system
        or await tx.conversations.system_prompt(turn.conversation)
        or turn.answering.usual_system
    )
    if turn.answering.fresh:
        return system, (), None
    page = await tx.messages.window(turn.conversation, before_seq=turn.seq, limit=PAGE)
    summary = await tx.summaries.newest(turn.conversation, turn.seq) if page else None
    return system, page, summary


def _since(page: Sequence[Exchange], summary: Summary | None) -> Sequence[Exchange]:
    if summary is None:
        return page
    return [each for each in page if each.seq > summary.upto_seq]


def _recall(summary: Summary | None) -> Sequence[ChatMessage]:
    """The model's own words, since as a system message they would have more say than people."""
    if summary is None:
        return ()
    return (
        ChatMessage(role="user", content=RECALL),
        ChatMessage(role="assistant", content=summary.text),
    )


def _recalled(summary: Summary) -> int:
    return sum(map(message_tokens, _recall(summary)))


def _in_words(exchange: Exchange) -> tuple[Sent, Sent]:
    """Question and answer with their pictures by name."""
    where = Where(turn=exchange.turn, attempt=exchange.attempt, choice=exchange.choice)
    question = ChatMessage(role="user", content=whole(exchange.question.parts))
    answer = ChatMessage(role="assistant", content=whole(exchange.answer.parts))
    asked = Sent(question, Where(turn=exchange.turn), exchange.question.author)
    return asked, Sent(answer, where)


def _cost(exchange: Exchange) -> int:
    parts = exchange.question.parts
    pictures = sum(isinstance(part, ImagePart) for part in parts)
    pictures += sum(part.pages for part in parts if isinstance(part, DocumentPart))
    words = sum(message_tokens(each.message) for each in _in_words(exchange))
    return words + IMAGE_TOKENS * pictures


def _picture_bytes(message: Message) -> int:
    return sum(part.size for part in message.parts if isinstance(part, ImagePart | DocumentPart))


def _lighter(page: Sequence[Exchange], room: int) -> Sequence[Exchange]:
    """The newest of `page` whose pictures fit into `room` bytes; nothing is read for it."""
    for at, exchange in enumerate(page):
        room -= _picture_bytes(exchange.question)
        if room < 0 and _picture_bytes(exchange.question):
            return page[:at]
    return page
