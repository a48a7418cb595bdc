"""What people see when they chat, from the first word to the last button."""

import asyncio
import base64
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.app import App
from sandbox.clock import HandClock
from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from tests.media.documents import a_pdf
from tests.pictures import a_png

pytestmark = pytest.mark.usefixtures("app")

SAMPLE = Path(__file__).parents[2] / "sandbox/page/sample.ogg"
FENCES = "Before\n```python\n" + "x = 1  # a line of code\n" * 200 + "```\nAfter"


async def whole(asked: Invocation) -> Message:
    """The last message of a finished answer: the one that offers a retry, in any language."""

    def finished(asked: Invocation) -> bool:
        buttons = asked.messages[-1].buttons if asked.messages else []
        return any((button.custom_id or "").startswith("retry:") for button in buttons)

    await asked.until(finished)
    return asked.messages[-1]


def contents(sandbox: Sandbox) -> list[object]:
    """What the API was last asked."""
    return [message["content"] for message in sandbox.openai.requests[-1].body["messages"]]


async def test_an_answer_appears_whole_with_its_buttons(sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue("A bus is a shared set of wires.")

    asked = await sandbox.user("ada").slash("chat", message="What is a bus?")
    message = await whole(asked)

    assert message.content == "A bus is a shared set of wires."
    assert message.button("Stop") is None
    assert not message.ephemeral


async def test_text_is_shown_while_it_grows(sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue(["First words", " and the rest"])
    gate = sandbox.openai.answers.hold(after=2)

    asked = await sandbox.user("ada").slash("chat", message="hi")
    await asked.until(lambda asked: "First words" in asked.text)
    stop = asked.messages[-1].button("Stop")
    gate.release()
    message = await whole(asked)

    assert stop
    assert message.content == "First words and the rest"


async def test_earlier_messages_of_the_channel_are_sent_along_and_others_are_not(
    sandbox: Sandbox,
) -> None:
    sandbox.openai.answers.text = "ok"
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await whole(await ada.slash("chat", message="in general"))
    await whole(await ada.slash("chat", channel="random", message="in random"))
    await whole(await ada.slash("chat", message="secret", private=True))

    await whole(await ben.slash("chat", message="from ben"))

    assert contents(sandbox) == ["Ada: in general", "ok", "Ben: from ben"]


async def test_a_private_answer_is_for_the_asker_alone(sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue("between us")
    asked = await sandbox.user("ada").slash("chat", message="secret", private=True)

    message = await whole(asked)

    assert message.ephemeral
    assert sandbox.user("ben").sees("general") == []


async def test_a_long_answer_arrives_whole_in_order_with_its_code_fences_closed(
    sandbox: Sandbox,
) -> None:
    sandbox.openai.answers.queue(FENCES)

    asked = await sandbox.user("ada").slash("chat", message="long")
    await whole(asked)

    parts = [message.content for message in asked.messages]
    assert len(parts) > 1
    assert all(len(part) <= 2000 and part.count("```") % 2 == 0 for part in parts)
    lines = [line for part in parts for line in part.splitlines() if not line.startswith("```")]
    assert [line for line in lines if line] == [
        line for line in FENCES.splitlines() if not line.startswith("```")
    ]


async def test_a_very_long_answer_comes_as_a_file(sandbox: Sandbox) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 60 for n in range(200)).strip()
    sandbox.openai.answers.queue(text)

    asked = await sandbox.user("ada").slash("chat", message="very long")
    await whole(asked)

    [file] = [each for message in asked.messages for each in message.attachments]
    assert file.name.endswith(".md")
    assert (await file.read()).decode() == text


async def test_mentions_replies_and_direct_messages_are_answered(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue("one", "two", "three")

    mention = await ada.say("@Switchboard hello")
    first = await ada.reply_from_bot(mention)
    await ada.until("general", lambda seen: seen[-1].button("Retry"))
    reply = await ada.say("and now?", reply_to=first)
    await ada.reply_from_bot(reply)
    await ada.until("general", lambda seen: seen[-1].content == "two")
    await ada.until("general", lambda seen: seen[-1].button("Retry"))
    assert contents(sandbox) == ["hello", "one", "and now?"]

    direct = await ada.say("psst", channel="@bot")
    await ada.reply_from_bot(direct)
    await ada.until("@bot", lambda seen: seen[-1].content == "three")
    assert contents(sandbox) == ["psst"]


async def test_other_messages_are_left_alone(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    await ada.say("just talking")
    await ada.say("@ben hello")
    marker = await ada.say("@Switchboard now you")
    await ada.reply_from_bot(marker)
    await ada.until("general", lambda seen: seen[-1].button("Retry"))

    assert len(sandbox.openai.requests) == 1 + sum(
        request.path.endswith("/models") for request in sandbox.openai.requests
    )


async def test_pictures_and_text_files_reach_the_model(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    asked = await ada.slash(
        "chat",
        message="What are these?",
        attachment=ada.upload("cat.png", a_png(), "image/png"),
        attachment2=ada.upload("notes.txt", "grüße".encode(), "text/plain"),
    )
    await whole(asked)

    [content] = contents(sandbox)
    assert isinstance(content, list)
    assert content[0] == {"type": "text", "text": "What are these?"}
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert "notes.txt" in content[2]["text"]
    assert "grüße" in content[2]["text"]


def a_noisy_png() -> bytes:
    """Larger than what is sent as it came."""
    noise = os.urandom(2600 * 160 * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", (2600, 160), noise).save(written, "PNG")
    return written.getvalue()


async def test_pdfs_are_read_sound_is_transcribed_and_large_pictures_are_scaled(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    asked = await ada.slash(
        "chat",
        message="What is all this?",
        attachment=ada.upload("paper.pdf", a_pdf(["Buses are shared."]), "application/pdf"),
        attachment2=ada.upload("note.ogg", SAMPLE.read_bytes(), "audio/ogg"),
        attachment3=ada.upload("noise.png", a_noisy_png(), "image/png"),
    )
    whole_answer = asyncio.ensure_future(whole(asked))
    while not whole_answer.done():
        await clock.advance(0.1)

    [content] = contents(sandbox)
    assert isinstance(content, list)
    said = [part.get("text", "") for part in content]
    assert "Buses are shared." in said[1]
    assert "paper.pdf" in said[1]
    assert "note.ogg" in said[2]
    assert len(said[2]) > len("note.ogg:\n```\n\n```")
    picture = base64.b64decode(content[3]["image_url"]["url"].partition(",")[2])
    assert max(Image.open(io.BytesIO(picture)).size) == 2048
    assert [one.path for one in sandbox.openai.requests].count("/audio/transcriptions") == 1


async def test_a_scanned_pdf_is_shown_to_models_that_see_it_and_refused_by_name_by_others(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    scan = ada.upload("scan.pdf", a_pdf([None, None]), "application/pdf")
    mixed = ada.upload("mixed.pdf", a_pdf(["A title", None]), "application/pdf")

    seen = await whole(await ada.slash("chat", message="What is it?", attachment=scan))
    [content] = contents(sandbox)
    again = await whole(await ada.slash("chat", message="By whom?"))
    kept = contents(sandbox)
    blind = {"model": "gpt-4", "fresh": True}
    unseen = await whole(await ada.slash("chat", message="It?", attachment=scan, **blind))
    words = await whole(await ada.slash("chat", message="It?", attachment=mixed, **blind))

    assert isinstance(content, list)
    assert [part["type"] for part in content] == ["text", "file"]
    assert kept[0] == content
    assert "1 file" in seen.content
    assert "1 file" in again.content
    assert "There is no text in `scan.pdf`" in str(unseen.embeds)
    assert "takes no PDFs: of `mixed.pdf` only the text was sent" in str(words.embeds)
    assert "A title" in str(contents(sandbox)[0])


async def test_how_likely_each_token_was_is_there_on_every_page(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    asked = await ada.slash("chat", message="pick", n=2, logprobs=1)
    message = await whole(asked)

    async def likely() -> str:
        [file] = message.attachments
        return "".join(each["token"] for each in json.loads(await file.read()))

    first = (message.content, await likely())
    forward = [each for each in message.buttons if each.custom_id.startswith("page:")][-1]
    await ada.press(message, forward.custom_id)
    await asked.until(lambda _: message.content != first[0])
    second = (message.content, await likely())

    assert first[0] != second[0]
    assert first[1].strip() == first[0]
    assert second[1].strip() == second[0]


async def test_a_server_sets_how_many_messages_an_answer_may_fill(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    long = "\n\n".join(f"Paragraph {n}. " + "word " * 60 for n in range(9)).strip()
    set_to_one = await ada.slash("settings set", key="answer_messages", value="1")
    await set_to_one.answer()
    sandbox.openai.answers.queue(long)

    answer = await whole(await ada.slash("chat", message="At length, please"))

    [file] = answer.attachments
    assert (await file.read()).decode() == long


async def test_several_answers_are_pages_and_the_shown_one_is_remembered(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    asked = await ada.slash("chat", message="pick", n=3)
    message = await whole(asked)
    first = message.content
    forward = [each for each in message.buttons if each.custom_id.startswith("page:")][-1]
    await ada.press(message, forward.custom_id)
    await asked.until(lambda _: message.content != first)
    second = message.content

    await whole(await ada.slash("chat", message="why?"))

    assert contents(sandbox)[1] == second


FAILURES = {
    "rate limit": {"error": "rate_limit_without_retry_after"},
    "no quota": {"error": "insufficient_quota"},
    "wrong key": {"error": "invalid_api_key"},
    "forbidden": {"error": "permission_denied"},
    "safety": {"error": "content_filter"},
    "server fault": {"status": 501},
    "not found": {"status": 404, "body": {"detail": "Not Found"}},
    "bad request": {"status": 400, "body": {"error": {"message": "no"}}},
}


@pytest.mark.parametrize("fault", FAILURES, ids=lambda name: name.replace(" ", "_"))
async def test_a_refusal_of_the_api_ends_in_words_and_a_retry_that_works(
    sandbox: Sandbox, fault: str
) -> None:
    sandbox.openai.faults.add("POST /chat/completions", "status", **FAILURES[fault])
    ada = sandbox.user("ada")

    asked = await ada.slash("chat", message="hi")
    message = await whole(asked)
    sandbox.openai.faults.clear()
    sandbox.openai.answers.queue("Better now")
    await ada.press(message, "Retry")

    assert message.raw["embeds"]
    await asked.until(lambda asked: "Better now" in asked.text)


@pytest.mark.parametrize("fault", ["cut", "end", "malformed", "error_event", "html", "empty_body"])
async def test_a_damaged_answer_is_never_passed_off_as_whole(sandbox: Sandbox, fault: str) -> None:
    sandbox.openai.answers.queue(["Half", " whole"])
    sandbox.openai.faults.add("POST /chat/completions", fault, after=2)

    message = await whole(await sandbox.user("ada").slash("chat", message="hi"))

    assert message.raw["embeds"]


async def test_a_server_fault_is_tried_again_before_it_is_told(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.openai.faults.add("POST /chat/completions", "status", error="overloaded", times=2)
    sandbox.openai.answers.queue("Third time lucky")

    asked = await sandbox.user("ada").slash("chat", message="hi")
    for tried in (1, 2):
        request = await sandbox.openai.asked("POST /chat/completions", tried)
        await request.ended.wait()
        await clock.advance(5)

    assert (await whole(asked)).content == "Third time lucky"


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)  # strict about parameters
async def test_a_parameter_that_the_model_does_not_take_is_dropped_and_named(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    first = await whole(await ada.slash("chat", message="hi", model="gpt-6-astra", temperature=0.5))
    refused = len(sandbox.openai.requests)
    second = await whole(
        await ada.slash("chat", message="again", model="gpt-6-astra", temperature=0.5)
    )

    assert "temperature" in first.text
    assert "temperature" in second.text
    assert len(sandbox.openai.requests) == refused + 1  # learnt: not sent in vain again


async def test_stop_keeps_the_text_so_far(sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue(["So far", " and further"])
    sandbox.openai.answers.hold(after=2)
    ada = sandbox.user("ada")
    asked = await ada.slash("chat", message="hi")
    await asked.until(lambda asked: "So far" in asked.text)
    message = asked.messages[-1]

    await ada.press(message, "Stop")
    await asked.until(lambda _: message.button("Retry"))

    assert message.content == "So far"
    await sandbox.openai.requests[-1].ended.wait()
    assert sandbox.openai.requests[-1].disconnected


@pytest.mark.parametrize("cut_by", ["fault", "length"])
async def test_an_answer_that_was_cut_short_goes_on_where_it_stopped(
    sandbox: Sandbox, cut_by: str
) -> None:
    if cut_by == "fault":
        sandbox.openai.answers.queue(["A shared", " set"])
        sandbox.openai.faults.add("POST /chat/completions", "cut", after=2)
    else:
        sandbox.openai.answers.queue("A shared set of wires" + " and more" * 200)
    ada = sandbox.user("ada")
    limit: dict[str, Any] = {"max_tokens": 100} if cut_by == "length" else {}
    asked = await ada.slash("chat", message="What is a bus?", **limit)
    message = await whole(asked)
    cut = message.content
    sandbox.openai.faults.clear()
    sandbox.openai.answers.queue(" of wires.")

    await ada.press(message, "Continue")
    await asked.until(lambda _: message.content.endswith("of wires."))
    await asked.until(lambda _: message.button("Retry"))

    assert message.content == f"{cut} of wires."
    assert message.button("Continue") is None
    assert contents(sandbox)[1] == cut


async def test_somebody_elses_buttons_are_refused_privately(sandbox: Sandbox) -> None:
    message = await whole(await sandbox.user("ada").slash("chat", message="hi"))

    refused = await (await sandbox.user("ben").press(message, "Retry")).answer()

    assert refused.ephemeral
    assert "Manage Messages" in refused.text


async def test_who_waits_sees_how_many_are_ahead(sandbox: Sandbox) -> None:
    gate = sandbox.openai.answers.hold(after=0)
    first = await sandbox.user("ada").slash("chat", message="one")
    await gate.reached()
    second = await sandbox.user("ben").slash("chat", message="two")
    await second.until(lambda asked: "1" in asked.text)

    gate.release()

    await whole(first)
    await whole(second)


async def test_who_stops_a_question_that_waits_sees_it_at_once(sandbox: Sandbox) -> None:
    gate = sandbox.openai.answers.hold(after=0)
    ben = sandbox.user("ben")
    first = await sandbox.user("ada").slash("chat", message="one")
    await gate.reached()
    second = await ben.slash("chat", message="two")
    await second.until(lambda asked: "1" in asked.text)

    await ben.press(second.messages[-1], "Stop")

    assert "Stopped" in (await whole(second)).text
    gate.release()
    await whole(first)
    assert len([one for one in sandbox.openai.requests if one.path == "/chat/completions"]) == 1


async def test_nobody_is_pinged_by_what_the_model_says(sandbox: Sandbox, app: App) -> None:
    sandbox.openai.answers.queue("@everyone <@&1> <@1> look")

    message = await whole(await sandbox.user("ada").slash("chat", message="hi"))

    assert message.raw["mentions"] == []
    assert not message.raw["mention_everyone"]
    assert app.bot.allowed_mentions


async def test_errors_speak_the_persons_language(sandbox: Sandbox) -> None:
    sandbox.openai.faults.add("POST /chat/completions", "status", error="invalid_api_key")

    taiwan = await whole(await sandbox.user("mia").slash("chat", message="hi"))
    mainland = await whole(await sandbox.user("lin").slash("chat", message="hi"))

    assert any("一" <= letter <= "鿿" for letter in taiwan.text)
    assert taiwan.text != mainland.text
