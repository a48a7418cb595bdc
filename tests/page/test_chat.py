"""What a newcomer does first: chat, in a browser, by keyboard."""

import re

import pytest
from playwright.async_api import Page, expect

from sandbox.server import Sandbox
from tests.page.conftest import OpenPage, photograph
from tests.pictures import a_png

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.asyncio(loop_scope="session")]
GREETING = (
    "Of course. An f-string keeps it on one line:\n"
    "```python\n"
    "def greet(name: str, *, politely: bool = True) -> str:\n"
    '    """Say hello to somebody."""\n'
    '    opening = "Good morning" if politely else "Hi"\n'
    '    return f"{opening}, {name}!"\n'
    "```\n"
    'Call it as `greet("Ada")`, or with `politely=False` among friends.'
)


async def ask(page: Page, message: str) -> None:
    """/chat, by keys alone."""
    await page.locator("#text").focus()
    await page.keyboard.type("/chat")
    await expect(page.get_by_role("option", name="/chat")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("message, text, required")).to_be_focused()
    await page.keyboard.type(message)
    await page.keyboard.press("Enter")


async def test_chat_is_asked_by_keyboard_and_its_answer_grows_in_place(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    sandbox.openai.answers.queue(["First words", " and the rest"])
    gate = sandbox.openai.answers.hold(after=2)
    page = await open_page()

    await ask(page, "What is a bus?")
    answer = page.get_by_role("article").filter(has_text="First words")
    await expect(answer).to_be_visible()
    node = await answer.element_handle()
    assert node
    await expect(answer.get_by_role("button", name="Stop")).to_be_visible()
    gate.release()

    await expect(page.get_by_text("First words and the rest")).to_be_visible()
    await expect(answer.get_by_text("used /chat")).to_be_visible()
    assert await node.evaluate("one => one.isConnected")


async def test_retry_asks_again(open_page: OpenPage, sandbox: Sandbox) -> None:
    sandbox.openai.answers.queue("the first answer", "the second answer")
    page = await open_page()
    await ask(page, "again, please")
    await expect(page.get_by_text("the first answer")).to_be_visible()

    await page.get_by_role("button", name="Retry").click()

    await expect(page.get_by_text("the second answer")).to_be_visible()


async def test_what_is_typed_after_the_press_of_a_button_is_the_next_message(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    sandbox.openai.answers.queue("an answer")
    page = await open_page()
    await ask(page, "a question")
    button = page.get_by_role("button", name="Show API call")
    await button.press("Enter")
    await expect(button).to_be_focused()

    await page.keyboard.type("hm, and now")

    await expect(page.locator("#text")).to_have_value("hm, and now")


async def test_suggestions_of_models_come_from_the_bot(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.locator("#text").focus()
    await page.keyboard.type("/models info")
    await page.keyboard.press("Tab")
    await page.keyboard.type("luna")

    await expect(page.locator("#suggestions [role=option]").first).to_contain_text("luna")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("article").filter(has_text="gpt-6-luna")).to_be_visible()
    assert "gpt-6-luna" in sandbox.user("ada").sees("general")[-1].text


async def test_a_picture_is_attached_to_a_command_and_reaches_the_model(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.locator("#text").focus()
    await page.keyboard.type("/chat")
    await page.keyboard.press("Enter")
    await page.keyboard.type("what is it?")
    await page.keyboard.press("Tab")
    await page.keyboard.type("attachment")
    await page.keyboard.press("Enter")
    async with page.expect_file_chooser() as chooser:
        await page.keyboard.press("Enter")
    await (await chooser.value).set_files(
        {"name": "cat.png", "mimeType": "image/png", "buffer": a_png()}
    )
    chosen = page.get_by_role("button", name="attachment, file")
    await expect(chosen).to_have_text("cat.png")
    await expect(chosen).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("button", name="Retry")).to_be_visible()
    assert "image_url" in str(sandbox.openai.requests[-1].body)


async def test_what_does_not_fit_an_option_is_said_at_it_and_not_sent(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.locator("#text").focus()
    await page.keyboard.type("/chat")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    refusal = page.get_by_role("alert").filter(visible=True)
    await expect(refusal).to_have_text("message: This option is required. Specify a value.")
    await page.keyboard.type("hi")
    await page.keyboard.press("Tab")
    await page.keyboard.type("logprobs")
    await page.keyboard.press("Enter")
    await page.keyboard.type("21")
    await page.keyboard.press("Enter")

    await expect(refusal).to_have_text("logprobs: Enter a number between 0 and 20.")
    await expect(page.get_by_label("logprobs, whole number")).to_be_focused()
    assert sandbox.user("ada").sees("general") == []


async def test_an_answer_for_one_is_not_shown_to_others(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    sandbox.openai.answers.queue("between us")
    page, other = await open_page("ada"), await open_page("ben")
    await page.locator("#text").focus()
    await page.keyboard.type("/chat")
    await page.keyboard.press("Enter")
    await page.keyboard.type("secret")
    await page.keyboard.press("Tab")
    await page.keyboard.type("private")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("option", name="True")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("Only you can see this")).to_be_visible()
    await expect(page.get_by_text("between us")).to_be_visible()
    await page.locator("#text").fill("for all")
    await page.keyboard.press("Enter")
    await expect(other.get_by_text("for all")).to_be_visible()
    await expect(other.get_by_text("between us")).to_have_count(0)
    await page.get_by_role("button", name="Dismiss message").click()
    await expect(page.get_by_text("between us")).to_have_count(0)


async def test_the_picture_of_the_readme(open_page: OpenPage, sandbox: Sandbox) -> None:
    """Written where SWITCHBOARD_SCREENSHOTS is set."""
    sandbox.openai.answers.queue(GREETING)
    page = await open_page()
    await sandbox.user("ben").say("anybody here who speaks Python?")
    await sandbox.user("ada").say("I know somebody who does…")
    await ask(page, "Write a function that greets somebody by name")
    retry = page.get_by_role("button", name="Retry")
    await expect(retry).to_be_visible()
    code = page.locator("pre code")

    await expect(code).to_contain_text("def greet")
    await expect(code.locator(".hljs-keyword").first).to_have_text("def")
    await expect(page.get_by_role("log")).to_contain_text(re.compile("among friends"))
    await photograph(page, "chat.png")


async def test_what_is_typed_on_the_page_goes_to_the_composer(open_page: OpenPage) -> None:
    page = await open_page()
    await expect(page.locator("#text")).to_be_focused()
    await page.locator("#text").blur()

    await page.keyboard.type("hello")

    await expect(page.locator("#text")).to_have_value("hello")


async def test_who_types_fast_loses_no_key_and_sends_nothing_twice(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page(slower=6)
    for line in ("first", "second", "third"):
        await page.keyboard.type(line)
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
    await page.keyboard.type("/chat")
    await page.keyboard.press("Enter")
    await page.keyboard.type("fourth")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.keyboard.type("and on")

    await expect(page.get_by_role("button", name="Retry")).to_be_visible()
    await expect(page.locator("#text")).to_have_value("and on")
    said = [one.text for one in sandbox.user("ada").sees("general")]
    assert said[:3] == ["first", "second", "third"]
    assert len(sandbox.openai.requests) == 1


async def test_a_lost_connection_and_another_channel_leave_what_is_being_written(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    await page.keyboard.type("half a")
    async with page.expect_websocket():
        await page.evaluate(
            "import('/sandbox/store.js').then((one) => one.store.live.socket.close())"
        )
    await expect(page.locator("body")).not_to_have_class(re.compile("offline"))
    await page.keyboard.type(" sentence")
    await expect(page.locator("#text")).to_have_value("half a sentence")

    await page.get_by_role("button", name="random").click()
    await expect(page.get_by_role("heading", name="random", level=2)).to_be_visible()
    await expect(page.locator("#text")).to_have_value("")
    await page.get_by_role("button", name="general").click()

    await expect(page.locator("#text")).to_have_value("half a sentence")


async def test_what_the_sandbox_refuses_comes_back_to_be_mended(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.keyboard.type("/nonsense")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("nonsense")
    await expect(page.locator("#text")).to_have_value("/nonsense")
    assert sandbox.user("ada").sees("general") == []
