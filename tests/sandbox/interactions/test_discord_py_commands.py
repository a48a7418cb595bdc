"""An unmodified discord.py bot: slash commands, options, autocomplete, menus."""

import pytest

from sandbox.driver import ClientRefused
from sandbox.server import Sandbox


@pytest.mark.usefixtures("bot")
async def test_every_kind_of_option_reaches_the_command(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    asked = await ada.slash(
        "everything", text="hello", whole=3, number=0.5, truth=True, user="ben",
        role="moderator", anyone="mia", file=ada.upload("a.txt", b"inside"), colour="Blue",
        options={"channel": "random"},
    )  # fmt: skip

    answer = await asked.answer()
    assert answer.text == "hello|3|0.5|True|ben|random|moderator|mia|inside|b"


@pytest.mark.usefixtures("bot")
async def test_subcommands_are_found_two_levels_down(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")

    hammered = await ada.slash("tools hammer", nails=3)
    cut = await ada.slash("tools sharp knife")

    assert (await hammered.answer()).content == "3 nails"
    assert (await cut.answer()).content == "cut"
    used = (await cut.answer()).raw["interaction_metadata"]
    assert used["name"] == "tools sharp knife"


@pytest.mark.usefixtures("bot")
async def test_suggestions_know_the_other_options_and_what_was_typed(sandbox: Sandbox) -> None:
    suggested = await sandbox.user("ada").autocomplete("pick", "model", "gp", family="mini")

    assert [one.name for one in suggested] == [
        "GP-0 OF MINI", "GP-1 OF MINI", "GP-2 OF MINI",
    ]  # fmt: skip
    assert suggested[0].value == "gp-0 of mini"


@pytest.mark.usefixtures("bot")
async def test_a_message_menu_gets_the_message(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    said = await ben.say("to be or not")

    quoted = await ada.message_menu("Quote this", said)

    answer = await quoted.answer()
    assert answer.content == "> to be or not"
    assert answer.raw["type"] == 23
    assert answer.raw["interaction_metadata"]["target_message_id"] == str(said.id)


@pytest.mark.usefixtures("bot")
async def test_a_user_menu_gets_the_member(sandbox: Sandbox) -> None:
    asked = await sandbox.user("ada").user_menu("Who is this", "ben")

    assert (await asked.answer()).content == "Member ben"


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("person", "channel", "told"),
    [
        ("ada", "general", "en-US en-US [0] True False True True general"),
        ("mia", "general", "zh-TW en-US [0] True False False True general"),
        ("mia", "@bot", "zh-TW None [1] False False False True Direct Message with mia"),
    ],
)
async def test_the_bot_is_told_who_asks_and_where(
    sandbox: Sandbox, person: str, channel: str, told: str
) -> None:
    asked = await sandbox.user(person).slash("where", channel=channel)

    assert (await asked.answer()).content == told


@pytest.mark.usefixtures("bot")
async def test_a_command_for_moderators_is_hidden_from_others(sandbox: Sandbox) -> None:
    moderated = await sandbox.user("lin").slash("moderate")
    assert (await moderated.answer()).content == "moderated"

    with pytest.raises(ClientRefused, match="MANAGE_MESSAGES"):
        await sandbox.user("ben").slash("moderate")
    with pytest.raises(ClientRefused, match="contexts"):
        await sandbox.user("lin").slash("moderate", channel="@bot")


@pytest.mark.usefixtures("bot")
async def test_user_installed_commands_work_among_people_with_five_follow_ups(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")
    place = ada.group("ben", "mia")

    asked = await ada.slash("anywhere", channel=place, many=8)

    await asked.until(lambda asked: asked.messages[0].content == "stopped: 40094")
    assert len(asked.messages) == 6
    assert [one.content for one in sandbox.user("ben").sees(place)][1:] == list("12345")
    with pytest.raises(ClientRefused, match="contexts"):
        await ada.slash("moderate", channel=place)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "'text' is required"),
        ({"text": "h"}, "2 to 10 characters, not 1"),
        ({"text": "hello", "whole": 11}, "0 to 10, not 11"),
        ({"text": "hello", "whole": 1.5}, "a whole number"),
        ({"text": "hello", "number": 2.5}, "0.0 to 2.0"),
        ({"text": "hello", "truth": "yes"}, "true or false"),
        ({"text": "hello", "colour": "Green"}, "one of the choices"),
        ({"text": "hello", "user": "nobody"}, "nobody called"),
        ({"text": "hello", "channel": "Lounge"}, "does not take the channel"),
        ({"text": "hello", "file": "a.txt"}, "takes a file"),
        ({"text": "hello", "size": 3}, "no option 'size'"),
    ],
)
async def test_the_client_refuses_what_does_not_fit(
    sandbox: Sandbox, options: dict[str, object], reason: str
) -> None:
    with pytest.raises(ClientRefused, match=reason):
        await sandbox.user("ada").slash("everything", options=options)
