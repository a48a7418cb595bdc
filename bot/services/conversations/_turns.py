"""Turns as they are kept: looked at, paged through, and found again in Discord."""

from dataclasses import dataclass, field, replace

from bot.domain.calls import Operation
from bot.domain.chat import TextPart
from bot.domain.conversations import (
    Input,
    InteractionToken,
    Message,
    Post,
    Presser,
    Turn,
    TurnState,
    TurnView,
)
from bot.domain.errors import TurnNotFoundError, TurnRunningError
from bot.domain.ids import SourceId, TurnId
from bot.services.conversations._errors import restored
from bot.services.conversations._inputs import kept_files, kept_inputs, spoken, texts_of
from bot.services.conversations._places import PlaceCommands
from storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A transcript, and its recordings as far as they are still kept."""

    turn: Turn
    text: str = field(repr=False)
    recordings: tuple[Input, ...]


class KeptTurns(PlaceCommands):
    """What needs the database alone: nothing here is being answered."""

    async def choose(self, turn_id: TurnId, attempt: int, choice: int, by: Presser) -> TurnView:
        """Show another page; only the asker's choice is what the history remembers."""
        async with self.database.transaction() as tx:
            turn = await self._pressed(tx, turn_id, by)
            if not turn.state.ended:
                raise TurnRunningError
            tried = {each.n: each.state for each in await tx.turns.attempts(turn.id)}
            if attempt not in tried:
                raise TurnNotFoundError
            if by.user == turn.asker and turn.state.live and tried[attempt].live:
                turn = await tx.turns.choose(turn.id, attempt, choice)
            return await view_of(tx, turn, attempt=attempt, choice=choice)

    async def operation(self, turn_id: TurnId) -> Operation:
        """What that turn asks of the API."""
        async with self.database.transaction() as tx:
            return (await tx.turns.get(turn_id)).answering.operation

    async def seen(self, turn_id: TurnId, attempt: int, by: Presser) -> TurnView:
        """An answer as it was kept, for whoever sees it in Discord and wants to go on from it.

        Raises:
            TurnNotFoundError: there is none, it was taken back, or it is not theirs to see.
        """
        async with self.database.transaction() as tx:
            turn = await tx.turns.get(turn_id)
            sees = turn.channel == by.channel and (not turn.private or turn.asker == by.user)
            if not sees or turn.state in (TurnState.UNDONE, TurnState.ERASED):
                raise TurnNotFoundError
            return await view_of(tx, turn, attempt=attempt, choice=0)

    async def already_handled(self, source: SourceId, kind: str) -> bool:
        """Note a one-off interaction; True when it was noted before, and nothing is to be done."""
        async with self.database.transaction() as tx:
            return not await tx.intake.add(source, kind, self.clock.now())

    async def transcript(self, turn_id: TurnId, by: Presser) -> Transcribed:
        """A recording that was written down, for what can be done with it next.

        Raises:
            TurnNotFoundError: it is not kept any more, or is no transcript.
            TurnRunningError
        """
        async with self.database.transaction() as tx:
            turn = await self._pressed(tx, turn_id, by)
            if not turn.state.ended:
                raise TurnRunningError
            answers = await tx.messages.answers(turn.id, turn.attempt)
            text = _said(answers[turn.choice]) if turn.choice < len(answers) else ""
            if turn.answering.operation not in (Operation.TRANSCRIPTION, Operation.TRANSLATION):
                raise TurnNotFoundError
            if not text.strip():
                raise TurnNotFoundError
            question = await tx.messages.question(turn.id)
            return Transcribed(turn, text, await kept_inputs(tx, question.parts))

    # Where the answer stands in Discord

    async def posts(self, turn: TurnId) -> tuple[Post, ...]:
        async with self.database.transaction() as tx:
            return await tx.posts.of(turn)

    async def posted(self, turn: TurnId, post: Post) -> None:
        await self.database.run(lambda tx: tx.posts.put(turn, post))

    async def unposted(self, turn: TurnId, part: int) -> None:
        async with self.database.transaction() as tx:
            await tx.posts.remove(turn, part)

    async def token(self, turn: TurnId) -> InteractionToken | None:
        async with self.database.transaction() as tx:
            return await tx.tokens.get(turn, self.clock.now())

    async def renew_token(self, turn_id: TurnId, by: Presser) -> None:
        """A press brought a token that lives longer than the turn's own."""
        async with self.database.transaction() as tx:
            turn = await self._pressed(tx, turn_id, by)
            if by.token:
                await tx.tokens.put(turn.id, by.token)

    async def shown(self, turn: TurnId) -> None:
        """Its end is visible in Discord: nothing is left to do for it."""

        async def write(tx: Transaction) -> None:
            await tx.turns.shown(turn)
            await tx.tokens.delete_expired(self.clock.now())

        await self.database.run(write)

    async def removed(self, turn: TurnId) -> None:
        """Its answer is gone from Discord, as far as that can be: nothing is left to do for it."""
        async with self.database.transaction() as tx:
            await tx.turns.shown(turn)
            await tx.posts.remove_all(turn)

    async def _pressed(self, tx: Transaction, turn_id: TurnId, by: Presser) -> Turn:
        """The turn behind a button, when the button is really on that turn's message."""
        turn = await tx.turns.get(turn_id)
        if by.message is not None:
            posts = await tx.posts.of(turn_id)
            if all(post.message != by.message for post in posts):
                raise TurnNotFoundError
        return turn


async def view_of(tx: Transaction, turn: Turn, *, attempt: int, choice: int) -> TurnView:
    """A turn as kept, showing one of its attempts and choices."""
    attempts = {each.n: each for each in await tx.turns.attempts(turn.id)}
    if attempt == 0 and not attempts:  # it was still waiting when its process died
        return TurnView(turn=turn, version=0, state=turn.state)
    shown = attempts.get(attempt)
    answers = await tx.messages.answers(turn.id, attempt)
    asked: tuple[str, ...] = ()
    if turn.answering.shows_question:
        asked = texts_of(await tx.messages.question(turn.id))
    if shown is None or not 0 <= choice < max(len(answers), 1):
        raise TurnNotFoundError
    chat = turn.answering.operation is Operation.CHAT
    said = await tx.messages.question(turn.id) if turn.attachments and chat else None
    return TurnView(
        turn=replace(turn, attempt=attempt, choice=choice),
        version=0,
        state=shown.state,
        heard=spoken(said) if said else "",
        texts=tuple(map(_said, answers)) or ("",),
        files=await kept_files(tx, answers[0].parts) if answers else (),
        logged=await tx.api_log.has(turn.id),
        asked=asked,
        reasoning=shown.reasoning,
        logprobs=shown.logprobs,
        notices=shown.notices,
        finish_reasons=shown.finish_reasons,
        error=restored(shown.error) if shown.error else None,
    )


def _said(answer: Message) -> str:
    return "\n\n".join(part.text for part in answer.parts if isinstance(part, TextPart))
