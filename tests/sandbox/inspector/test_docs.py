"""docs/sandbox.md says what is so: its marked blocks are run."""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.clock import HandClock
from sandbox.discord import fault_file as discord_file
from sandbox.launch import faults_from
from sandbox.openai import canned
from sandbox.openai import fault_file as openai_file
from sandbox.openai.faults import PRESETS, FaultKind
from sandbox.server import Sandbox
from tests.sandbox.inspector.looking import Looker

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "sandbox.md").read_text()


def block(name: str) -> str:
    found = re.search(rf"<!-- test: {re.escape(name)} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None, name
    return found[1]


def first_column(name: str) -> list[str]:
    found = re.search(rf"<!-- test: {name} -->\n\|.*\n\|[-|]+\n((?:\|.*\n)+)", TEXT)
    assert found is not None, name
    return re.findall(r"^\| `([^`]+)`", found[1], re.MULTILINE)


def settings(sandbox: Sandbox) -> dict[str, str]:
    return {
        **os.environ,
        "DISCORD_TOKEN": sandbox.discord_token,
        "DISCORD_API_URL": sandbox.discord_api_url,
        "OPENAI_API_KEY": sandbox.openai_api_key,
        "OPENAI_BASE_URL": sandbox.openai_base_url,
    }


async def run(*command: str, env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command, env=env, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )


async def test_the_discord_py_bot_answers(tmp_path: Path) -> None:
    script = tmp_path / "bot.py"
    script.write_text(block("discord.py"))
    async with Sandbox() as sandbox:
        bot = await run(sys.executable, str(script), env=settings(sandbox))
        try:
            await sandbox.until(sandbox.discord.gateway.until_ready(), "the bot")
            ada = sandbox.user("ada")
            reply = await ada.reply_from_bot(await ada.say("hello"))
        finally:
            bot.kill()
            await bot.communicate()

    assert reply.text == "You said: hello"


async def test_the_openai_client_is_answered() -> None:
    async with Sandbox() as sandbox:
        client = await run(sys.executable, "-c", block("openai"), env=settings(sandbox))
        said, _ = await client.communicate()

    assert "```python" in said.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_curl_line_is_answered(sandbox: Sandbox) -> None:
    client = await run("sh", "-c", block("curl"), env=settings(sandbox))
    said, _ = await client.communicate()

    assert "```python" in json.loads(said)["choices"][0]["message"]["content"]


@pytest.mark.parametrize("word", first_column("words"))
def test_each_word_shapes_an_answer(word: str) -> None:
    assert canned.answer(f"say {word}") != canned.answer("say something")


def test_all_words_are_told() -> None:
    assert set(first_column("words")) == {*canned._SHAPES, "empty"}


async def test_the_faults_are_a_file_that_is_taken(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(block("faults"))

    faults_from(file, sandbox)

    assert len(sandbox.inspector.faults.shown()) == 9


def test_all_keys_kinds_and_errors_of_faults_are_told() -> None:
    for name in (*discord_file._RULES, *openai_file._KEYS, *FaultKind, *PRESETS):
        assert f"`{name}`" in TEXT or f'"{name}"' in TEXT


async def test_each_control_route_is_there_and_guarded(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    routes = first_column("routes")
    for route in routes:
        method, path = route.replace("{number}", "1").split()
        async with http.request(method, sandbox.url + path, json={}) as answer:
            assert answer.status == 403, route
    assert len(routes) == 14


async def test_the_driver_example_runs() -> None:
    made: dict[str, Any] = {}
    exec(block("driver"), made)  # noqa: S102  it is our own document

    await made["test_the_bot_repeats_what_is_said"]()


async def test_what_is_said_to_be_missing_is_missing(clock: HandClock) -> None:
    async with Sandbox(clock=clock) as sandbox, aiohttp.ClientSession() as http:
        sandbox.discord.limits.lift()
        looker = Looker(sandbox, http)
        for line in block("missing").splitlines():
            method, path = line.split()
            headers = {"Authorization": f"Bot {sandbox.discord_token}"}
            url = sandbox.discord_api_url + path
            async with http.request(method, url, headers=headers, json={}) as answer:
                assert answer.status == 501, line
        status, told = await looker.openai("POST", "/nothing", json={})

    assert status == 404
    assert "Invalid URL" in json.loads(told)["error"]["message"]
