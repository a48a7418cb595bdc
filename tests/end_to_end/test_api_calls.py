"""Seeing the API at work: what was sent and what came back, for those who may see it."""

import ast
import json
from typing import Any

import pytest

from bot.app import App
from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from tests.end_to_end.test_chat import whole

pytestmark = pytest.mark.usefixtures("app")


async def shown(message: Message, sandbox: Sandbox, who: str = "ada") -> Invocation:
    asked = await sandbox.user(who).press(message, "Show API call")
    return await said(asked)


async def said(asked: Invocation) -> Invocation:
    await asked.until(lambda asked: bool(asked.messages) and bool(asked.messages[-1].content))
    return asked


def bodies(text: str) -> list[Any]:
    """The JSON of each code block."""
    return [json.loads(block.removeprefix("json\n")) for block in text.split("```")[1::2]]


async def test_the_exact_request_and_the_answer_are_shown(sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue("A set of wires.")
    asked = await sandbox.user("ada").slash("chat", message="What is a bus?", temperature=0.5)

    seen = (await shown(await whole(asked), sandbox)).messages[-1]

    request, response = bodies(seen.content)
    assert request == sandbox.openai.requests[-1].body
    assert response["choices"][0]["message"]["content"] == "A set of wires."
    assert response["choices"][0]["finish_reason"] == "stop"
    assert seen.content.startswith("`POST /chat/completions` → 200 · streamed")
    assert seen.ephemeral


async def test_others_see_the_answer_but_neither_history_nor_system_prompt(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    await whole(await ada.slash("chat", message="My first secret"))
    sandbox.openai.answers.queue("Two.")
    asked = await ada.slash("chat", message="And the second?", system="Be my second secret.")
    answer = await whole(asked)

    mine = (await shown(answer, sandbox)).messages[-1]
    theirs = (await shown(answer, sandbox, "ben")).messages[-1]

    assert "My first secret" in mine.content
    assert "Be my second secret." in mine.content
    assert "secret" not in theirs.content
    assert "And the second?" in theirs.content
    assert "Two." in theirs.content


async def test_a_call_is_copied_as_curl_and_as_python_that_make_the_same_request(
    sandbox: Sandbox,
) -> None:
    asked = await sandbox.user("ada").slash("chat", message='It\'s "quoted" $HOME')
    seen = (await shown(await whole(asked), sandbox)).messages[-1]

    curl = await said(await sandbox.user("ada").press(seen, "Copy as curl"))
    python = await said(await sandbox.user("ada").press(seen, "Copy as Python"))

    assert f"curl {sandbox.openai_base_url}/chat/completions" in curl.messages[-1].content
    assert sandbox.openai_api_key not in curl.messages[-1].content
    code = python.messages[-1].content.removeprefix("```py\n").removesuffix("\n```")
    body = ast.literal_eval(code.split("body = ")[1].split("\nprint")[0])
    assert body["messages"] == sandbox.openai.requests[-1].body["messages"]


async def test_a_failed_call_is_shown_with_what_the_server_said(sandbox: Sandbox) -> None:
    sandbox.openai.faults.add("POST /chat/completions", "status", status=400)
    asked = await sandbox.user("ada").slash("chat", message="hi")

    seen = (await shown(await whole(asked), sandbox)).messages[-1]

    assert "→ 400" in seen.content
    assert "error" in bodies(seen.content)[1]


async def test_the_menu_of_a_message_shows_its_call(sandbox: Sandbox) -> None:
    asked = await sandbox.user("ada").slash("chat", message="hi")
    message = await whole(asked)

    seen = await said(await sandbox.user("ada").message_menu("Show API call", message))

    assert "/chat/completions" in seen.messages[-1].content
    assert seen.messages[-1].ephemeral


async def test_what_was_erased_shows_as_erased(sandbox: Sandbox, app: App) -> None:
    ada = sandbox.user("ada")
    assert app.bot.user
    told = await ada.say(f"<@{app.bot.user.id}> My secret")
    await ada.reply_from_bot(told)
    asked = await ada.slash("chat", message="What did I say?")
    answer = await whole(asked)
    await ada.delete(told)

    async def erased() -> bool:
        seen = (await shown(answer, sandbox)).messages[-1]
        return "[erased]" in seen.content and "My secret" not in seen.content

    for _ in range(20):
        if await erased():
            return
    pytest.fail("The history still shows what was deleted")


async def test_a_server_can_switch_the_log_off(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    set_off = await ada.slash("settings set", key="api_log", value="off")
    await set_off.until(lambda asked: bool(asked.messages))

    asked = await ada.slash("chat", message="hi")

    assert (await whole(asked)).button("Show API call") is None


@pytest.mark.parametrize("sandbox", ["legacy"], indirect=True)
@pytest.mark.parametrize(
    "settings",
    [
        {
            "openai_dialect": "legacy",
            "chat_model": "gpt-3.5-turbo",
            "completion_model": "text-davinci-003",
        }
    ],
    indirect=True,
)
async def test_the_server_can_tell_people_apart_and_nobody_else_sees_by_what(
    sandbox: Sandbox,
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    answer = await whole(await ada.slash("chat", message="Hi"))
    await whole(await ada.slash("complete", prompt="Once"))
    await whole(await ada.slash("image generate", prompt="a cat"))
    await whole(await ben.slash("chat", message="Hi"))

    seen = (await shown(answer, sandbox)).messages[-1]

    told = [each.body["user"] for each in sandbox.openai.requests if each.method == "POST"]
    assert [len(each) for each in told] == [64] * 4
    assert len(set(told[:3])) == 1
    assert told[3] != told[0]
    assert str(ada.id) not in told[0]
    assert bodies(seen.content)[0]["user"] == "[pseudonym]"
