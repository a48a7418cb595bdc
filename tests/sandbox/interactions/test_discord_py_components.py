"""An unmodified discord.py bot: buttons, selects and forms."""

import pytest

from sandbox.driver import ClientRefused, Message
from sandbox.server import Sandbox
from tests.sandbox.interactions.foreign import Bot


@pytest.fixture
async def panel(
    sandbox: Sandbox,
    bot: Bot,  # noqa: ARG001  it has to be online
) -> Message:
    return await (await sandbox.user("ada").slash("panel")).answer()


async def test_a_button_changes_its_message(sandbox: Sandbox, panel: Message) -> None:
    ben = sandbox.user("ben")

    first = await (await ben.press(panel, "Count")).answer()
    await (await ben.press(panel, "Count 1")).answer()

    assert first == panel
    assert panel.content == "pressed 2"
    assert panel.button("Count 2") is not None


async def test_a_button_can_change_its_message_later(sandbox: Sandbox, panel: Message) -> None:
    pressed = await sandbox.user("ada").press(panel, "later")

    assert (await pressed.answer()).content == "changed later"


async def test_a_button_can_answer_its_presser_alone(sandbox: Sandbox, panel: Message) -> None:
    told = await (await sandbox.user("ben").press(panel, "Tell me")).answer()

    assert told.ephemeral
    assert told.raw["interaction_metadata"]["interacted_message_id"] == str(panel.id)
    assert told not in sandbox.user("ada").sees()


async def test_selects_take_options_and_people_by_name(sandbox: Sandbox, panel: Message) -> None:
    ada = sandbox.user("ada")

    fruit = await ada.choose(panel, "fruit", ["Apple", "plum"])
    who = await ada.choose(panel, "who", "mia")

    assert (await fruit.answer()).content == "chose ['apple', 'plum']"
    assert (await who.answer()).content == "chose ['mia']"


async def test_what_is_not_there_cannot_be_used(sandbox: Sandbox, panel: Message) -> None:
    ada = sandbox.user("ada")

    with pytest.raises(ClientRefused, match="no button 'Stop'"):
        await ada.press(panel, "Stop")
    with pytest.raises(ClientRefused, match="1 to 2 values, not 3"):
        await ada.choose(panel, "fruit", ["apple", "pear", "plum"])
    with pytest.raises(ClientRefused, match="no option 'kiwi'"):
        await ada.choose(panel, "fruit", "kiwi")
    await ada.delete(await ada.say("mine"))
    with pytest.raises(ClientRefused, match="MANAGE_MESSAGES"):
        await sandbox.user("ben").delete(panel)
    await sandbox.user("lin").delete(panel)
    with pytest.raises(ClientRefused, match="does not see"):
        await ada.press(panel, "Count")


@pytest.mark.usefixtures("bot")
async def test_a_form_takes_every_kind_of_field(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    form = await (await ada.slash("form")).form()
    assert form.title == "Questions"
    assert form.text == "Please be honest."
    assert [one.label for one in form.fields] == ["Name", "Colour", "Files", "Size"]

    sent = await ada.submit(
        form,
        {
            "Name": "Ada\nLovelace",
            "colour": "Blue",
            "files": [ada.upload("a.txt", b"inside")],
            "Size": "Large",
        },
    )

    assert (await sent.answer()).content == "Ada\nLovelace|['b']|['inside']|l"


@pytest.mark.usefixtures("bot")
async def test_a_form_says_what_is_missing_or_too_long(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    form = await (await ada.slash("form")).form()
    whole = {"Name": "Ada", "Colour": "Red", "Size": "s"}

    for changed, reason in (
        ({"Name": ""}, "is required"),
        ({"Name": "x" * 21}, "2 to 20 characters"),
        ({"Colour": "Green"}, "no option"),
        ({"Files": [ada.upload(f"{n}", b"") for n in range(3)]}, "1 to 2 files"),
        ({"Age": "3"}, "no field"),
    ):
        with pytest.raises(ClientRefused, match=reason):
            await ada.submit(form, {**whole, **changed})
    assert (await (await ada.submit(form, whole)).answer()).content == "Ada|['r']|[]|s"


async def test_a_form_from_a_button_can_change_the_buttons_message(
    sandbox: Sandbox, panel: Message
) -> None:
    ada = sandbox.user("ada")
    form = await (await ada.press(panel, "Ask me")).form()

    renamed = await (await ada.submit(form, {"New name": "board"})).answer()

    assert renamed == panel
    assert panel.content == "renamed to board"
