"""A process died between Discord's answer to a post and writing it down: the next one finds it."""

import sqlalchemy as sa

from bot.client import Bot
from bot.domain.ids import TurnId
from cogs._posts import Body, Posts
from sandbox.clock import HandClock
from sandbox.driver.user import User
from sandbox.server import Sandbox
from storage.database import Database
from storage.tables import posts, turns
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
