"""The process is killed in mid-answer and started again: nothing is lost, and nothing pretended."""

import asyncio
import signal
import sqlite3
from pathlib import Path

from sandbox.server import Sandbox
from tests.end_to_end.process import BotProcess


async def test_after_kill_9_in_mid_answer_the_turn_is_marked_and_retry_works(
    real_time: Sandbox, process: BotProcess, tmp_path: Path
) -> None:
    ada = real_time.user("ada")
    await process.start()
    first = await ada.slash("chat", message="one")
    await first.until(lambda asked: asked.messages and asked.messages[-1].button("Retry"))
    real_time.openai.answers.queue(["Half of ", "an answer"])
    gate = real_time.openai.answers.hold(after=2)
    cut = await ada.slash("chat", message="two")
    await gate.reached()
    await cut.until(lambda asked: "Half of" in asked.text)

    await process.kill()
    gate.release()
    await process.start()

    message = cut.messages[-1]
    await cut.until(lambda _: message.button("Retry"))
    assert "Half of" in message.content
    assert message.raw["embeds"]

    real_time.openai.answers.queue("The whole answer")
    await ada.press(message, "Retry")
    await cut.until(lambda asked: "The whole answer" in asked.text)
    await cut.until(lambda _: message.button("Retry"))

    await process.kill()
    with sqlite3.connect(tmp_path / "bot.db") as database:
        states = database.execute("SELECT state FROM turns ORDER BY seq").fetchall()
        tries = database.execute("SELECT state FROM attempts WHERE turn = 2 ORDER BY n").fetchall()
    assert states == [("done",), ("done",)]
    assert tries == [("interrupted",), ("done",)]
    # Everything of the history was sent along with the retried question.
    sent = real_time.openai.requests[-1].body["messages"]
    assert [message["content"] for message in sent][0::2] == ["one", "two"]


async def test_sigterm_lets_the_answer_finish_and_be_seen(
    real_time: Sandbox, process: BotProcess
) -> None:
    ada = real_time.user("ada")
    await process.start()
    real_time.openai.answers.queue(["Slowly ", "but whole"])
    gate = real_time.openai.answers.hold(after=2)
    asked = await ada.slash("chat", message="hi")
    await gate.reached()
    await asked.until(lambda asked: "Slowly" in asked.text)

    ending = asyncio.ensure_future(process.terminate())
    refused = await ada.slash("chat", message="too late")
    await refused.answer()
    gate.release()

    assert await ending == 0
    await asked.until(lambda asked: "but whole" in asked.text)


async def test_a_completion_that_was_killed_goes_on_or_begins_again(
    real_time: Sandbox, process: BotProcess
) -> None:
    ada = real_time.user("ada")
    await process.start()
    real_time.openai.answers.queue(["there was", " a bus"])
    gate = real_time.openai.answers.hold(after=2)
    cut = await ada.slash("complete", prompt="Once upon a time")
    await cut.until(lambda asked: "there was" in asked.text)

    await process.kill()
    gate.release()
    await process.start()
    message = cut.messages[-1]
    await cut.until(lambda _: message.button("Retry"))
    real_time.openai.answers.queue("a whole text")
    await ada.press(message, "Retry")
    await cut.until(lambda asked: "a whole text" in asked.text)

    asked = [each.body for each in real_time.openai.requests if each.path == "/completions"]
    assert [each["prompt"] for each in asked] == ["Once upon a time"] * 2


async def test_an_edit_that_was_killed_is_made_again_and_the_lost_call_is_in_the_ledger(
    real_time: Sandbox, process: BotProcess, tmp_path: Path
) -> None:
    ada = real_time.user("ada")
    await process.start(BUDGET_USER_DAY="5")
    real_time.openai.faults.add("POST /edits", "slow_first_byte", seconds=10_000, times=1)
    cut = await ada.slash("edit", instruction="Fix it", input="helo")
    await real_time.until(
        lambda: [one for one in real_time.openai.requests if one.path == "/edits"]
    )

    await process.kill()
    real_time.openai.faults.clear()
    await process.start(BUDGET_USER_DAY="5")
    await cut.until(lambda asked: asked.messages and asked.messages[-1].button("Retry"))
    real_time.openai.answers.queue("Hello.")
    await ada.press(cut.messages[-1], "Retry")
    await cut.until(lambda asked: "Hello." in asked.text)
    await cut.until(lambda asked: asked.messages[-1].button("Retry"))

    await process.kill()
    with sqlite3.connect(tmp_path / "bot.db") as database:
        lost, made = database.execute(
            "SELECT error, microusd > 0, held FROM ledger ORDER BY id"
        ).fetchall()
        [(reserved, spent)] = database.execute("SELECT reserved, spent > 0 FROM budgets").fetchall()
    assert lost == ("ProcessDied", 1, None), "it may well have been charged"
    assert made[0] is None
    assert (reserved, spent) == (0, 1)


async def test_a_process_that_is_frozen_in_mid_answer_ends_it_whole_and_once(
    real_time: Sandbox, process: BotProcess
) -> None:
    """Stopped as by a machine that sleeps: meanwhile the gateway goes away, and people write."""
    ada = real_time.user("ada")
    await process.start()
    real_time.openai.answers.queue(["Before the ice", " and after it"], "And you, too")
    gate = real_time.openai.answers.hold(after=2)
    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda asked: "Before the ice" in asked.text)

    process.send(signal.SIGSTOP)
    gate.release()
    await real_time.openai.requests[-1].ended.wait()
    await real_time.drop_gateway()
    await ada.say("@Switchboard do you hear me?")
    process.send(signal.SIGCONT)
    await ada.until("general", lambda seen: seen[-1].content == "And you, too")
    await ada.until("general", lambda seen: seen[-1].button("Retry"))

    answers = [one.content for one in ada.sees("general") if one.author == "Switchboard"]
    assert answers == ["Before the ice and after it", "And you, too"]
    assert [each.path for each in real_time.openai.requests].count("/chat/completions") == 2
