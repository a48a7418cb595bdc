"""Pictures outlive the process: what was half drawn is marked, and buttons and forms still work."""

from sandbox.driver import Invocation, Message
from sandbox.server import Sandbox
from tests.end_to_end.process import BotProcess
from tests.pictures import a_png

GENERATE = "POST /images/generations"


async def whole(asked: Invocation) -> Message:
    def look(asked: Invocation) -> Message | None:
        message = asked.messages[-1] if asked.messages else None
        return message if message and message.button("Again") else None

    return await asked.until(look)


def requests(sandbox: Sandbox, ending: str) -> list[dict[str, str]]:
    """Of those that came out well."""
    return [
        each.body
        for each in sandbox.openai.requests
        if each.path.endswith(ending) and each.status == 200
    ]


async def test_a_picture_that_was_half_drawn_is_marked_and_can_be_drawn_again(
    real_time: Sandbox, process: BotProcess
) -> None:
    ada = real_time.user("ada")
    await process.start()
    gate = real_time.openai.answers.hold(after=1, route=GENERATE)
    asked = await ada.slash("image generate", prompt="a cat")
    await asked.until(lambda asked: asked.messages and asked.messages[-1].attachments)
    message = asked.messages[-1]

    await process.kill()
    gate.release()
    await process.start()
    await asked.until(lambda _: message.button("Retry"))
    marked, content = bool(message.embeds), message.content
    await ada.press(message, "Retry")
    await whole(asked)

    assert marked
    assert "Drawing" not in content
    assert [each.name for each in message.attachments] == ["picture-1.png"]
    assert not message.embeds
    assert len(asked.messages) == 1


async def test_after_a_restart_people_go_on_from_their_pictures(
    real_time: Sandbox, process: BotProcess
) -> None:
    ada, ben = real_time.user("ada"), real_time.user("ben")
    await process.start()
    said = await ada.say("look", files=[ada.upload("cat.png", a_png(9, 5), "image/png")])
    asked = await ada.slash("image generate", prompt="cats", n=2, quality="low")
    message = await whole(asked)
    redraw = await (await ada.press(message, "Edit")).form()
    menu = await (await ada.message_menu("Edit image", said)).form()

    await process.kill()
    await process.start()

    changed = await whole(
        await ada.submit(redraw, {"Which picture?": "2", "What should change?": "night"})
    )
    other = await whole(await ada.submit(menu, {"What should change?": "day"}))
    which = await (await ben.press(message, "Vary")).form()
    varied = await whole(await ben.submit(which, {"Which picture?": "1"}))
    again = await ada.press(changed, "Again")
    await again.until(lambda _: len(requests(real_time, "/edits")) == 3)

    assert [body["prompt"] for body in requests(real_time, "/edits")] == ["night", "day", "night"]
    assert len(requests(real_time, "/variations")) == 1
    assert [each.name for each in other.attachments] == ["picture-1.png"]
    assert [each.name for each in varied.attachments] == ["picture-1.png"]
