"""A process died between Discord's answer to a post and writing it down: the next one finds it."""

import sqlalchemy as sa

from bot.client import Bot
from bot.domain.ids import SourceId, TurnId
from cogs._posts import Body, Posts
from sandbox.clock import HandClock
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.database import Database
from storage.tables import interaction_tokens, posts, turns
from tests.cogs.delivery.test_online import during, quiet
from tests.cogs.online.conftest import Talk
from tests.fakes import FakeChatModel, an_answer

LONG = "\n\n".join(f"Paragraph {n}. " + "words " * 60 for n in range(15))


async def test_a_message_that_its_nonce_brings_back_is_brought_up_to_date(
    bot: Bot, ada: User, talk: Talk, sandbox: Sandbox, clock: HandClock
) -> None:
    view = await talk("What is a bus?", "Shared wires.")
    earlier = Posts(lambda: sandbox.discord_token)
    half = Body(content="Shared")
    await earlier.create(view.turn.channel, half, nonce=f"{view.turn.id}.{view.turn.attempt}.0")
    await earlier.close()

    await bot.answers.mend()
    await during(clock, quiet(bot))

    [message] = ada.sees()
    assert message.content == "Shared wires."
    assert message.button("Retry")


async def test_parts_that_nobody_wrote_down_are_found_and_not_posted_again(
    bot: Bot, ada: User, model: FakeChatModel, database: Database, clock: HandClock
) -> None:
    model.play(an_answer(LONG))
    asked = await ada.slash("chat", message="hi")
    await during(
        clock, asked.until(lambda seen: seen.messages and seen.messages[-1].button("Retry"))
    )
    await during(clock, quiet(bot))
    [turn] = await all_turns(database)
    before = await bot.services.conversations.posts(turn)
    async with database.transaction() as tx:  # as if it had died after the first post
        await tx.statements.execute(posts.delete().where(posts.c.part > 0))
        await tx.statements.execute(turns.update().values(shown_at=None))

    await bot.answers.mend()
    await during(clock, quiet(bot))

    assert len(before) == 3
    assert [message.id for message in ada.sees()] == [post.message for post in before]
    assert await bot.services.conversations.posts(turn) == before


async def all_turns(database: Database) -> list[TurnId]:
    async with database.transaction() as tx:
        return [TurnId(row.id) for row in await tx.statements.execute(sa.select(turns.c.id))]


async def test_the_first_message_that_nobody_wrote_down_is_found_after_its_token_has_ended(
    bot: Bot, ada: User, model: FakeChatModel, database: Database, clock: HandClock
) -> None:
    model.play(an_answer("Shared wires."))
    asked = await ada.slash("chat", message="hi")
    await during(
        clock, asked.until(lambda seen: seen.messages and seen.messages[-1].button("Retry"))
    )
    await ada.say("@Switchboard and by a message")
    await during(
        clock, ada.until("general", lambda seen: len(seen) == 3 and seen[-1].button("Retry"))
    )
    await during(clock, quiet(bot))
    before = [(message.id, message.content) for message in ada.sees()]
    async with database.transaction() as tx:  # as if it had died before it wrote down any post
        await tx.statements.execute(posts.delete())
        await tx.statements.execute(interaction_tokens.delete())
        await tx.statements.execute(turns.update().values(shown_at=None))

    await bot.answers.mend()
    await during(clock, quiet(bot))

    assert [(message.id, message.content) for message in ada.sees()] == before
    for turn in await all_turns(database):
        assert len(await bot.services.conversations.posts(turn)) == 1


async def test_an_answer_whose_question_was_erased_is_removed_by_the_next_start(
    bot: Bot, ada: User, database: Database, clock: HandClock
) -> None:
    question = await ada.say("@Switchboard hello")
    await during(clock, ada.until("general", lambda seen: seen[-1].button("Retry")))
    await during(clock, quiet(bot))
    async with database.transaction() as tx:  # and then it died
        await tx.turns.erase_question(SourceId(int(question.id)), database.owner)

    await bot.answers.mend()
    await during(clock, quiet(bot))

    assert [message.id for message in ada.sees()] == [question.id]
    assert await bot.services.conversations.unshown() == ()
