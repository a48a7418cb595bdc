"""A conversation that outgrows what the model can be sent."""

import pytest

from sandbox.server import Sandbox
from tests.end_to_end.test_chat import contents, whole

pytestmark = pytest.mark.usefixtures("app")

LONG = "a " * 2_900  # as long as an option may be: six of these are more than a window


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
