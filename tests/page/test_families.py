"""Every family of commands, by keyboard alone: a new one is a line in the table."""

import re
from dataclasses import dataclass

import pytest
from discord import AppCommandType
from playwright.async_api import expect

from bot.app import App
from sandbox.server import Sandbox
from tests.page.conftest import OpenPage, photograph

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.asyncio(loop_scope="session")]
KEYS = {
    "⏎": "Enter",
    "⇥": "Tab",
    "↓": "ArrowDown",
    "⎋": "Escape",
    "⌫": "Backspace",
    "⇪": "Control+Enter",
}
FORM = "▤"
CHAT = AppCommandType.chat_input


@dataclass(frozen=True)
class Line:
    """What is typed into the message box, and words that must then be seen in the channel.

    typed    characters, and the signs of KEYS for keys; ⏎ more than needed does no harm;
             at ▤ the bot's form is waited for
    shown    words in a message, as somebody reads them
    user     who types it
    picture  name of a picture under docs/, written where SWITCHBOARD_SCREENSHOTS is set
    """

    typed: str
    shown: str
    user: str = "ada"
    picture: str = ""


FAMILIES = (
    Line("/chat⏎hello⏎", "you wrote “hello”"),
    Line("/complete⏎prompt⏎Once upon a time⏎⏎", "It goes on"),
    Line("/edit⏎make it louder⇥input⏎hello there⏎⏎", "hello there"),
    Line("/audio speak⏎hello⏎⏎", "speech.mp3"),
    Line("/write⏎⏎▤a long question⇪", "you wrote “a long question”"),
    Line("/help⏎⏎", "/chat"),
    Line("/image generate⏎a red fox in the snow n:2⏎", "Again", picture="pictures.png"),
    Line("/models list⏎⏎", "gpt"),
    Line("/moderate⏎text⏎hello⏎⏎", "Not flagged"),
    Line("/models info⏎gpt-6-luna⏎⏎", "gpt-6-luna"),
    Line("/conversation list⏎⏎", "conversation"),
    Line("/conversation system⏎⏎", "system prompt"),
    Line("/settings show⏎⏎", "Settings"),
    Line("/settings set⏎chat_model⏎gpt-6-luna⏎⏎", "chat_model is now gpt-6-luna"),
    Line("/files list⏎⏎", "There are no files"),
    Line("/operator status⏎⏎", "How the bot is"),
    Line("/finetune list⏎⏎", "There are no trainings"),
    Line("/preferences show⏎⏎", "Your preferences"),
    Line("/usage me⏎⏎", "Your usage"),
    Line("/privacy show⏎⏎", "What is stored about you"),
    Line("@Switchboard⏎hello⏎", "you wrote “hello”"),
)


async def test_no_family_is_without_its_line(app: App) -> None:
    tried = {found[1] for line in FAMILIES if (found := re.match(r"/(\w+)", line.typed))}

    assert tried == {command.name for command in app.bot.tree.get_commands(type=CHAT)}


@pytest.mark.parametrize("line", FAMILIES, ids=lambda line: line.typed)
async def test_each_family_is_used_by_keyboard_alone(
    open_page: OpenPage, sandbox: Sandbox, line: Line
) -> None:
    await sandbox.user(line.user).can_use("chat")
    page = await open_page(line.user)

    for key in line.typed:
        if key == FORM:
            await expect(page.get_by_role("dialog").locator(":focus")).to_be_attached()
        elif key in KEYS:
            await page.keyboard.press(KEYS[key])
        else:
            await page.keyboard.type(key)

    answer = page.get_by_role("article").filter(has=page.get_by_text("APP", exact=True)).last
    await expect(answer).to_contain_text(line.shown, ignore_case=True)
    if line.picture:
        await photograph(page, line.picture)
