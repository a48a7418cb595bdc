"""What commands say about themselves, in Discord's own menus."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.client import Bot, Services
from bot.domain.clock import SystemClock
from cogs import _registration

MENU = 3  # of messages: chosen, not typed


@pytest.fixture
async def payload() -> list[dict[str, Any]]:
    """The commands as they are sent to Discord."""
    services = Services.unasked(SystemClock())
    async with Bot(services) as bot:
        await bot.build_commands()
        return await _registration.payload(bot.tree)


def parts(commands: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Commands, subcommands and options."""
    for each in commands:
        yield each
        yield from parts(each.get("options") or [])


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
async def test_every_description_is_translated(payload: list[dict[str, Any]], locale: str) -> None:
    described = [each for each in parts(payload) if each.get("description")]

    english = [
        each["description"]
        for each in described
        if locale not in (each.get("description_localizations") or {})
    ]
    assert described
    assert english == []


async def test_a_description_fits_in_every_language(payload: list[dict[str, Any]]) -> None:
    described = [
        text
        for each in parts(payload)
        for text in (
            each.get("description") or "",
            *(each.get("description_localizations") or {}).values(),
        )
    ]

    assert [text for text in described if len(text) > 100] == []


async def test_names_stay_as_people_type_them(payload: list[dict[str, Any]]) -> None:
    typed = parts([command for command in payload if command["type"] != MENU])

    assert [each["name"] for each in typed if each.get("name_localizations")] == []
