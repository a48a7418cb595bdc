"""How soon the sandbox's page is painted, and how smooth it is with thousands of messages.

python -m benchmarks.page --messages 5000
"""

import argparse
import asyncio
import shutil
import sys

from playwright.async_api import Browser, Page, async_playwright

from benchmarks import _machine
from benchmarks._figures import percentile, seconds, table
from sandbox.discord import posting
from sandbox.server import Sandbox

_TIMES = 7
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_TEXT = (
    "Number {number}: **bold**, `code`, a [link](https://example.com) and <t:0:R>\n"
    "```python\ndef f(x: int) -> int:\n    return x + {number}\n```"
)
_RECORD = """() => {
    window.gaps = [];
    let before = performance.now();
    const frame = (now) => {
        window.gaps.push(now - before);
        before = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""
_PAINTED = (
    "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime / 1000)[0]"
)


async def opened(browser: Browser, sandbox: Sandbox) -> tuple[Page, float, float]:
    """With nothing in the cache; and the seconds to the first paint, and to the messages."""
    context = await browser.new_context(viewport={"width": 1250, "height": 900})
    page = await context.new_page()
    await page.goto(f"{sandbox.url}/?token={sandbox.control.token}#user=ada")
    await page.locator("[role=log] .message, [role=log] .beginning").first.wait_for()
    shown = float(await page.evaluate("performance.now() / 1000"))
    await page.wait_for_function(_PAINTED)
    return page, float(await page.evaluate(_PAINTED)), shown


async def scrolled(page: Page, messages: int) -> list[float]:
    """Seconds between frames while a wheel turns up through all of them."""
    await page.mouse.move(600, 400)
    await page.evaluate(_RECORD)
    oldest = page.get_by_text("Number 0:", exact=False)
    for turn in range(messages):
        await page.mouse.wheel(0, -1200)
        if turn % 20 == 0 and await oldest.count():
            break
    return [gap / 1000 for gap in await page.evaluate("window.gaps.splice(0)")]


async def arriving(page: Page, sandbox: Sandbox, count: int) -> list[float]:
    """Seconds between frames while messages arrive, one for each frame."""
    ada = sandbox.user("ada")
    await page.get_by_role("button", name="Jump to present").click()
    await page.evaluate("window.gaps.splice(0)")
    for number in range(count):
        await ada.say(_TEXT.format(number=f"a new one, {number}"))
        await page.evaluate("new Promise(requestAnimationFrame)")
    await page.get_by_text(f"a new one, {count - 1}:").first.wait_for()
    return [gap / 1000 for gap in await page.evaluate("window.gaps.splice(0)")]


async def compare(messages: int) -> str:
    if shutil.which("chromium") is None:
        return "The page was not measured: there is no chromium on the PATH."
    async with Sandbox() as sandbox, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_QUIET
        )
        empty = [await opened(browser, sandbox) for _ in range(_TIMES)]
        world, ada = sandbox.discord.world, sandbox.user("ada")
        channel = ada.places.channel("general")
        for number in range(messages):
            payload = {"content": _TEXT.format(number=number)}
            posting.post(world, posting.compose(world, channel, ada.user, payload))
        full = [await opened(browser, sandbox) for _ in range(_TIMES)]
        for page, _, _ in (*empty, *full[:-1]):
            await page.close()
        page = full[-1][0]
        gaps = await scrolled(page, messages)
        news = await arriving(page, sandbox, 200)
        await browser.close()
    first = table(
        ["the page, p50 of 7 first visits", "empty channel", f"{messages:,} messages"],
        [
            (
                name,
                seconds(percentile([times[at] for _, *times in empty], 50)),
                seconds(percentile([times[at] for _, *times in full], 50)),
            )
            for at, name in enumerate(("first paint", "messages are there"))
        ],
    )
    smooth = table(
        ["between two frames", f"scrolling up {messages:,} messages", "200 messages arriving"],
        [
            (name, seconds(percentile(gaps, percent)), seconds(percentile(news, percent)))
            for name, percent in (("p50", 50), ("p99", 99), ("longest", 100))
        ],
    )
    return f"{first}\n\n{smooth}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    options = parser.parse_args()
    sys.stdout.write(f"{_machine.described()}. Load before: {_machine.busy():.2f}.\n\n")
    sys.stdout.write(f"{asyncio.run(compare(options.messages))}\n")


if __name__ == "__main__":
    main()
