"""A discord.js bot and the examples of docs/sandbox.md; skipped where node or npm is missing."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.sandbox.discord_description import PATH, check_answer
from tests.sandbox.inspector.test_docs import block

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


@asynccontextmanager
async def node(script: Path, sandbox: Sandbox) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """A script that runs against the sandbox, from where its packages are."""
    settings = {
        "DISCORD_API_URL": sandbox.discord_api_url,
        "DISCORD_TOKEN": sandbox.discord_token,
        "OPENAI_BASE_URL": sandbox.openai_base_url,
        "OPENAI_API_KEY": sandbox.openai_api_key,
    }
    process = await asyncio.create_subprocess_exec(
        str(NODE), str(script), cwd=HERE, env={**os.environ, **settings}, stdout=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@pytest.fixture
def example(_discord_js: None) -> Generator[Callable[[str], Path], None, None]:
    """Writes one where it finds the packages; taken away again."""
    with tempfile.NamedTemporaryFile(suffix=".mjs", prefix="example-", dir=HERE) as file:

        def written(name: str) -> Path:
            Path(file.name).write_text(block(name))
            return Path(file.name)

        yield written


@pytest.fixture
async def sandbox(_discord_js: None) -> AsyncGenerator[Sandbox, None]:
    async with Sandbox() as sandbox:
        async with node(HERE / "bot.mjs", sandbox) as process:
            await sandbox.user("ada").can_use("ask")
            yield sandbox
        assert process.returncode == 0
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


async def test_the_discord_js_example_answers(example: Callable[[str], Path]) -> None:
    async with Sandbox() as sandbox, node(example("discord.js"), sandbox):
        await sandbox.until(sandbox.discord.gateway.until_ready(), "the bot")
        ada = sandbox.user("ada")
        reply = await ada.reply_from_bot(await ada.say("hello"))

    assert reply.text == "You said: hello"


async def test_the_example_of_the_openai_client_is_answered(
    example: Callable[[str], Path],
) -> None:
    async with Sandbox() as sandbox, node(example("node"), sandbox) as client:
        said, _ = await client.communicate()

    assert "```python" in said.decode()
