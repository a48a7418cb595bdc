"""The page in Debian's Chromium, with the real bot and the sandbox in this process."""

import asyncio
import io
import os
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bot.app import App, assembled
from bot.domain.clock import SystemClock
from bot.settings import Settings
from sandbox.server import Sandbox

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",  # it beeps where a page may listen
)
PATIENCE_MS = 60_000  # only what fails waits that long
SLOWER = float(os.environ.get("SWITCHBOARD_SLOWER", "1"))
expect.set_options(timeout=PATIENCE_MS)
OpenPage = Callable[..., Awaitable[Page]]
DOCS = Path(__file__).resolve().parents[2] / "docs"
MOST_BYTES = 150 * 1024


async def photograph(page: Page, name: str) -> None:
    """Write docs/`name`, where SWITCHBOARD_SCREENSHOTS is set."""
    if not os.environ.get("SWITCHBOARD_SCREENSHOTS"):
        return
    await page.mouse.move(0, 0)
    taken = Image.open(io.BytesIO(await page.screenshot()))
    taken.convert("RGB").quantize(256).save(DOCS / name, optimize=True)
    assert (DOCS / name).stat().st_size < MOST_BYTES


@pytest.fixture(scope="session")
def chromium() -> str:
    """Its path. In CI it has to be there."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium on the PATH; Debian's package is called chromium")
        pytest.skip("there is no chromium on the PATH")
    return CHROMIUM


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncGenerator[Sandbox, None]:
    """By the machine's clock: the browser has no other."""
    async with Sandbox() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def app(sandbox: Sandbox, tmp_path: Path) -> AsyncGenerator[App, None]:
    """The bot, online in the sandbox."""
    values: dict[str, Any] = {
        "discord_token": sandbox.discord_token,
        "discord_api_url": sandbox.discord_api_url,
        "openai_api_key": sandbox.openai_api_key,
        "openai_base_url": sandbox.openai_base_url,
        "database_url": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}",
        "chat_model": "gpt-6-luna",
        "http_port": 0,
        "operator_ids": f"{sandbox.user('ada').id}",
    }
    settings = Settings(_env_file=None, **values)  # pyright: ignore[reportCallIssue]  pydantic's
    async with assembled(settings, clock=SystemClock()) as built:
        online = asyncio.ensure_future(built.bot.start(settings.discord_token.get_secret_value()))
        await sandbox.user("ada").can_use("chat")
        yield built
        sandbox.openai.answers.clear()
        await built.services.conversations.close(limit_s=0)
        await built.bot.close()
        await online


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncGenerator[Browser, None]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, sandbox: Sandbox) -> AsyncGenerator[OpenPage, None]:
    """Opens the printed address in a window of its own, as `user`; keywords are Playwright's.

    `slower`: how many times less processor the page gets.

    What a page logs as an error, asks of another host, or raises fails the test.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    async def opened(user: str = "ada", *, slower: float = SLOWER, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1200, "height": 760})
        options.setdefault("color_scheme", "dark")
        context = await browser.new_context(locale="en-US", reduced_motion="reduce", **options)
        contexts.append(context)
        page = await context.new_page()
        if slower != 1:
            devtools = await context.new_cdp_session(page)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.set_default_timeout(PATIENCE_MS)
        # Playwright tells Chromium to hand over file choosers without waiting for it to have heard;
        # asked for from the start, a quick Enter cannot be there first and open nothing.
        page.on("filechooser", lambda _: None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("request", lambda sent: _only_here(sent.url, sandbox, wrong))
        await page.goto(f"{sandbox.url}/?token={sandbox.control.token}#user={user}")
        await page.locator("#text").wait_for()
        await page.locator("[role=log] .beginning, [role=log] .message").first.wait_for()
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert wrong == []


def _only_here(url: str, sandbox: Sandbox, wrong: list[str]) -> None:
    if not url.startswith((sandbox.url, "data:", "blob:")):
        wrong.append(f"asked {url}")
