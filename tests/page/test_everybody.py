"""For people who do not see the page, or not well, and for those without a mouse."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.server import Sandbox
from tests.page.conftest import OpenPage
from tests.page.test_messages import post

pytestmark = pytest.mark.asyncio(loop_scope="session")
READABLE = (Path(__file__).parent / "readable.js").read_text()
ALL_KINDS = (
    "# A heading\n**bold** `code` ||spoiler|| [a link](https://example.com) @everyone #random "
    "<t:0:R>\n> quote\n- list\n-# small\n```python\ndef f(x): return 'a' + 1  # why\n```"
)


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_all_words_have_the_contrast_that_people_need(
    open_page: OpenPage, sandbox: Sandbox, scheme: str
) -> None:
    styles = [
        {"type": 2, "style": n, "label": f"Style {n}", "custom_id": str(n)} for n in (1, 2, 3, 4)
    ]
    menu = {"type": 5, "custom_id": "who"}
    rows = [{"type": 1, "components": styles}, {"type": 1, "components": [menu]}]
    for name in ("ada", "ben", "mia", "lin", "operator"):
        await sandbox.user(name).say(ALL_KINDS)
    embed = {"title": "Title", "description": "words", "fields": [{"name": "a", "value": "b"}]}
    await post(sandbox, {"content": "press", "embeds": [embed], "components": rows})
    page = await open_page(color_scheme=scheme)
    await page.get_by_role("button", name="Inspector").click()
    await page.locator(".in-head").last.click()
    await page.locator(".in-json").first.wait_for()
    seen = await page.evaluate(READABLE)
    for tab in ("Limits", "Trouble"):
        await page.get_by_role("tab", name=tab).click()
        seen += await page.evaluate(READABLE)
    await page.keyboard.press("/")
    await page.get_by_role("article").last.click(button="right")
    seen += await page.evaluate(READABLE)

    assert seen == []


async def test_a_screen_reader_hears_the_words_in_focus_and_what_an_answer_became(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    ben = sandbox.user("ben")
    said = await ben.say("a beginning")
    message = page.get_by_role("article")
    await expect(message).to_have_accessible_description("a beginning")
    await ben.edit(said, "a beginning and its end")

    await expect(
        page.get_by_role("status").get_by_text("Ben: a beginning and its end")
    ).to_be_attached()
    await expect(message).to_have_accessible_name(re.compile("Ben, "))


async def test_faults_and_the_models_speed_are_set_by_keyboard(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.get_by_role("button", name="Inspector").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("tab", name="Time line")).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "Tab", "End"):
        await page.keyboard.press(key)
    await expect(page.locator("output")).to_contain_text("1 s")
    await page.get_by_role("button", name="rate limit, twice").press("Enter")
    fault = page.get_by_role("button", name="Switch off: ")
    await expect(fault).to_be_visible()
    assert sandbox.openai.answers.pace == 1
    await fault.press("Enter")

    await expect(page.get_by_text("None: both servers do what they should.")).to_be_visible()
    assert sandbox.inspector.faults.shown() == []


async def test_a_run_is_saved_opened_and_replayed_by_keyboard(
    open_page: OpenPage, sandbox: Sandbox, tmp_path: Path
) -> None:
    await sandbox.user("ada").say("once")
    page = await open_page()
    await page.get_by_role("button", name="Inspector").press("Enter")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Save run").press("Enter")
    file = tmp_path / (await download.value).suggested_filename
    await (await download.value).save_as(file)
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Open run").press("Enter")
    await (await chooser.value).set_files(file)
    await page.get_by_role("button", name="Replay its 1 actions").press("Enter")

    await expect(page.get_by_role("article").filter(has_text="once")).to_have_count(2)
    await expect(page.get_by_text("Replayed 1 of 1")).to_be_visible()
