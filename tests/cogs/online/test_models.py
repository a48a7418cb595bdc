from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.errors import KeyRejectedError
from bot.domain.models import ModelInfo
from sandbox.driver import Message
from sandbox.driver.user import User
from tests.cogs.online.conftest import KNOWN
from tests.factories import NOON
from tests.fakes import FakeModels

pytestmark = pytest.mark.usefixtures("bot")

LONG = "library/" + "a-very-long-name-" * 12


async def test_the_list_is_newest_first_and_for_all(ada: User) -> None:
    listed = await (await ada.slash("models list")).answer()

    assert not listed.ephemeral
    assert [line.split("`")[1] for line in listed.text.splitlines() if "`" in line] == [
        "gpt-6",
        "gpt-5",
        "llama",
    ]


async def test_the_list_is_private_when_asked_to_be(ada: User) -> None:
    listed = await (await ada.slash("models list", private=True)).answer()

    assert listed.ephemeral


async def test_search_keeps_only_what_fits(ada: User) -> None:
    listed = await (await ada.slash("models list", search="LLA")).answer()

    assert "llama" in listed.text
    assert "gpt" not in listed.text


async def test_a_search_without_result_says_so(ada: User) -> None:
    listed = await (await ada.slash("models list", search="claude")).answer()

    assert "claude" in listed.text


async def test_long_lists_have_pages_that_outlive_a_restart(ada: User, models: FakeModels) -> None:
    models.models = tuple(replace(KNOWN[0], id=f"model-{n:03}") for n in range(45))
    listed = await (await ada.slash("models list", search="model")).answer()
    assert disabled(listed, "Back")

    await (await ada.press(listed, "Next")).acknowledged()
    await ada.until("general", lambda seen: "model-020" in seen[-1].text)
    await (await ada.press(listed, "Next")).acknowledged()
    await ada.until("general", lambda seen: "model-044" in seen[-1].text)

    assert "3" in listed.text
    assert disabled(listed, "Next")


async def test_one_model_with_what_is_known_of_it(ada: User) -> None:
    shown = await (await ada.slash("models info", model="gpt-6")).answer()

    assert "gpt-6" in shown.text
    assert "openai" in shown.text
    assert "not known" in shown.text


async def test_models_are_suggested_from_memory(ada: User) -> None:
    await (await ada.slash("models list")).answer()

    assert [choice.value for choice in await ada.autocomplete("models info", "model", "5")] == [
        "gpt-5"
    ]
    assert [
        choice.value for choice in await ada.autocomplete("chat", "model", "", message="x")
    ] == [
        "gpt-6",
        "gpt-5",
        "llama",
    ]


async def test_a_model_with_a_long_name_travels_as_a_key(ada: User, models: FakeModels) -> None:
    models.models = (ModelInfo(id=LONG),)
    await (await ada.slash("models list")).answer()
    (choice,) = await ada.autocomplete("models info", "model", "library")

    shown = await (await ada.slash("models info", model=choice.value)).answer()

    assert len(str(choice.value)) <= 100
    assert len(choice.name) <= 100
    assert LONG in shown.text


async def test_an_api_that_refuses_is_explained_to_the_asker_alone(
    ada: User, ben: User, models: FakeModels
) -> None:
    models.error = KeyRejectedError()

    refused = await (await ada.slash("models list")).answer()

    assert "key" in refused.text
    assert refused.ephemeral
    assert ben.sees() == []


async def test_autocomplete_that_fails_suggests_nothing(ada: User, models: FakeModels) -> None:
    models.error = KeyRejectedError()

    found = await ada.autocomplete("models info", "model", "")

    assert [choice.value for choice in found] == ["gpt-6"]


async def test_it_speaks_the_language_of_who_asks(mia: User) -> None:
    shown = await (await mia.slash("models info", model="llama")).answer()

    assert shown.text


def disabled(message: Message, label: str) -> bool:
    button = message.button(label)
    assert button
    return button.disabled


@pytest.mark.parametrize(
    ("days", "sign", "colour"),
    [
        (0, "\u26d4 shut down", 0xE74C3C),
        (90, "\u26a0\ufe0f shuts down", 0xE67E22),
        (91, "shuts down", None),
    ],
)
async def test_an_end_that_is_near_or_past_is_warned_of(
    ada: User, models: FakeModels, days: int, sign: str, colour: int | None
) -> None:
    end = (NOON + timedelta(days=days)).date()
    models.models = (replace(KNOWN[0], shutdown_date=end), KNOWN[1])

    listed = await (await ada.slash("models list")).answer()
    shown = await (await ada.slash("models info", model="gpt-6")).answer()

    assert f"· {sign}" in listed.text
    assert ("`CHAT_MODEL` is `gpt-6`: " in listed.text) is (colour is not None)
    assert [each.embeds[0].get("color") for each in (listed, shown)] == [colour, colour]


async def test_a_usual_model_that_is_not_listed_is_told_of_on_the_first_page(
    ada: User, models: FakeModels
) -> None:
    models.models = KNOWN[1:]

    listed = await (await ada.slash("models list")).answer()
    searched = await (await ada.slash("models list", search="gpt")).answer()

    assert "`CHAT_MODEL` is `gpt-6`, which this server does not list" in listed.text
    assert "CHAT_MODEL" not in searched.text
