"""What README and docs show; the pictures are written where SWITCHBOARD_SCREENSHOTS is set."""

import pytest
from playwright.async_api import expect

from sandbox.server import Sandbox
from tests.page.conftest import OpenPage, photograph
from tests.page.test_chat import ask

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.asyncio(loop_scope="session")]


async def test_the_api_call_behind_an_answer_is_shown_beside_what_went_over_the_wire(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    sandbox.openai.answers.queue("Fourteen, if the bus is full: twelve sit and two stand.")
    page = await open_page("operator", viewport={"width": 1440, "height": 860})
    await page.get_by_role("button", name="Inspector").press("Enter")
    await expect(page.get_by_role("tab", name="Time line")).to_be_focused()
    await ask(page, "How many people fit in?")
    await page.get_by_role("button", name="Show API call").press("Enter")

    shown = page.get_by_role("article").filter(has_text="Only you can see this")
    await expect(shown).to_contain_text("gpt-6-luna")
    asked = page.locator("[data-kind=openai] .in-head").last
    await asked.press("Enter")
    await expect(page.locator(".in-details")).to_contain_text("How many people fit in?")
    await photograph(page, "api-call.png")


async def test_settings_are_changed_in_a_panel(open_page: OpenPage) -> None:
    page = await open_page("ada")
    await page.keyboard.type("/settings panel")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    panel = page.get_by_role("article").last
    await expect(panel.get_by_role("button").nth(2)).to_be_visible()
    await photograph(page, "settings.png")
