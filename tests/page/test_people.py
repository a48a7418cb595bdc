"""Being somebody else, elsewhere, in another language, on another screen."""

import pytest
from playwright.async_api import Page, expect

from sandbox.server import Sandbox
from tests.page.conftest import OpenPage

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.asyncio(loop_scope="session")]
PHONE = {"width": 380, "height": 760}


async def background(page: Page) -> str:
    return await page.evaluate("getComputedStyle(document.body).backgroundColor")


async def test_commands_are_described_in_the_language_of_whoever_one_is(
    open_page: OpenPage,
) -> None:
    page = await open_page("ada")
    await page.get_by_label("You are", exact=True).select_option("mia")
    await expect(page.get_by_label("Language")).to_have_value("zh-TW")
    await page.locator("#text").fill("/chat")
    option = page.locator("#suggestions [role=option]").first
    await expect(option).to_contain_text("在這個頻道的對話中向模型提問。")

    await page.get_by_label("Language").select_option("en-US")
    await page.locator("#text").fill("/chat")
    await expect(option).to_contain_text("Ask the model")


async def test_each_page_sees_what_its_person_sees_and_all_stay_in_step(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    ada, ben = await open_page("ada"), await open_page("ben")
    await ada.locator("#text").fill("hello, all")
    await ada.keyboard.press("Enter")
    await expect(ben.get_by_text("hello, all")).to_be_visible()

    await ada.locator("#text").focus()
    await ada.keyboard.press("ArrowUp")
    await ada.locator("#text").fill("hello, everyone of you")
    await ada.keyboard.press("Enter")
    await expect(ben.get_by_text("hello, everyone of you (edited)")).to_be_visible()

    await sandbox.user("ben").react(sandbox.user("ben").sees("general")[0], "👍")
    await expect(ada.get_by_role("button", name="👍, 1")).to_be_visible()
    await ada.get_by_role("button", name="👍, 1").press("Enter")
    reaction = ada.get_by_role("button", name="👍, 2")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.press("Enter")
    await expect(ada.get_by_role("button", name="👍, 1")).to_be_visible()
    await ada.get_by_role("article").click(button="right")
    await ada.get_by_role("menuitem", name="Delete message").click()
    await expect(ben.get_by_role("article")).to_have_count(0)


async def test_a_direct_message_with_the_bot_is_answered(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    sandbox.openai.answers.queue("from the bot itself")
    page = await open_page("ben")
    await page.get_by_role("button", name="Direct messages").click()
    await expect(page.get_by_role("heading", name="Switchboard", level=2)).to_be_visible()

    await page.locator("#text").fill("are you there?")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("from the bot itself")).to_be_visible()


async def test_a_mention_is_completed_and_answered(open_page: OpenPage, sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue("you called?")
    page = await open_page()
    await page.locator("#text").focus()
    await page.keyboard.type("hey @swi")
    await expect(page.get_by_role("option", name="@Switchboard").first).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.type("hello")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("log").get_by_text("you called?")).to_be_visible()
    await expect(page.locator(".markdown .mention").first).to_have_text("@Switchboard")


async def test_a_form_is_filled_in_and_sent(open_page: OpenPage) -> None:
    page = await open_page("ada")
    await page.locator("#text").focus()
    await page.keyboard.type("/conversation system")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("dialog")
    await form.get_by_role("textbox").fill("Answer in rhymes.")
    await form.get_by_role("button", name="Submit").click()

    await expect(form).to_have_count(0)
    await expect(page.get_by_role("log").get_by_text("Answer in rhymes.").last).to_be_visible()


async def test_a_voice_message_is_sent_where_there_is_no_microphone(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()

    await page.get_by_role("button", name="Record a voice message").click()

    await expect(page.locator("audio[aria-label^='Voice message']")).to_be_visible()
    note = sandbox.user("ada").sees("general")[-1].stored
    assert note.attachments[0].duration_secs == pytest.approx(1.6, abs=0.1)
    assert note.attachments[0].data.startswith(b"OggS")


async def test_a_voice_message_is_recorded_with_the_microphone(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page(permissions=["microphone"])

    await page.get_by_role("button", name="Record a voice message").press("Enter")
    await expect(page.get_by_role("timer")).to_have_text("0:01")
    await page.get_by_role("button", name="Stop recording and send").press("Enter")

    await expect(page.locator("audio[aria-label^='Voice message']")).to_be_visible()
    (note,) = sandbox.user("ada").sees("general")[-1].stored.attachments
    assert (note.duration_secs or 0) > 0.5
    assert note.data.startswith(b"OggS")


async def test_colours_follow_the_system_until_one_chooses(open_page: OpenPage) -> None:
    page = await open_page(color_scheme="light")
    assert await background(page) == "rgb(255, 255, 255)"

    await page.get_by_role("button", name="Switch to dark").click()
    assert await background(page) == "rgb(49, 51, 56)"
    await page.reload()
    await page.locator("#text").wait_for()

    assert await background(page) == "rgb(49, 51, 56)"


async def test_on_a_phone_everything_is_reached_and_nothing_is_cut_off(
    open_page: OpenPage,
) -> None:
    page = await open_page(viewport=PHONE, has_touch=True)
    await page.get_by_role("button", name="Servers and channels").click()
    await page.get_by_role("button", name="random").click()
    await expect(page.get_by_role("heading", name="random", level=2)).to_be_visible()
    await page.locator("#text").fill("one word " + "and-a-very-long-one-" * 20)
    await page.get_by_role("button", name="Send").click()

    await expect(page.get_by_role("article")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="random")).not_to_be_in_viewport()
    for place in ("document.documentElement", "document.querySelector('.scroller')"):
        assert await page.evaluate(f"{place}.scrollWidth <= innerWidth")
    box = await page.get_by_role("button", name="Send").bounding_box()
    assert box
    assert box["x"] + box["width"] <= PHONE["width"]


async def test_roles_are_given_and_change_what_one_may(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    await sandbox.user("ada").say("by ada")
    page = await open_page("ben")
    message = page.get_by_role("article")
    await message.click(button="right")
    await expect(page.get_by_role("menuitem", name="Delete message")).to_have_count(0)
    await page.keyboard.press("Escape")

    await page.get_by_label("Members").get_by_role("button", name="Ben").click()
    await page.get_by_role("menuitem", name="Role: moderator").click()
    await expect(page.get_by_label("You are", exact=True)).to_contain_text("Ben · moderator")
    await message.click(button="right")

    await expect(page.get_by_role("menuitem", name="Delete message")).to_be_visible()


async def test_who_is_put_out_of_every_server_finds_the_bot_in_direct_messages(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page("mia")
    world = sandbox.discord.world

    for guild in world.guilds.values():
        world.remove_member(guild, sandbox.user("mia").user)

    await expect(page.get_by_role("heading", name="Switchboard", level=2)).to_be_visible()
    await expect(page.get_by_role("button", name="Switchyard")).to_have_count(0)
