from bot.domain.chat import ChatParameters, FilePart, ImagePart, TextPart
from bot.domain.conversations import Answering, Author, TurnState, channel_place
from bot.domain.ids import ChannelId
from storage.database import Database
from storage.tables import messages, turns
from tests.factories import ADA, BEN, NOON, a_question
from tests.storage.asking import FAILED, an_outcome, answered, asked, claimed, finished

ELSEWHERE = channel_place(ChannelId(301))
BENS = Author(user=BEN, name="ben")


async def test_the_window_is_the_newest_remembered_exchanges_newest_first(
    database: Database,
) -> None:
    first = await answered(database, "a1", text="q1")
    second = await answered(database, "a2", text="q2", author=BENS)
    await answered(database, "elsewhere", place=ELSEWHERE)
    third = await answered(database, "a3", text="q3")

    async with database.transaction() as tx:
        newest = await tx.messages.window(first.conversation, None, 2)
        older = await tx.messages.window(first.conversation, third.seq, 10)

    assert [one.turn for one in newest] == [third.id, second.id]
    assert [one.turn for one in older] == [second.id, first.id]
    assert older[0].asker == BEN
    assert older[0].question.author == BENS
    assert older[0].question.parts == (TextPart("q2"),)
    assert older[0].answer.parts == (TextPart("a2"),)


async def test_the_window_holds_no_turn_without_an_answer_to_remember(database: Database) -> None:
    kept = await answered(database)
    undone = await answered(database)
    async with database.transaction() as tx:
        await tx.turns.undo(undone.conversation, None, database.owner)
    failed, stopped, mute = [await asked(database) for _ in range(3)]
    for turn, outcome in (
        (failed, FAILED),
        (stopped, an_outcome("So far", state=TurnState.STOPPED)),
        (mute, an_outcome(state=TurnState.STOPPED)),
    ):
        await claimed(database, turn)
        await finished(database, turn, outcome)
    running = await asked(database)
    await claimed(database, running)
    await asked(database)

    async with database.transaction() as tx:
        window = await tx.messages.window(kept.conversation, None, 10)
        assert await tx.messages.count(kept.conversation) == 2

    assert [one.turn for one in window] == [stopped.id, kept.id]


async def test_a_question_takes_in_what_was_downloaded_for_it(database: Database) -> None:
    turn = await asked(database, text="What is on these?")
    parts = (
        TextPart("What is on these?"),
        FilePart("notes.txt", "Bus: \0 14:05"),
        ImagePart(name="bus.png", mime="image/png", sha256="0" * 64, size=5),
    )

    async with database.transaction() as tx:
        await tx.messages.set_question(turn.id, parts)

    async with database.transaction() as tx:
        message = await tx.messages.question(turn.id)
    assert message.parts == parts
    assert message.author is not None
    assert message.author.user == ADA


async def test_an_export_is_whole_and_in_order_however_long(database: Database) -> None:
    first = await answered(database, "0")
    async with database.transaction() as tx:
        for number in range(1, 250):
            turn = await tx.turns.accept(a_question(), first.conversation, database.owner)
            assert turn is not None
            await tx.turns.claim(first.conversation, database.owner)
            await tx.turns.finish(turn.id, database.owner, an_outcome(str(number)))

    async with database.reading() as reading:
        exported = [one async for one in reading.messages.export(first.conversation)]

    assert [one.answer.parts for one in exported] == [(TextPart(str(n)),) for n in range(250)]


async def test_an_export_is_of_one_moment(database: Database) -> None:
    first = await answered(database)

    async with database.reading() as reading:
        assert await reading.messages.count(first.conversation) == 1
        await answered(database)
        exported = [one async for one in reading.messages.export(first.conversation)]

    assert [one.turn for one in exported] == [first.id]


async def test_parts_and_notices_of_a_newer_version_are_left_out(database: Database) -> None:
    """Two versions run side by side during a deploy."""
    turn = await answered(database, "Yes.")
    async with database.transaction() as tx:
        await tx.statements.execute(
            messages.update()
            .where(messages.c.attempt == 1)
            .values(
                parts=[
                    {"type": "hologram", "depth": 3},
                    {"type": "text", "text": "Yes.", "tone": "friendly"},
                ]
            )
        )
        await tx.statements.execute(
            turns.update().values(options={"mood": "good", "parameters": {"warmth": 1, "n": 2}})
        )

    async with database.transaction() as tx:
        [answer] = await tx.messages.answers(turn.id, 1)
        read = await tx.turns.get(turn.id)
    assert answer.parts == (TextPart("Yes."),)
    assert read.answering == Answering(parameters=ChatParameters(n=2))
    assert read.created_at == NOON
