"""Nothing that people write, and no key, is in the log of a whole run at the default level."""

import asyncio
import io
from typing import Any

import pytest

from bot.logs import configure
from sandbox.clock import HandClock
from sandbox.discord.faults import Fault
from sandbox.server import Sandbox
from tests.end_to_end.test_chat import whole
from tests.test_logs import output

__all__ = ["output"]

PLANTED = "planted-{}-c4f3"
SAID = {
    what: PLANTED.format(what)
    for what in (
        *("option", "mention", "direct", "private", "system", "filename", "file", "answer"),
        *("title", "stop", "refused", "reply"),
    )
}


@pytest.mark.usefixtures("app")
async def test_no_prompt_answer_key_or_token_reaches_the_log(
    sandbox: Sandbox, clock: HandClock, output: io.StringIO
) -> None:
    configure("INFO", "console", stream=output)
    running = asyncio.ensure_future(everything_once(sandbox))

    while not running.done():
        await clock.advance(1)

    await running
    log = output.getvalue()
    sent = [each.path.split("/") for each in sandbox.discord.requests]
    tokens = {path[3] for path in sent if path[1] == "webhooks"}
    keys = {sandbox.openai_api_key, sandbox.discord_token, *tokens}
    assert log.count("turn_ended") == 9  # it was written, and it was looked at
    assert len(tokens) > 3
    assert [each for each in {*SAID.values(), *keys} if each in log] == []


async def everything_once(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    sandbox.openai.answers.text = SAID["answer"]
    file = ada.upload(f"{SAID['filename']}.txt", SAID["file"].encode(), "text/plain")
    options: dict[str, Any] = {"message": SAID["option"], "attachment": file, "stop": SAID["stop"]}
    first = await whole(await ada.slash("chat", **options))
    await ada.press(first, "Retry")
    await ada.until("general", lambda seen: seen[-1].button("2/2"))
    await whole(await ada.slash("chat", message=SAID["private"], private=True))
    await (await ada.slash("conversation system", prompt=SAID["system"])).answer()
    await ada.say(f"@Switchboard {SAID['mention']}")
    answer = await ada.until("general", lambda seen: seen[-1].button("Retry") and seen[-1])
    await ada.say(SAID["reply"], reply_to=answer)
    await ada.until("general", lambda seen: seen[-1].button("Retry") and seen[-1] != answer)
    await ada.say(SAID["direct"], channel="@bot")
    await ada.until("@bot", lambda seen: seen[-1].button("Retry"))
    await (await ada.slash("conversation thread", title=SAID["title"])).answer()
    echoed = {
        "error": {"message": f"bad input: {SAID['refused']}", "type": "invalid_request_error"}
    }
    sandbox.openai.faults.add("POST /chat/completions", "status", status=400, body=echoed)
    await whole(await ada.slash("chat", message=SAID["refused"]))
    sandbox.openai.faults.clear()
    sandbox.openai.faults.add("POST /chat/completions", "malformed", times=1)
    await whole(await ada.slash("chat", message=SAID["refused"]))
    shape = {
        "code": 50035,
        "message": "Invalid Form Body",
        "errors": {
            "content": {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": SAID["answer"]}]}
        },
    }
    sandbox.discord.faults.add(Fault(route="PATCH /webhooks/*", status=400, body=shape))
    await whole(await ada.slash("chat", message=SAID["option"]))
