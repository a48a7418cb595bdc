"""The check of answers against Discord's description can fail, and the world says what it lacks."""

from dataclasses import replace

import pytest

from sandbox.clock import HandClock
from sandbox.discord.state import World
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Rest
from tests.sandbox.discord_description import PATH, check_answer

described = pytest.mark.skipif(not PATH.exists(), reason="Discord's description is not here")


@described
async def test_an_answer_without_a_required_member_is_found_out(
    rest: Rest, sandbox: Sandbox
) -> None:
    await rest("GET", "/users/@me")
    recorded = sandbox.discord.requests[-1]
    check_answer(recorded)

    without = {key: value for key, value in recorded.answer.items() if key != "username"}

    with pytest.raises(AssertionError, match="username"):
        check_answer(replace(recorded, answer=without))
    with pytest.raises(AssertionError, match="never answers 302"):
        check_answer(replace(recorded, status=302))


@described
async def test_a_wrong_error_body_is_found_out(rest: Rest, sandbox: Sandbox) -> None:
    await rest("GET", "/users/1")
    recorded = sandbox.discord.requests[-1]
    check_answer(recorded)

    with pytest.raises(AssertionError, match="message"):
        check_answer(replace(recorded, answer={"code": 10013}))


def test_a_name_that_nothing_has_is_said() -> None:
    with pytest.raises(LookupError, match="'nobody'"):
        World(HandClock()).user_named("nobody")
