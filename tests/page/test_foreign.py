"""Somebody else's bot on the page: selects, forms with everything in them, refusals."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from sandbox.server import Sandbox
from tests.page.conftest import OpenPage
from tests.page.test_everybody import READABLE
from tests.sandbox.interactions.foreign import Bot, running

pytestmark = [pytest.mark.usefixtures("bot"), pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: Sandbox) -> AsyncGenerator[Bot, None]:
    async with running(sandbox) as online:
        await sandbox.user("ada").can_use("panel")
        yield online


async def command(page: Page, name: str) -> None:
    """One without options, by keys."""
    await page.locator("#text").focus()
    await page.keyboard.type(f"/{name}")
    await expect(page.locator("#suggestions [role=option]").first).to_contain_text(f"/{name}")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")


async def test_a_select_is_opened_and_chosen_from_by_keyboard(open_page: OpenPage) -> None:
    page = await open_page()
    await command(page, "panel")
    select = page.locator("button.select").first
    await select.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("listbox").filter(visible=True)).to_be_focused()
    for key in ("p", "Space", "ArrowDown", "Space", "Enter"):
        await page.keyboard.press(key)

    await expect(page.get_by_text("chose ['pear', 'plum']")).to_be_visible()
    await page.get_by_role("button", name="Select a user").click()
    await page.get_by_role("option", name="Mia mia").click()
    await expect(page.get_by_text("chose ['mia']")).to_be_visible()


async def test_the_menu_of_a_message_has_the_bots_commands(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    await sandbox.user("ben").say("words to keep")
    page = await open_page()

    await page.get_by_role("article").click(button="right")
    await page.get_by_role("menuitem", name="Quote this").click()

    await expect(page.get_by_text("used Quote this")).to_be_visible()


async def test_a_form_takes_choices_and_says_what_is_missing(open_page: OpenPage) -> None:
    page = await open_page()
    await command(page, "form")
    form = page.get_by_role("dialog")
    await expect(form.get_by_text("Please be honest.")).to_be_visible()
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_role("alert")).to_have_text("Name: This field is required.")
    await form.get_by_label("Name").fill("A")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_role("alert")).to_contain_text("2 or more characters")
    await form.get_by_label("Name").fill("Ada")
    await form.get_by_label("Colour").select_option("Blue")
    await form.get_by_label("Large").check()
    await form.locator("input[type=file]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"inside"}
    )
    await form.get_by_role("button", name="Submit").click()

    await expect(page.get_by_text("Ada|['b']|['inside']|l")).to_be_visible()


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_forms_suggestions_and_refusals_have_the_contrast_that_people_need(
    open_page: OpenPage, scheme: str
) -> None:
    page = await open_page(color_scheme=scheme)
    seen: list[str] = []

    async def look(shown: Locator) -> None:
        await expect(shown.first).to_be_visible()
        seen.extend(await page.evaluate(READABLE))

    await command(page, "form")
    form = page.get_by_role("dialog")
    await look(form)
    await form.get_by_role("button", name="Submit").click()
    await look(form.get_by_role("alert"))
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.keyboard.type("/")  # what was in focus before the form takes keys again
    await look(page.locator("#suggestions [role=option]"))
    await page.keyboard.type("everything")
    await page.keyboard.press("Enter")
    for typed in ("hey", "user:m", "colour:", "whole:x"):
        await page.keyboard.type(typed)
        await look(page.locator(".chips"))
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await look(page.locator(".command .refusal"))

    assert seen == []


async def test_options_of_every_kind_are_filled_in_by_keyboard(open_page: OpenPage) -> None:
    page = await open_page()
    await page.keyboard.type("/everything")
    await page.keyboard.press("Enter")
    await page.keyboard.type("hey")
    await page.keyboard.press("Tab")
    for option, value in (
        ("whole", "7"),
        ("number", "1.5"),
        ("truth", "tr"),
        ("user", "mia"),
        ("channel", "random"),
        ("role", "moder"),
        ("anyone", "ben"),
        ("colour", "bl"),
    ):
        await page.keyboard.type(option)
        await page.keyboard.press("Enter")
        await page.keyboard.type(value)
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("Add an option")).to_be_focused()
    await page.keyboard.press("Enter")

    answer = page.get_by_role("article").filter(has_text="used /everything")
    await expect(answer).to_contain_text("hey|7|1.5|True|mia|random|moderator|ben|None|b")


async def test_an_options_name_and_a_colon_lead_to_it(open_page: OpenPage) -> None:
    page = await open_page()
    await page.keyboard.type("/everything text:ab: c whole:7 truth:True ")
    await page.keyboard.press("Enter")

    answer = page.get_by_role("article").filter(has_text="used /everything")
    await expect(answer).to_contain_text("ab: c|7|None|True|")


async def test_groups_of_subcommands_are_typed_and_their_whole_path_is_shown(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    await command(page, "tools sharp knife")

    answer = page.get_by_role("article").filter(has_text="cut")
    await expect(answer).to_contain_text("Ada used /tools sharp knife")


async def test_roles_channels_and_anyone_are_chosen_from_selects_by_keyboard(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    await command(page, "entities")
    for select, keys, told in (
        ("Roles", ("m", "Space", "ArrowDown", "Space", "Enter"), "Role manager, Role moderator"),
        ("Channels", ("r", "Enter"), "AppCommandChannel random"),
        ("Anyone", ("b", "Space", "m", "Space", "Enter"), "Member ben, Member mia"),
    ):
        await page.get_by_role("button", name=select).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("listbox").filter(visible=True)).to_be_focused()
        for key in keys:
            await page.keyboard.press(key)
        await expect(page.get_by_text(f"chose {told}")).to_be_visible()


async def test_a_dropped_file_fills_the_option_that_takes_one(open_page: OpenPage) -> None:
    page = await open_page()
    await page.keyboard.type("/everything text:hey")
    await page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["inside"], "a.txt", { type: "text/plain" }));
            const given = { bubbles: true, cancelable: true, dataTransfer: data };
            document.getElementById("timeline").dispatchEvent(new DragEvent("drop", given));
        }"""
    )
    await expect(page.get_by_role("button", name="file, file")).to_have_text("a.txt")
    await page.get_by_label("text, text, required").press("Enter")

    await expect(page.get_by_role("article")).to_contain_text("hey|None|")
    await expect(page.get_by_role("article")).to_contain_text("|inside|None")
