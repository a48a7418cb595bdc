"""What a bot changes of itself."""

import pytest

from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Rest, Sockets
from tests.sandbox.discord_core.test_messages import refused

PICTURE = "data:image/png;base64,iVBORw0KGgo="


async def test_a_bot_changes_its_name_and_its_picture_and_hears_of_it(
    rest: Rest, sockets: Sockets
) -> None:
    socket = await sockets()
    await socket.identify()
    await socket.events_before_ack()

    changed = (await rest("PATCH", "/users/@me", {"username": "Lineman", "avatar": PICTURE})).body

    assert changed["username"] == "Lineman"
    assert len(changed["avatar"]) == 32
    assert (await rest("GET", "/users/@me")).body == changed
    (event,) = await socket.events_before_ack()
    assert (event["t"], event["d"]) == ("USER_UPDATE", changed)
    taken = (await rest("PATCH", "/users/@me", {"avatar": None})).body
    assert (taken["username"], taken["avatar"]) == ("Lineman", None)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"username": "x"}, "username", "BASE_TYPE_BAD_LENGTH"),
        ({"username": "x" * 33}, "username", "BASE_TYPE_BAD_LENGTH"),
        ({"avatar": "data:image/png;base64,?"}, "avatar", "IMAGE_INVALID"),
        ({"banner": "data:text/plain;base64,aGk="}, "banner", "IMAGE_INVALID"),
    ],
)
async def test_a_name_or_picture_that_cannot_be_is_refused(
    rest: Rest, body: Json, field: str, code: str
) -> None:
    assert (await rest("PATCH", "/users/@me", body)).error_at(field) == code


async def test_an_application_describes_itself(rest: Rest, sandbox: Sandbox) -> None:
    change: Json = {"description": "Answers.", "tags": ["chat", "help"]}

    changed = (await rest("PATCH", "/applications/@me", {**change, "flags": 0})).body

    assert {name: changed[name] for name in change} == change
    assert changed["flags"] == 0
    own = f"/applications/{sandbox.discord.application.id}"
    assert (await rest("GET", own)).body == changed
    assert refused(await rest("GET", "/applications/1")) == (404, 10002)
    too_long = await rest("PATCH", "/applications/@me", {"tags": ["x" * 21]})
    assert too_long.error_at("tags", 0) == "BASE_TYPE_BAD_LENGTH"


async def test_what_the_sandbox_has_no_use_for_is_said_by_name(rest: Rest) -> None:
    address = {"interactions_endpoint_url": "https://example.com/"}

    reply = await rest("PATCH", "/applications/@me", address)

    assert reply.status == 501
    assert "interactions_endpoint_url" in reply.body["message"]
