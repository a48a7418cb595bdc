"""An unmodified discord.js bot against the sandbox; skipped where node or npm is missing."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.sandbox.discord_description import PATH, check_answer

HERE = Path(__file__).parent
NODE, NPM = shutil.which("node"), shutil.which("npm")
pytestmark = pytest.mark.skipif(
    NODE is None or NPM is None, reason="discord.js needs node and npm, which are not installed"
)


@pytest.fixture(scope="module")
def _discord_js() -> None:
    """Installed from the lock file, once for as long as that does not change."""
    lock, done = HERE / "package-lock.json", HERE / "node_modules" / ".installed"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return
    command = [str(NPM), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    installed = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)  # noqa: S603  our own lock file
    if installed.returncode != 0 and "CI" not in os.environ:
        pytest.skip(f"npm could not fetch discord.js: {installed.stderr.strip()[-300:]}")
    assert installed.returncode == 0, installed.stderr
    done.write_bytes(lock.read_bytes())


@pytest.fixture
async def sandbox(_discord_js: None) -> AsyncGenerator[Sandbox, None]:
    async with Sandbox() as sandbox:
        settings = {
            "DISCORD_API_URL": sandbox.discord_api_url,
            "DISCORD_TOKEN": sandbox.discord_token,
        }
        process = await asyncio.create_subprocess_exec(
            str(NODE), "bot.mjs", cwd=HERE, env={**os.environ, **settings}
        )
        try:
            await sandbox.user("ada").can_use("ask")
            yield sandbox
        finally:
            process.terminate()
            assert await process.wait() == 0
    if PATH.exists():
        for recorded in sandbox.discord.requests:
            check_answer(recorded)


async def test_a_discord_js_bot_answers_defers_presses_and_asks(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    greeted = await ada.slash(
        "greet", name="Ada", friend="ben", file=ada.upload("a.txt", b"inside", "text/plain")
    )
    answer = await greeted.answer()
    assert answer.content == "Hello Ada, ben, inside"
    await greeted.until(lambda greeted: greeted.messages[0].raw["reactions"])

    thought = await ada.slash("think")
    await thought.until(lambda thought: thought.text == "done thinking\na secret")
    assert [one.ephemeral for one in thought.messages] == [False, True]

    asked = await (await ada.slash("ask")).answer()
    form = await (await ada.press(asked, "More")).form()
    changed = await (await ada.submit(form, {"Word": "yes"})).answer()
    assert changed == asked
    assert asked.content == "the word is yes"
    assert asked.buttons == []

    said = await ada.say("ping")
    assert (await ada.reply_from_bot(said)).content == "pong"
