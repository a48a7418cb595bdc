"""Secrets are planted wherever they can be, and nothing that is served has them."""

import json

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.sandbox.inspector.looking import HERE, Looker

FOREIGN_KEY = "sk-proj-Zz9planted0Zz9planted0Zz9planted0"
FOREIGN_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GpLaNt.PlAnTeD-PlAnTeD_PlAnTeD-PlAnTeD00"
COOKIE = "session=planted-cookie-0123456789"
CHAT = {"model": "gpt-4o-mini", "stream": True}


@pytest.mark.usefixtures("bot")
async def test_no_planted_secret_is_in_anything_that_is_served(
    sandbox: Sandbox, looker: Looker, http: aiohttp.ClientSession
) -> None:
    ada = sandbox.user("ada")
    used = await ada.slash("panel")
    panel = await used.answer()
    pressed = await ada.press(panel, "Later")
    await pressed.acknowledged()
    await ada.say(f"my key is {FOREIGN_KEY} and {sandbox.discord_token}")
    for secret in (FOREIGN_KEY, sandbox.openai_api_key):
        headers = {"Authorization": f"Bearer {secret}", "Cookie": COOKIE}
        said = f"{FOREIGN_KEY} {FOREIGN_TOKEN} {sandbox.openai_api_key} {used.token}"
        body = {**CHAT, "messages": [{"role": "user", "content": said}]}
        url = f"{sandbox.openai_base_url}/chat/completions"
        async with http.post(url, json=body, headers=headers, params={"k": FOREIGN_KEY}) as answer:
            await answer.read()
    for token in (FOREIGN_TOKEN, sandbox.discord_token):
        headers = {"Authorization": f"Bot {token}"}
        async with http.get(f"{sandbox.discord_api_url}/users/@me", headers=headers):
            pass
        async with http.ws_connect(sandbox.discord.gateway_url) as socket:
            await socket.receive_json()
            await socket.send_json({"op": 2, "d": {"token": token, "intents": 0}})
            await socket.receive()
    hook = f"{sandbox.discord_api_url}/webhooks/{sandbox.discord.application.id}/{FOREIGN_TOKEN}"
    async with http.post(hook, json={"content": "x", "token": FOREIGN_TOKEN}):
        pass
    async with looker.live() as live:
        await live.until(lambda live: live.named("/webhooks/"))
        told = json.dumps([live.entries, live.state], ensure_ascii=False)

    served = "\n".join(
        [
            told,
            json.dumps(await looker.run(), ensure_ascii=False),
            json.dumps(await looker.ask("GET", f"{HERE}/state")),
            json.dumps(await looker.ask("GET", f"{HERE}/presets")),
            await looker.ask("GET", f"/inspector?token={sandbox.control.token}"),
        ]
    )
    for secret in (
        FOREIGN_KEY,
        FOREIGN_TOKEN,
        COOKIE,
        sandbox.discord_token,
        sandbox.openai_api_key,
        sandbox.control.token,
        used.token,
        pressed.token,
    ):
        assert secret not in served
        assert secret[5:-5] not in served
    assert "Bot MTIz…eD00" in served  # its ends tell it from another


async def test_a_secret_that_a_stream_brings_in_pieces_is_cut_in_the_text(
    sandbox: Sandbox, looker: Looker
) -> None:
    key = sandbox.openai_api_key
    sandbox.openai.answers.queue(["the key: ", key[:20], key[20:], " was it"])
    body = {**CHAT, "messages": [{"role": "user", "content": "?"}]}
    await looker.openai("POST", "/chat/completions", json=body)

    (asked,) = await looker.entries("openai")
    assert asked["text"] == f"the key: {key[:4]}…{key[-4:]} was it"


async def test_long_unbroken_texts_are_shortened_and_words_are_not(looker: Looker) -> None:
    picture, prose = "QUJD" * 2_000, "a few words " * 500
    body = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": prose}],
        "user": picture,
    }
    await looker.openai("POST", "/chat/completions", json=body)

    (asked,) = await looker.entries("openai")
    assert asked["request"]["json"]["messages"][0]["content"] == prose
    assert asked["request"]["json"]["user"].endswith("… (8000 characters)")
