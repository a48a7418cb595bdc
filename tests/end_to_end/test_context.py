"""What a question points at is read with it, where whoever asks may read it."""

import pytest

from sandbox.discord import changes
from sandbox.discord.permissions import Permission
from sandbox.driver import Message, User
from sandbox.server import Sandbox
from tests.end_to_end.test_chat import contents, whole

pytestmark = pytest.mark.usefixtures("app")


def link(message: Message, guild: object = None) -> str:
    channel = message.stored.channel
    server = guild or (channel.guild.id if channel.guild else "@me")
    return f"https://discord.com/channels/{server}/{channel.id}/{message.id}"


async def asked(user: User, text: str, reply_to: Message | None = None) -> Message:
    said = await user.say(text, reply_to=reply_to)
    await user.until("general", lambda seen: seen[-1].id > said.id and seen[-1].button("Retry"))
    return user.sees("general")[-1]


async def test_the_message_that_is_replied_to_is_read_with_its_files(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    file = ben.upload("notes.txt", b"the tram is red", "text/plain")
    earlier = await ben.say("Look at my notes", files=[file])

    await asked(ada, "@Switchboard what does he mean?", reply_to=earlier)

    [content] = contents(sandbox)
    assert "what does he mean?" in str(content)
    assert "> Look at my notes" in str(content)
    assert "the tram is red" in str(content)


async def test_a_forwarded_message_is_a_question_of_its_own(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    original = await ben.say("Buses are shared wires.")

    direct = await ada.forward(original, channel="@bot")

    await ada.until("@bot", lambda seen: seen[-1].id > direct.id and seen[-1].button("Retry"))
    assert "Buses are shared wires." in str(contents(sandbox)[-1])


async def test_a_link_is_followed_where_whoever_asks_may_read(sandbox: Sandbox) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    there = await ben.say("The door code is 1234", channel="random")

    await asked(ada, f"@Switchboard sum this up: {link(there)}")
    by_message = str(contents(sandbox)[-1])
    await whole(await ada.slash("chat", message=f"and {link(there)}"))

    assert "The door code is 1234" in by_message
    assert "The door code is 1234" in str(contents(sandbox)[-1])


@pytest.mark.parametrize("missing", [Permission.VIEW_CHANNEL, Permission.READ_MESSAGE_HISTORY])
async def test_a_link_is_not_followed_for_who_may_not_read_there(
    sandbox: Sandbox, missing: Permission
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    there = await ada.say("The door code is 1234", channel="random")
    channel = there.stored.channel
    changes.set_overwrite(sandbox.discord.world, channel, ben.user, deny=int(missing))

    answer = await asked(ben, f"@Switchboard sum this up: {link(there)}")

    assert "1234" not in str(contents(sandbox))
    assert "that you and the bot can see" in answer.text


async def test_links_to_elsewhere_to_nothing_and_too_many_are_named(sandbox: Sandbox) -> None:
    ada = sandbox.user("ada")
    there = await ada.say("here", channel="random")
    gone = await ada.say("soon gone", channel="random")
    await ada.delete(gone)
    elsewhere = link(there, guild=123456789012345678)

    answer = await asked(ada, f"@Switchboard {elsewhere} {link(gone)}")
    assert "that you and the bot can see" in answer.text
    assert "not there any more" in answer.text

    channel = there.stored.channel
    many = " ".join(link(there)[:-3] + f"{n}" for n in range(100, 107))
    answer = await asked(ada, f"@Switchboard {many}")
    assert "too many links" in answer.text
    fetched = [
        one for one in sandbox.discord.requests if f"/channels/{channel.id}/messages/" in one.path
    ]
    assert len(fetched) == 1 + 5
