"""Where conversations are held: per channel, per person, and in threads that the bot opens."""

import pytest

from bot.app import App
from bot.domain.preferences import SCOPE
from sandbox.discord.model import THREADS, Channel
from sandbox.discord.permissions import Permission
from sandbox.driver import User
from sandbox.server import Sandbox
from tests.end_to_end.test_chat import contents, whole
from tests.end_to_end.test_review import forbid
from tests.factories import ADA

pytestmark = pytest.mark.usefixtures("app")


async def scoped(app: App, user: User, scope: str) -> None:
    guild = user.places.default_guild
    await app.services.preferences.put(f"server:{guild.id}", SCOPE, scope, ADA)


def newest_thread(sandbox: Sandbox) -> Channel:
    return max(threads(sandbox), key=lambda each: each.id)


def threads(sandbox: Sandbox) -> list[Channel]:
    return [each for each in sandbox.discord.world.channels.values() if each.type in THREADS]


async def test_a_thread_goes_on_with_the_history_and_is_followed_without_a_mention(
    sandbox: Sandbox,
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    sandbox.openai.answers.queue("Shared wires.", "In the thread.", "Here again.")
    await whole(await ada.slash("chat", message="What is a bus?"))

    opened = await (await ada.slash("conversation thread", title="About buses")).answer()
    thread = newest_thread(sandbox)
    await ben.say("and a tram?", channel=thread)
    await ben.until(thread, lambda seen: seen[-1].button("Retry"))
    in_thread = contents(sandbox)
    await whole(await ada.slash("chat", message="in the channel"))

    assert thread.name == "About buses"
    assert f"<#{thread.id}>" in opened.text
    assert not opened.ephemeral
    assert str(in_thread[0]).endswith(": What is a bus?")  # two people speak there
    assert in_thread[1] == "Shared wires."
    assert "and a tram?" in str(in_thread[2])
    assert contents(sandbox) == ["What is a bus?", "Shared wires.", "in the channel"]


async def test_a_thread_is_not_opened_where_there_can_be_none_or_may_be_none(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.user("ada")

    direct = await (await ada.slash("conversation thread", channel="@bot")).answer()
    forbid(sandbox, Permission.CREATE_PUBLIC_THREADS)
    forbidden = await (await ada.slash("conversation thread")).answer()

    assert "text channel" in direct.text
    assert "Create Public Threads" in forbidden.text
    assert not any(sent.path.endswith("/threads") for sent in sandbox.discord.requests)


async def test_with_the_scope_thread_each_mention_gets_a_thread_of_its_own(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    await scoped(app, ada, "thread")
    sandbox.openai.answers.queue("One.", "Two.", "Three.")

    await ada.say("@Switchboard first question")
    first = await opened_thread(sandbox, ada, "first question")
    await ada.say("@Switchboard second question")
    second = await opened_thread(sandbox, ada, "second question")
    await ada.say("and on", channel=first)
    await ada.until(first, lambda seen: seen[-1].content == "Three." and seen[-1].button("Retry"))

    assert contents(sandbox) == ["first question", "One.", "and on"]
    assert [each.content for each in ada.sees(second) if each.content] == ["Two."]
    assert all(each.author == "ada" for each in ada.sees("general") if each.content)


@pytest.mark.parametrize("by", ["chat", "write"])
async def test_with_the_scope_thread_a_command_gets_its_thread_under_the_answer(
    sandbox: Sandbox, app: App, by: str
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await scoped(app, ada, "thread")
    sandbox.openai.answers.queue("One.", "Two.", "Three.", "Four.")

    if by == "chat":
        first = await whole(await ada.slash("chat", message="first question"))
    else:
        form = await (await ada.slash("write")).form()
        first = await whole(await ada.submit(form, {"text": "first question"}))
    await sandbox.until(lambda: threads(sandbox))
    thread = newest_thread(sandbox)
    await whole(await ada.slash("chat", message="second question"))
    alone = contents(sandbox)
    await sandbox.until(lambda: len(threads(sandbox)) == 2)
    await ben.say("and on", channel=thread)
    await ben.until(thread, lambda seen: seen[-1].content == "Three." and seen[-1].button("Retry"))
    going_on = [str(each) for each in contents(sandbox)]
    inside = await whole(await ada.slash("chat", channel=thread, message="inside"))

    assert (thread.id, thread.name) == (first.id, "first question")
    assert alone == ["second question"]
    assert [each.rpartition(": ")[2] for each in going_on] == ["first question", "One.", "and on"]
    assert inside.content == "Four."
    assert len(contents(sandbox)) == 5
    assert len(threads(sandbox)) == 2


async def test_private_questions_and_those_where_no_thread_may_be_opened_get_none(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    await scoped(app, ada, "thread")

    await whole(await ada.slash("chat", message="only me", private=True))
    forbid(sandbox, Permission.CREATE_PUBLIC_THREADS)
    await whole(await ada.slash("chat", message="one"))
    await whole(await ada.slash("chat", message="two"))

    assert threads(sandbox) == []
    assert [contents(sandbox)[0], contents(sandbox)[-1]] == ["one", "two"]


async def test_a_retry_under_an_answer_with_a_thread_opens_no_second_one(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    await scoped(app, ada, "thread")
    sandbox.openai.answers.queue("One.", "Uno.", "Two.")
    message = await whole(await ada.slash("chat", message="question"))
    await sandbox.until(lambda: threads(sandbox))
    [thread] = threads(sandbox)
    await ada.say("before", channel=thread)
    await ada.until(thread, lambda seen: seen[-1].button("Retry"))

    await ada.press(message, "Retry")
    await ada.until("general", lambda seen: any(one.content == "Two." for one in seen))
    await ada.until("general", lambda seen: any(one.button("2/2") for one in seen))
    await ada.say("after", channel=thread)
    await sandbox.until(lambda: "after" in str(contents(sandbox)[-1]))

    assert contents(sandbox)[:3] == ["question", "Two.", "before"]
    assert threads(sandbox) == [thread]


async def opened_thread(sandbox: Sandbox, user: User, name: str) -> Channel:
    await sandbox.until(lambda: any(each.name == name for each in threads(sandbox)))
    thread = newest_thread(sandbox)
    await user.until(thread, lambda seen: seen and seen[-1].button("Retry"))
    return thread


async def test_where_no_thread_may_be_opened_the_answer_stands_in_the_channel(
    sandbox: Sandbox, app: App
) -> None:
    ada = sandbox.user("ada")
    await scoped(app, ada, "thread")
    forbid(sandbox, Permission.CREATE_PUBLIC_THREADS)

    await ada.say("@Switchboard hello")

    await ada.until("general", lambda seen: seen[-1].button("Retry"))


async def test_with_the_scope_user_people_in_one_channel_have_conversations_of_their_own(
    sandbox: Sandbox, app: App
) -> None:
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    await scoped(app, ada, "user")
    sandbox.openai.answers.queue("To ada.", "To ben.", "To ada again.")
    await whole(await ada.slash("chat", message="I am ada"))
    await ben.say("@Switchboard I am ben")
    await ben.until("general", lambda seen: seen[-1].button("Retry"))

    await whole(await ada.slash("chat", message="who am I?"))

    assert contents(sandbox) == ["I am ada", "To ada.", "who am I?"]
