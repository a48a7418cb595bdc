"""A conversation that outgrows what the model can be sent."""

import sqlite3
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.end_to_end.process import BotProcess
from tests.end_to_end.test_chat import contents, whole

LONG = "a " * 2_900  # as long as an option may be: six of these are more than a window


@pytest.mark.usefixtures("app")
async def test_what_outgrows_the_window_is_summed_up_and_everybody_sees_it(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    for number in range(5):
        await whole(await ada.slash("chat", message=f"{number}: {LONG}"))
    sandbox.openai.answers.queue("They counted from 0 to 2.", "Counted on.", "Yes.")

    told = await whole(await ada.slash("chat", message=f"5: {LONG}"))
    await whole(await ada.slash("chat", message="And?"))
    sent = [str(each) for each in contents(sandbox)]
    shown = await (await ada.slash("conversation show")).answer()
    exported = await (await ada.slash("conversation export", format="jsonl")).answer()

    assert told.content == "Counted on."
    assert "a summary stands in for the 3 questions before" in str(told.embeds)
    assert sent[1] == "They counted from 0 to 2."
    assert [each[:2] for each in sent[2::2]] == ["3:", "4:", "5:", "An"]
    assert "7 exchanges" in str(shown.embeds)
    assert "3 in a summary" in str(shown.embeds)
    assert len(await exported.attachments[0].read()) > 6 * len(LONG)


async def test_kill_9_in_a_summary_or_between_it_and_its_answer_loses_nothing(
    real_time: Sandbox, process: BotProcess, tmp_path: Path
) -> None:
    answers = real_time.openai.answers
    ada = real_time.user("ada")
    await process.start()
    for number in range(5):
        await whole(await ada.slash("chat", message=f"{number}: {LONG}"))

    in_summary = answers.hold(after=1)
    cut = await ada.slash("chat", message=f"5: {LONG}")
    await in_summary.reached()
    await process.kill()
    before = summaries(tmp_path)
    in_summary.release()
    await process.start()
    message = await whole(cut)

    answers.queue("They counted.", ["Half ", "of it"])
    answers.hold().release()  # the summary comes at once
    in_answer = answers.hold(after=1)
    await ada.press(message, "Retry")
    await in_answer.reached()
    await process.kill()
    between = summaries(tmp_path)
    in_answer.release()
    await process.start()
    await cut.until(lambda _: message.button("Retry"))

    answers.queue("All of it.")
    await ada.press(message, "Retry")
    await cut.until(lambda asked: "All of it." in asked.text)

    assert (before, between, summaries(tmp_path)) == ([], ["They counted."], ["They counted."])
    sent = [str(each) for each in contents(real_time)]
    assert sent[1] == "They counted."
    assert [each[:2] for each in sent[2::2]] == ["3:", "4:", "5:"]


def summaries(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "bot.db") as database:
        return [text for [text] in database.execute("SELECT text FROM summaries")]
