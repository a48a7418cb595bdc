"""`/complete`, `/edit` and `/moderate`, from options to the last page, on servers of every kind."""

import asyncio
import json
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.app import App
from bot.domain.calls import Operation
from sandbox.clock import HandClock
from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from tests.factories import NOON
from tests.pictures import a_png

pytestmark = pytest.mark.usefixtures("app")

BEGUN = "Once upon a time"
OF_2023 = {"completion_model": "text-davinci-003", "chat_model": "gpt-3.5-turbo"}
SONG = "one\ntwo\nthree\n"
EVERYWHERE = pytest.mark.parametrize(
    ("sandbox", "settings"),
    [("modern", {}), ("legacy", OF_2023), ("both", {})],
    ids=["modern", "legacy", "both"],
    indirect=True,
)
LEGACY = pytest.mark.parametrize("sandbox", ["legacy"], ids=str, indirect=True)
INSTRUCT = "text-davinci-003"  # the newest that a server of 2023 completes texts with
NO_SUCH_PATH = {"error": {"message": "Not Found", "type": "invalid_request_error"}}

NO_SUCH_MODEL = {"error": {"message": "The model does not exist", "code": "model_not_found"}}


async def whole(asked: Invocation) -> Message:
    """The last message of a finished answer: the one that offers a retry, in any language."""

    def finished(asked: Invocation) -> bool:
        buttons = asked.messages[-1].buttons if asked.messages else []
        return any((button.custom_id or "").startswith("retry:") for button in buttons)

    await asked.until(finished)
    return asked.messages[-1]


async def by_the_clock(clock: HandClock, waiting: Coroutine[Any, Any, Message]) -> Message:
    """Let time pass until it has happened: the pauses between tries go by the clock."""
    ended = asyncio.ensure_future(waiting)
    while not ended.done():
        await clock.advance(1)
    return await ended


async def complete(sandbox: Sandbox, **options: Any) -> Message:
    return await whole(await sandbox.user("ada").slash("complete", options=options))


def told(message: Message) -> str:
    """What stands beside the text."""
    return " ".join(str(embed.get("description", "")) for embed in message.embeds)


def bodies(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    return [each.body for each in sandbox.openai.requests if each.path == path]


@EVERYWHERE
async def test_a_text_is_continued_or_chat_stands_in_and_the_answer_says_so(
    sandbox: Sandbox,
) -> None:
    sandbox.openai.answers.text = " there was a bus."

    message = await complete(sandbox, prompt=BEGUN)

    assert message.content == "there was a bus."
    if sandbox.dialect != "modern":
        assert bodies(sandbox, "/chat/completions") == []
    else:  # the usual model was shut down in 2026
        [sent] = bodies(sandbox, "/chat/completions")
        assert [each["content"] for each in sent["messages"]] == [BEGUN]
        assert "/chat/completions" in told(message)


@LEGACY
async def test_every_option_reaches_the_api_with_its_escapes_undone(sandbox: Sandbox) -> None:
    sandbox.openai.answers.text = " the end"

    await complete(
        sandbox,
        prompt=BEGUN,
        model=INSTRUCT,
        suffix=r"\nThe | end\t.",
        max_tokens=20,
        temperature=0.5,
        top_p=0.9,
        n=2,
        stream=False,
        logprobs=2,
        echo=True,
        stop=r"\n|a\|b",
        presence_penalty=0.5,
        frequency_penalty=-0.5,
        best_of=3,
        logit_bias='{"50256": -100}',
    )

    assert bodies(sandbox, "/completions")[-1] == {
        "model": INSTRUCT,
        "prompt": BEGUN,
        "suffix": "\nThe | end\t.",
        "max_tokens": 20,
        "temperature": 0.5,
        "top_p": 0.9,
        "n": 2,
        "logprobs": 2,
        "echo": True,
        "stop": ["\n", "a|b"],
        "presence_penalty": 0.5,
        "frequency_penalty": -0.5,
        "best_of": 3,
        "logit_bias": {"50256": -100},
    }


@LEGACY
async def test_several_prompts_are_one_call_and_each_page_says_whose_it_is(
    sandbox: Sandbox, clock: HandClock
) -> None:
    sandbox.openai.answers.queue("one", "two", "three")

    message = await complete(
        sandbox, prompt="First", prompt2="Second", prompt3="Third", n=2, model=INSTRUCT
    )
    pages = [message.content]
    for number in range(2, 7):
        await clock.advance(1)  # faster presses are taken for one
        await sandbox.user("ada").press(message, "▶")
        await sandbox.until(partial(message.button, f"{number}/6"))
        pages.append(message.content)

    assert bodies(sandbox, "/completions")[0]["prompt"] == ["First", "Second", "Third"]
    shown = [(page.split("`")[1], page.splitlines()[1]) for page in pages]
    assert shown == [
        *[("First", "one")] * 2,
        *[("Second", "two")] * 2,
        *[("Third", "three")] * 2,
    ]


@LEGACY
async def test_the_text_grows_and_stop_keeps_it_and_nothing_is_remembered(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(["there was", " a bus", " that"])
    gate = sandbox.openai.answers.hold(after=2)
    asked = await ada.slash("complete", prompt=BEGUN, model=INSTRUCT)
    await asked.until(lambda asked: "there was" in asked.text)

    await ada.press(asked.messages[-1], "Stop")
    stopped = await whole(asked)
    gate.release()
    shown = await (await ada.slash("conversation show")).answer()

    assert "there was" in stopped.content
    assert BEGUN not in shown.text


@LEGACY
async def test_continue_sends_the_prompt_with_what_there_is_of_the_text(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.queue(" there was a bus and it", " never came.")

    asked = await ada.slash("complete", prompt=BEGUN, max_tokens=3, model=INSTRUCT)
    cut = await whole(asked)
    begun = cut.content
    await ada.press(cut, "Continue")
    await asked.until(lambda asked: "never" in asked.text)

    assert bodies(sandbox, "/completions")[-1]["prompt"].startswith(f"{BEGUN} {begun}")
    assert cut.content.startswith(begun)


@LEGACY
async def test_probabilities_are_shown_and_attached(sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue("a bus")

    message = await complete(sandbox, prompt=BEGUN, logprobs=5, model=INSTRUCT)

    [field] = [field for embed in message.embeds for field in embed["fields"]]
    assert "%" in field["value"]
    [file] = [each for each in message.attachments if each.name == "logprobs.json"]
    scores = json.loads(await file.read())
    assert "".join(each["token"] for each in scores) == "a bus"
    assert len(scores[0]["top"]) == 5


@LEGACY
async def test_best_of_ends_streaming_and_has_to_cover_n(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    await complete(sandbox, prompt=BEGUN, best_of=2, model=INSTRUCT)
    refused = await (await ada.slash("complete", prompt=BEGUN, n=5, best_of=2)).answer()

    [sent] = bodies(sandbox, "/completions")
    assert "stream" not in sent
    assert refused.ephemeral
    assert all(word in refused.text for word in ("best_of", "`2`", "5..20"))


@LEGACY
async def test_a_file_is_a_prompt_and_other_files_are_refused(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    long = "A line of text.\n" * 100
    sandbox.openai.answers.text = "more"

    await complete(sandbox, file=ada.upload("a.txt", long.encode(), "text/plain"), model=INSTRUCT)
    picture = ada.upload("a.bin", b"\x00\x01", "application/octet-stream")
    refused = await whole(await ada.slash("complete", file=picture))
    both = await ada.slash("complete", prompt=BEGUN, file=ada.upload("a.txt", b"x", "text/plain"))

    [sent] = bodies(sandbox, "/completions")
    assert sent["prompt"] == long
    assert "a.bin" in told(refused)
    assert "prompt3 | file" in (await both.answer()).text
    assert "prompt3 | file" in (await (await ada.slash("complete")).answer()).text


@LEGACY
async def test_a_private_one_is_for_the_asker_alone(sandbox: Sandbox) -> None:
    message = await complete(sandbox, prompt=BEGUN, model=INSTRUCT, private=True)

    assert message.ephemeral
    assert sandbox.user("ben").sees("general") == []


async def test_a_server_without_completions_loses_only_what_chat_does_not_have(
    sandbox: Sandbox,
) -> None:
    sandbox.openai.faults.add("POST /completions", "status", status=404, body=NO_SUCH_PATH)
    sandbox.openai.answers.queue("A", "B", "C", "D")

    message = await complete(
        sandbox, prompt="First", prompt2="Second", n=2, echo=True, suffix=" end", best_of=2
    )

    sent = bodies(sandbox, "/chat/completions")
    assert [each["messages"][-1]["content"] for each in sent] == ["First", "Second"]
    assert message.content.splitlines()[1] == "FirstA"
    assert all(word in told(message) for word in ("/chat/completions", "suffix", "best_of"))


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "400": (
        {"kind": "status", "status": 400, "body": {"error": {"message": "bad", "param": "suffix"}}},
        "bad",
    ),
    "404_model": ({"kind": "status", "status": 404, "body": NO_SUCH_MODEL}, INSTRUCT),
    "401": ({"kind": "status", "error": "invalid_api_key"}, "key"),
    "403": ({"kind": "status", "error": "permission_denied"}, "allowed"),
    "content": ({"kind": "status", "error": "content_filter"}, "safety"),
    "quota": ({"kind": "status", "error": "insufficient_quota"}, "credit"),
    "429": ({"kind": "status", "error": "rate_limit"}, "too many requests"),
    "429_without_date": (
        {"kind": "status", "error": "rate_limit_without_retry_after"},
        "in a minute",
    ),
    "500": ({"kind": "status", "error": "server_error"}, "failed on its side"),
    "503_html": ({"kind": "status", "error": "html_503"}, "failed on its side"),
    "200_error": ({"kind": "error_object"}, "failed on its side"),
    "cut": ({"kind": "cut", "after": 1}, "ended before"),
}


@LEGACY
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_documented_error_is_told_and_retry_asks_again(
    sandbox: Sandbox, clock: HandClock, fault: str
) -> None:
    details, words = FAULTS[fault]
    ada = sandbox.user("ada")
    sandbox.openai.faults.add("POST /completions", **details)
    asked = await ada.slash("complete", prompt=BEGUN, model=INSTRUCT)

    message = await by_the_clock(clock, whole(asked))
    said = told(message)
    sandbox.openai.faults.clear()
    sandbox.openai.answers.queue("there was a bus.")
    await clock.advance(1)
    await ada.press(message, "Retry")
    await asked.until(lambda asked: "a bus." in asked.text)

    assert words in said


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 404, "body": NO_SUCH_PATH},
        {"kind": "status", "status": 404, "body": "404 page not found"},
        {"kind": "html"},
    ],
    ids=["404_json", "404_text", "200_html"],
)
async def test_a_path_that_is_not_there_is_asked_once_and_then_remembered(
    sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.openai.faults.add("POST /completions", **fault)
    sandbox.openai.answers.text = "there was a bus."

    first = await complete(sandbox, prompt=BEGUN, model="gpt-3.5-turbo-instruct")
    await complete(sandbox, prompt=BEGUN)

    assert first.content == "there was a bus."
    assert "/chat/completions" in told(first)
    assert [each["model"] for each in bodies(sandbox, "/chat/completions")] == ["gpt-6-luna"] * 2
    assert len(bodies(sandbox, "/completions")) == 1


async def edit(sandbox: Sandbox, **options: Any) -> Message:
    return await whole(await sandbox.user("ada").slash("edit", options=options))


def changed(message: Message) -> str:
    """The lines of the comparison that begin with a sign."""
    [shown] = [str(embed.get("description")) for embed in message.embeds if "title" in embed]
    return "|".join(line for line in shown.splitlines() if line.startswith(("+", "-")))


@EVERYWHERE
async def test_a_text_is_edited_or_chat_stands_in_and_the_changes_are_shown(
    sandbox: Sandbox,
) -> None:
    sandbox.openai.answers.text = "The bus is red."

    message = await edit(sandbox, instruction="Paint it", input="The bus is blue.")

    assert message.content == "The bus is red."
    assert changed(message) == "- The bus is blue.|+ The bus is red."
    [file] = message.attachments
    assert (file.name, await file.read()) == ("edited.txt", b"The bus is red.")
    if sandbox.dialect == "modern":
        [sent] = bodies(sandbox, "/chat/completions")
        assert "The bus is blue." in sent["messages"][-1]["content"]
        assert "/chat/completions" in told(message)
    else:
        assert bodies(sandbox, "/edits") == [
            {
                "model": "text-davinci-edit-001",
                "instruction": "Paint it",
                "input": "The bus is blue.",
            }
        ]


@LEGACY
async def test_versions_are_pages_that_take_their_changes_and_files_along(
    sandbox: Sandbox, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    message = await edit(
        sandbox,
        instruction="Sing",
        file=ada.upload("song.md", SONG.encode(), "text/markdown"),
        n=2,
        temperature=0,
        top_p=0.5,
    )
    first = message.content

    await clock.advance(1)
    await ada.press(message, "▶")
    await sandbox.until(partial(message.button, "2/2"))

    [sent] = bodies(sandbox, "/edits")
    assert (sent["n"], sent["temperature"], sent["top_p"]) == (2, 0, 0.5)
    assert sent["input"] == SONG
    assert first != message.content
    assert "choice 2" in changed(message)
    [file] = message.attachments
    assert file.name == "song.md"
    assert b"choice 2" in await file.read()


@LEGACY
async def test_without_a_text_a_form_asks_for_it_and_carries_the_options(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    opened = await ada.slash("edit", instruction="Paint it", n=2, top_p=0.5, private=True)
    form = await opened.form()

    sent = await ada.submit(form, {"text": "The bus\nis blue."})
    message = await whole(sent)

    [asked] = bodies(sandbox, "/edits")
    assert (asked["instruction"], asked["input"]) == ("Paint it", "The bus\nis blue.")
    assert (asked["n"], asked["top_p"]) == (2, 0.5)
    assert message.ephemeral
    assert message.button("1/2")


async def test_text_and_file_together_are_refused_and_so_is_what_is_no_text(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    note = ada.upload("note.txt", b"hi", "text/plain")
    large = ada.upload("large.txt", b"x" * ((1 << 20) + 1), "text/plain")

    both = await ada.slash("edit", instruction="Do it", input="hi", file=note)
    refused = await edit(sandbox, instruction="Do it", file=large)

    assert "input | file" in (await both.answer()).text
    assert "large.txt" in told(refused)
    assert "1 MiB" in told(refused)
    assert [each for each in sandbox.openai.requests if each.method == "POST"] == []


@pytest.mark.parametrize("sandbox", ["modern"], ids=str, indirect=True)
async def test_changes_that_are_too_long_are_a_patch(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    before = "".join(f"line {number}\n" for number in range(2000))
    sandbox.openai.answers.text = before.replace("0\n", "zero\n")

    asked = await ada.slash(
        "edit", instruction="Do it", file=ada.upload("long.txt", before.encode(), "text/plain")
    )
    message = await whole(asked)

    files = {each.name: (await each.read()).decode() for each in message.attachments}
    assert files["long.txt"] == before.replace("0\n", "zero\n")
    assert "-line 1990\n+line 199zero\n" in files["changes.diff"]


@LEGACY
async def test_an_edit_is_retried_as_a_further_page(sandbox: Sandbox, clock: HandClock) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.faults.add("POST /edits", "status", error="server_error")
    asked = await ada.slash("edit", instruction="Paint it", input="The bus is blue.")
    message = await by_the_clock(clock, whole(asked))
    sandbox.openai.faults.clear()
    sandbox.openai.answers.text = "The bus is red."

    await clock.advance(1)
    await ada.press(message, "Retry")
    await sandbox.until(partial(message.button, "2/2"))

    assert changed(message) == "- The bus is blue.|+ The bus is red."
    assert bodies(sandbox, "/edits")[-1]["input"] == "The bus is blue."


async def judged(sandbox: Sandbox, **options: Any) -> Message:
    return await (await sandbox.user("ada").slash("moderate", options=options)).answer()


def rows(message: Message) -> list[list[str]]:
    [embed] = message.embeds
    return [line.split() for line in embed["description"].strip("`\n").splitlines()]


@pytest.mark.parametrize(
    ("sandbox", "settings", "categories"),
    [
        ("modern", {}, 13),
        ("legacy", {"moderation_model": "text-moderation-latest"}, 7),
        ("both", {}, 13),
    ],
    ids=["modern", "legacy", "both"],
    indirect=["sandbox", "settings"],
)
async def test_what_is_flagged_comes_first_with_its_score(
    sandbox: Sandbox, app: App, categories: int
) -> None:
    flagged = await judged(sandbox, text="this is about violence")
    harmless = await judged(sandbox, text="this is about buses", private=True)

    [first, *others] = rows(flagged)
    assert (first[1], first[-1]) == ("98.00%", "violence")
    assert len(others) == categories - 1
    assert all(row[0] == "0.01%" for row in others)
    assert max(map(len, flagged.embeds[0]["description"].splitlines())) <= 38  # else it breaks
    assert (flagged.embeds[0]["title"], harmless.embeds[0]["title"]) == ("Flagged", "Not flagged")
    assert (flagged.ephemeral, harmless.ephemeral) == (False, True)
    async with app.database.transaction() as tx:
        spent = await tx.ledger.report(NOON - timedelta(days=1))
    assert [(each.operation, each.calls) for each in spent] == [(Operation.MODERATION, 2)]


async def test_a_picture_is_judged_and_other_files_are_refused(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    shown = await judged(sandbox, image=ada.upload("cat.png", a_png(), "image/png"))
    refused = await judged(sandbox, image=ada.upload("a.txt", b"hi", "text/plain"))
    nothing = await judged(sandbox)

    [sent] = bodies(sandbox, "/moderations")
    assert sent["input"][0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert len(rows(shown)) == 13
    assert "a.txt" in refused.text
    assert "text | image" in nothing.text


async def test_a_server_without_moderation_says_so(sandbox: Sandbox) -> None:
    sandbox.openai.faults.add("POST /moderations", "status", status=404, body=NO_SUCH_PATH)

    refused = await judged(sandbox, text="hello")

    assert refused.ephemeral
    assert "does not offer `moderations`" in refused.text
