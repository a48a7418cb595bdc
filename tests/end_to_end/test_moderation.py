"""What may not be said, where a server has prompts and answers judged."""

import pytest

from bot.app import App
from bot.domain.preferences import MODERATION
from sandbox.clock import HandClock
from sandbox.server import Sandbox
from tests.end_to_end.test_chat import whole
from tests.factories import ADA
from tests.pictures import a_png


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_pictures_and_what_is_to_be_drawn_are_judged_too(sandbox: Sandbox, app: App) -> None:
    ada = sandbox.user("ada")
    scope = f"server:{ada.places.default_guild.id}"
    await app.services.preferences.put(scope, MODERATION, "prompts", ADA)

    bus = ada.upload("bus.png", a_png(), "image/png")
    await whole(await ada.slash("chat", message="What is this?", attachment=bus))
    await whole(await ada.slash("image generate", prompt="a lot of violence"))
    judged, answered, drawn = [each for each in sandbox.openai.requests if each.body]
    parts = judged.body["input"]

    assert judged.path.endswith("/moderations")
    assert parts[0] == {"type": "text", "text": "What is this?"}
    assert parts[1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert answered.path.endswith("/chat/completions")
    assert (drawn.path, drawn.body["input"]) == (judged.path, "a lot of violence")


FLAGGED = {
    "id": "modr-1",
    "model": "omni-moderation-latest",
    "results": [
        {
            "flagged": True,
            "categories": {"violence": True},
            "category_scores": {"violence": 0.9},
            "category_applied_input_types": {"violence": ["image"]},
        }
    ],
}


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_a_drawn_picture_that_is_flagged_is_never_shown(
    sandbox: Sandbox, app: App, clock: HandClock
) -> None:
    ada = sandbox.user("ada")
    scope = f"server:{ada.places.default_guild.id}"
    await app.services.preferences.put(scope, MODERATION, "all", ADA)
    sandbox.openai.faults.add("POST /images/generations", "slow_first_byte", seconds=5)

    drawing = await ada.slash("image generate", prompt="a bus")
    await sandbox.openai.asked("POST /images/generations")
    sandbox.openai.faults.add("POST /moderations", "status", status=200, body=FLAGGED)
    for _ in range(10):
        await clock.advance(1)
    refused = await whole(drawing)

    judged = [each.body["input"] for each in sandbox.openai.requests if "moder" in each.path]
    assert judged[0] == "a bus"
    assert judged[1][0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert "The answer is not shown: moderation by" in str(refused.embeds)
    assert [file for one in ada.sees("general") for file in one.attachments] == []
