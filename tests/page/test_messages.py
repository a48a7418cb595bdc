"""How messages look: Discord's Markdown, embeds, components, files; and thousands of them."""

import json
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from sandbox.discord import posting
from sandbox.openai.sound import tone
from sandbox.server import Sandbox
from tests.page.conftest import OpenPage
from tests.pictures import a_png

pytestmark = pytest.mark.asyncio(loop_scope="session")
Json = dict[str, Any]
COMPONENTS_V2 = 1 << 15
MOST_NODES = 130


async def post(sandbox: Sandbox, body: Json, *files: tuple[str, bytes, str]) -> None:
    """As the bot, by Discord's API."""
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for number, (name, data, kind) in enumerate(files):
        form.add_field(f"files[{number}]", data, filename=name, content_type=kind)
    channel = sandbox.user("ada").places.channel("general")
    headers = {"Authorization": f"Bot {sandbox.discord_token}"}
    url = f"{sandbox.discord_api_url}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession(headers=headers) as http, http.post(url, data=form) as answer:
        assert answer.status == 200, await answer.text()


async def test_markdown_is_discords(open_page: OpenPage, sandbox: Sandbox) -> None:
    page = await open_page()
    text = "# Big\n**bold** __under__ ||hidden|| `code` @ben #random <t:0:d>\n> quoted\n-# small"
    await sandbox.user("ada").say(text)

    shown = page.locator(".markdown")
    await expect(shown.get_by_role("heading", name="Big")).to_be_visible()
    await expect(shown.locator("strong")).to_have_text("bold")
    await expect(shown.locator("u")).to_have_text("under")
    await expect(shown.locator(".mention")).to_have_text(["@Ben", "#random"])
    await expect(shown.locator("time")).to_have_text("1/1/70")
    await expect(shown.locator("blockquote")).to_have_text("quoted")
    await expect(shown.locator(".subtext")).to_have_text("small")
    await expect(shown.get_by_text("hidden")).not_to_be_visible()
    await shown.get_by_role("button", name="Spoiler").click()
    await expect(shown.get_by_text("hidden")).to_be_visible()


async def test_a_line_of_code_in_an_embed_breaks_only_where_the_embed_is_full(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await post(sandbox, {"embeds": [{"description": "```\n" + "a short line " * 3 + "\n```"}]})

    code = page.locator(".embed pre code")
    await expect(code).to_be_visible()
    height = await code.evaluate("code => code.clientHeight")
    lines = "code => parseFloat(getComputedStyle(code).lineHeight)"
    assert height < 2 * await code.evaluate(lines) + 20


async def test_nothing_in_a_message_runs_or_asks_another_host(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    """`open_page` fails the test for errors, and for requests that leave the sandbox."""
    page = await open_page()
    text = (
        "<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1)) "
        "![p](http://192.0.2.1/p.png) <b>b</b>"
    )
    await sandbox.user("ada").say(text)
    await post(sandbox, {"embeds": [{"image": {"url": "http://192.0.2.1/q.png"}}]})

    await expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    await expect(page.get_by_role("link", name="Embedded picture")).to_be_visible()
    await expect(page.locator(".markdown :is(img, script, b, a[href^=javascript])")).to_have_count(
        0
    )


async def test_embeds_components_and_files_are_shown(open_page: OpenPage, sandbox: Sandbox) -> None:
    page = await open_page()
    embed: Json = {
        "title": "A title",
        "description": "**what** it is",
        "color": 0xE67E22,
        "fields": [{"name": "one", "value": "1", "inline": True}],
        "footer": {"text": "the end"},
        "image": {"url": "attachment://a.png"},
    }
    await post(sandbox, {"embeds": [embed]}, ("a.png", a_png(), "image/png"))
    section: Json = {
        "type": 9,
        "components": [{"type": 10, "content": "a section"}],
        "accessory": {"type": 2, "style": 2, "label": "Go", "custom_id": "go"},
    }
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://b.png"}}]}
    inside: list[Json] = [section, {"type": 14}, gallery]
    body = {"flags": COMPONENTS_V2, "components": [{"type": 17, "components": inside}]}
    await post(sandbox, body, ("b.png", a_png(), "image/png"))
    await sandbox.user("ada").say(
        "a file", files=[sandbox.user("ada").upload("notes.txt", b"x" * 2048, "text/plain")]
    )

    log = page.get_by_role("log")
    shown = log.locator(".embed")
    await expect(shown).to_contain_text("A title")
    await expect(shown).to_have_css("border-left-color", "rgb(230, 126, 34)")
    await expect(shown.get_by_role("img", name="Embedded picture")).to_be_visible()
    await expect(log.locator(".container").get_by_role("button", name="Go")).to_be_visible()
    await expect(log.locator(".container").get_by_role("img")).to_be_visible()
    await expect(log.get_by_role("link", name="notes.txt")).to_be_visible()
    await expect(log.get_by_text("2.00 KB")).to_be_visible()


async def test_several_pictures_sounds_and_files_stand_side_by_side_with_their_names(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    pictures = [(f"{number}.png", a_png(), "image/png") for number in range(4)]
    sounds = [("a.mp3", tone(1, "mp3"), "audio/mpeg"), ("b.wav", tone(1, "wav"), "audio/wav")]
    described = [{"id": number, "description": f"Cat {number}"} for number in range(4)]
    body: Json = {"content": "all of it", "attachments": described}
    await post(sandbox, body, *pictures, *sounds, ("c.jsonl", b"{}", "application/jsonl"))

    shown = page.get_by_role("article")
    await expect(shown.locator(".gallery img")).to_have_count(4)
    await expect(shown.get_by_role("img", name="Cat 3")).to_be_visible()
    await expect(shown.locator("audio")).to_have_count(2)
    for sound in await shown.locator("audio").all():
        await expect(sound).to_have_js_property("error", None)
    async with page.expect_download() as download:
        await shown.get_by_role("link", name="c.jsonl").click()
    assert (await download.value).suggested_filename == "c.jsonl"
    await shown.get_by_role("button", name="Open Cat 3").press("Enter")
    await expect(page.get_by_role("dialog", name="Cat 3")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_button_nobody_answers_says_so_to_whoever_pressed(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Dead", "custom_id": "x"}]}
    await post(sandbox, {"content": "press it", "components": [row]})
    page, other = await open_page("ada"), await open_page("ben")

    await page.get_by_role("button", name="Dead").click()

    await expect(page.get_by_text("The application did not respond")).to_be_visible()
    await expect(other.get_by_text("The application did not respond")).to_have_count(0)


async def test_files_are_dropped_and_pasted_into_the_message_box(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    for event, carrier in (("drop", "dataTransfer"), ("paste", "clipboardData")):
        await page.evaluate(
            """([event, carrier]) => {
                const data = new DataTransfer();
                data.items.add(new File(["inside"], `${event}.txt`, { type: "text/plain" }));
                const kind = event === "drop" ? DragEvent : ClipboardEvent;
                const given = { bubbles: true, cancelable: true, [carrier]: data };
                document.getElementById("text").dispatchEvent(new kind(event, given));
            }""",
            [event, carrier],
        )
    await expect(page.get_by_role("button", name="Remove drop.txt")).to_be_visible()
    await expect(page.get_by_role("button", name="Remove paste.txt")).to_be_visible()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("link", name="drop.txt")).to_be_visible()
    said = sandbox.user("ada").sees("general")[0]
    assert [(one.name, one.data) for one in said.attachments] == [
        ("drop.txt", b"inside"),
        ("paste.txt", b"inside"),
    ]


async def test_messages_are_walked_and_replied_to_by_keyboard(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    for text in ("the first", "the second"):
        await sandbox.user("ben").say(text)
    page = await open_page()
    await page.get_by_role("region", name="Messages in general").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Shift+F10")
    await expect(page.get_by_role("menuitem", name="Reply")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Replying to Ben")).to_be_visible()
    await page.keyboard.type("so it is")
    await page.keyboard.press("Enter")

    reply = page.get_by_role("article").filter(has_text="so it is")
    await expect(reply.get_by_role("button", name="Ben the first")).to_be_visible()
    assert (sandbox.user("ada").sees("general")[-1].stored.reference or {})["message_id"] == str(
        sandbox.user("ada").sees("general")[0].id
    )


async def test_five_thousand_messages_are_a_window_over_them(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    world, ada = sandbox.discord.world, sandbox.user("ada")
    channel = ada.places.channel("general")
    for number in range(5000):
        payload = {"content": f"number {number}"}
        posting.post(world, posting.compose(world, channel, ada.user, payload))
    page = await open_page()
    nodes = page.get_by_role("article")
    await expect(page.get_by_text("number 4999", exact=True)).to_be_in_viewport()
    scroller = page.get_by_role("region", name="Messages in general")

    while not await page.get_by_text("number 4800", exact=True).count():
        before = await nodes.first.get_attribute("id")
        await scroller.evaluate("one => { one.scrollTop = 0 }")
        await expect(nodes.first).not_to_have_id(str(before))
        assert await nodes.count() <= MOST_NODES

    await ada.say("a new one")
    jump = page.get_by_role("button", name="1 new message")
    await expect(jump).to_be_visible()
    await expect(page.get_by_text("a new one")).not_to_be_in_viewport()
    await jump.click()
    await expect(page.get_by_text("a new one")).to_be_in_viewport()
    assert await nodes.count() <= MOST_NODES
