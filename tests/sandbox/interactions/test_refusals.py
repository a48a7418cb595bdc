"""What Discord refuses around interactions, asked for byte by byte."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from sandbox.clock import HandClock
from sandbox.discord.ratelimits import Kind, Limit
from sandbox.driver import Form, Invocation, Message
from sandbox.server import Sandbox

Json = dict[str, Any]
EPHEMERAL, LOADING, V2 = 64, 128, 1 << 15
BUTTONS = [
    {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]},
]  # fmt: skip


class Application:
    """The bot's side, over plain HTTP; interactions need no gateway to be answered."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self._sandbox = sandbox
        self._http = http

    async def call(
        self, method: str, path: str, body: Any = None, *, token: bool = False
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {self._sandbox.discord_token}"} if token else {}
        url = self._sandbox.discord_api_url + path
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def register(self, *commands: Json) -> None:
        application = self._sandbox.discord.application.id
        path = f"/applications/{application}/commands"
        status, answer = await self.call("PUT", path, list(commands), token=True)
        assert status == 200, answer

    async def answer(
        self, used: Invocation, kind: int, data: Json | None = None, *, whole: bool = False
    ) -> tuple[int, Any]:
        path = f"/interactions/{used.id}/{used.token}/callback"
        body: Json = {"type": kind} | ({"data": data} if data is not None else {})
        return await self.call("POST", path + ("?with_response=true" if whole else ""), body)

    async def hook(
        self, used: Invocation, method: str, rest: str = "", body: Any = None
    ) -> tuple[int, Any]:
        application = self._sandbox.discord.application.id
        return await self.call(method, f"/webhooks/{application}/{used.token}{rest}", body)


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession, None]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def app(sandbox: Sandbox, http: aiohttp.ClientSession) -> Application:
    application = Application(sandbox, http)
    model = {"type": 3, "name": "model", "description": "One", "autocomplete": True}
    await application.register({"name": "ask", "description": "Asks", "options": [model]})
    return application


@pytest.fixture
async def used(sandbox: Sandbox, app: Application) -> Invocation:  # noqa: ARG001  registers /ask
    """/ask, not answered yet."""
    return await sandbox.user("ada").slash("ask")


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


def problem(answer: tuple[int, Any], path: str) -> str:
    """The word at this place of the nested errors."""
    assert code(answer) == (400, 50035)
    node = answer[1]["errors"]
    for step in path.split("."):
        node = node[step]
    return node["_errors"][0]["code"]


async def test_an_answer_after_three_seconds_is_to_nothing(
    app: Application, used: Invocation, clock: HandClock
) -> None:
    await clock.advance(3.1)

    assert code(await app.answer(used, 4, {"content": "late"})) == (404, 10062)
    assert code(await app.hook(used, "POST", body={"content": "late"})) == (404, 10015)


async def test_a_second_answer_is_one_too_many(app: Application, used: Invocation) -> None:
    assert (await app.answer(used, 5))[0] == 204

    assert code(await app.answer(used, 4, {"content": "again"})) == (400, 40060)


async def test_a_token_nobody_gave_is_unknown(app: Application, used: Invocation) -> None:
    path = f"/interactions/{used.id}/wrong/callback"
    assert code(await app.call("POST", path, {"type": 5})) == (404, 10062)
    assert code(await app.call("POST", "/webhooks/1/wrong", {"content": "x"})) == (404, 10015)


async def test_nothing_can_be_edited_or_followed_before_the_first_answer(
    app: Application, used: Invocation
) -> None:
    for method in ("GET", "DELETE"):
        assert code(await app.hook(used, method, "/messages/@original")) == (404, 10008)
    edited = await app.hook(used, "PATCH", "/messages/@original", {"content": "x"})
    assert code(edited) == (404, 10008)
    assert code(await app.hook(used, "POST", body={"content": "x"})) == (404, 10015)


async def test_a_token_ends_after_fifteen_minutes(
    app: Application, used: Invocation, clock: HandClock
) -> None:
    await app.answer(used, 4, {"content": "hello"})
    await clock.advance(15 * 60 - 1)
    assert (await app.hook(used, "GET", "/messages/@original"))[0] == 200

    await clock.advance(2)

    assert code(await app.hook(used, "GET", "/messages/@original")) == (401, 50027)
    assert code(await app.hook(used, "POST", body={"content": "x"})) == (401, 50027)


@pytest.mark.parametrize("kind", [1, 2, 3, 6, 7, 8, 10, 12, 99, "4"])
async def test_a_command_cannot_be_answered_with_what_belongs_elsewhere(
    app: Application, used: Invocation, kind: Any
) -> None:
    assert problem(await app.answer(used, kind, {}), "type") == "BASE_TYPE_CHOICES"
    assert not used.failed
    assert (await app.answer(used, 5))[0] == 204


async def test_a_form_cannot_follow_a_form(
    sandbox: Sandbox, app: Application, used: Invocation
) -> None:
    field = {"type": 4, "custom_id": "name", "style": 1, "label": "Name"}
    modal = {"title": "T", "custom_id": "m", "components": [{"type": 1, "components": [field]}]}
    assert (await app.answer(used, 9, modal))[0] == 204

    sent = await sandbox.user("ada").submit(Form(used.interaction), {"Name": "Ada"})

    assert problem(await app.answer(sent, 9, modal), "type") == "BASE_TYPE_CHOICES"
    assert problem(await app.answer(sent, 7, {"content": "x"}), "type") == "BASE_TYPE_CHOICES"
    status, answer = await app.answer(sent, 4, {"content": "thanks"}, whole=True)
    metadata = answer["resource"]["message"]["interaction_metadata"]
    assert status == 200
    assert metadata["triggering_interaction_metadata"]["id"] == str(used.id)


@pytest.mark.parametrize(
    ("data", "path", "word"),
    [
        ({"content": "x" * 2001}, "data.content", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "x" * 257}]}, "data.embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
        (
            {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
            "data.embeds.1",
            "MAX_EMBED_SIZE_EXCEEDED",
        ),
        ({"components": BUTTONS * 6}, "data.components", "BASE_TYPE_MAX_LENGTH"),
        (
            {"components": BUTTONS * 2},
            "data.components.1.components.0.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        ({"flags": V2, "content": "x"}, "data.content",
         "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
        ({"components": [{"type": 10, "content": "x"}]}, "data.components.0.type",
         "UNION_TYPE_CHOICES"),
        ({"attachments": [{"id": 0}]}, "data.attachments.0", "ATTACHMENT_NOT_FOUND"),
    ],
)  # fmt: skip
async def test_a_message_that_does_not_fit_is_named_by_its_place(
    app: Application, used: Invocation, data: Json, path: str, word: str
) -> None:
    assert problem(await app.answer(used, 4, data), path) == word


async def test_an_empty_message_is_refused_new_or_edited(
    app: Application, used: Invocation
) -> None:
    assert code(await app.answer(used, 4, {"content": " "})) == (400, 50006)
    await app.answer(used, 4, {"content": "hello"})
    edited = await app.hook(used, "PATCH", "/messages/@original", {"content": ""})
    assert code(edited) == (400, 50006)


async def test_messages_of_another_token_cannot_be_touched(
    sandbox: Sandbox, app: Application, used: Invocation
) -> None:
    await app.answer(used, 4, {"content": "mine"})
    other = await sandbox.user("ben").slash("ask")
    await app.answer(other, 4, {"content": "other"})
    said = await sandbox.user("ada").say("words")

    for message in (used.messages[0], said):
        path = f"/messages/{message.id}"
        assert code(await app.hook(other, "PATCH", path, {"content": "x"})) == (404, 10008)
        assert code(await app.hook(other, "DELETE", path)) == (404, 10008)


async def test_the_v2_flag_stays_and_brings_its_rules_to_edits(
    app: Application, used: Invocation
) -> None:
    text = [{"type": 10, "content": "hello"}]
    await app.answer(used, 4, {"flags": V2, "components": text})

    refused = await app.hook(used, "PATCH", "/messages/@original", {"flags": 0, "content": "x"})
    assert problem(refused, "content").endswith("COMPONENTS_V2")
    _, kept = await app.hook(used, "PATCH", "/messages/@original", {"flags": 0, "components": text})
    assert kept["flags"] & V2


async def test_suggestions_are_at_most_twenty_five_and_of_the_options_type(
    sandbox: Sandbox, app: Application
) -> None:
    from asyncio import ensure_future  # noqa: PLC0415  the only place that needs two at once

    ada = sandbox.user("ada")
    suggested = ensure_future(ada.autocomplete("ask", "model", "g"))
    opened = sandbox.discord.interactions
    await sandbox.until(lambda: opened.all(lambda one: one.type == 4))
    asked = Invocation(sandbox.discord.world, opened.all(lambda one: one.type == 4)[0])
    choice = {"name": "a", "value": "a"}

    many = await app.answer(asked, 8, {"choices": [choice] * 26})
    number = await app.answer(asked, 8, {"choices": [{"name": "a", "value": 1}]})
    text = await app.answer(asked, 4, {"content": "x"})

    assert problem(many, "data.choices") == "BASE_TYPE_MAX_LENGTH"
    assert problem(number, "data.choices.0.value") == "STRING_TYPE_CONVERT"
    assert problem(text, "type") == "BASE_TYPE_CHOICES"
    assert (await app.answer(asked, 8, {"choices": [choice]}))[0] == 204
    assert [one.value for one in await suggested] == ["a"]


async def test_five_writes_in_two_seconds_per_interaction_and_not_in_the_bots_own_limit(
    sandbox: Sandbox, app: Application, used: Invocation, clock: HandClock
) -> None:
    sandbox.discord.limits.limits[Kind.INTERACTION] = Limit(5, 2)
    sandbox.discord.limits.global_ = Limit(1, 60)
    other = await sandbox.user("ben").slash("ask")
    for one in (used, other):
        await app.answer(one, 4, {"content": "0"})

    statuses = [(await app.hook(used, "POST", body={"content": "x"}))[0] for _ in range(3)]
    for _ in range(3):
        edited = await app.hook(used, "PATCH", "/messages/@original", {"content": "y"})
        statuses.append(edited[0])
    assert statuses == [200, 200, 200, 200, 200, 429]
    assert (await app.hook(other, "POST", body={"content": "x"}))[0] == 200
    await clock.advance(2)
    assert (await app.hook(used, "POST", body={"content": "x"}))[0] == 200


async def test_the_placeholder_is_a_loading_message_until_it_is_filled(
    app: Application, used: Invocation
) -> None:
    status, answer = await app.answer(used, 5, {"flags": EPHEMERAL}, whole=True)

    assert status == 200
    assert answer["interaction"]["response_message_loading"]
    assert answer["interaction"]["response_message_ephemeral"]
    assert used.thinking
    _, filled = await app.hook(used, "POST", "?wait=true", {"content": "now", "flags": 0})
    assert filled["flags"] == EPHEMERAL
    assert filled["id"] == answer["interaction"]["response_message_id"]
    assert isinstance(used.original, Message)
    assert not used.original.thinking
    assert not filled["flags"] & LOADING
