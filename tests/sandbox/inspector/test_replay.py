"""A run is saved, and what people did in it is done again against another sandbox's bot."""

from typing import Any

import pytest

from sandbox.clock import HandClock
from sandbox.driver import Upload
from sandbox.inspector.actions import files_of
from sandbox.server import Sandbox
from tests.sandbox.inspector.looking import HERE, Live, Looker
from tests.sandbox.interactions.foreign import Bot, now, running

Json = dict[str, Any]


async def _a_morning(sandbox: Sandbox) -> None:
    """Everything that the driver can do and that leaves an action."""
    ada, ben = sandbox.user("ada"), sandbox.user("ben")
    everything = await ada.slash(
        "everything",
        text="words",
        user="ben",
        options={"channel": "random"},
        role="moderator",
        anyone="mia",
        file=Upload("in.txt", b"inside", "text/plain"),
        colour="Red",
    )
    await everything.answer()
    panel = await (await ada.slash("panel", channel="random")).answer()
    await (await ada.press(panel, "Count")).acknowledged()
    await (await ben.choose(panel, "fruit", ["Pear", "Plum"])).answer()
    await (await ben.choose(panel, "who", ["mia"])).answer()
    form = await (await ada.press(panel, "Ask me")).form()
    await (await ada.submit(form, {"New name": "Bob"})).answer()
    said = await ben.say("hello @ada and #random", files=[ben.upload("b.bin", b"\x00\x01")])
    await ada.say("indeed", reply_to=said)
    await ben.edit(said, "hello again")
    await ada.react(said, "👍")
    gone = await ben.say("a slip")
    await ben.delete(gone)


def _seen(sandbox: Sandbox) -> list[Any]:
    ada = sandbox.user("ada")
    return [
        (
            place,
            one.author,
            one.text,
            [file.data for file in one.attachments],
            list(one.stored.reactions),
        )
        for place in ("general", "random")
        for one in ada.sees(place)
    ]


def _plain(seen: list[Any], sandbox: Sandbox) -> str:
    """Ids differ between sandboxes: by name."""
    text = repr(seen)
    for user in sandbox.discord.world.users.values():
        text = text.replace(str(user.id), user.username)
    for channel in sandbox.discord.world.channels.values():
        text = text.replace(str(channel.id), str(channel.name))
    return text


async def _replayed(looker: Looker, run: Json) -> Json:
    async with looker.live() as live:
        await looker.ask("POST", f"{HERE}/replay", run, expect=202)

        def over(live: Live) -> Json | None:
            shown = live.state.get("replay")
            return shown if shown and not shown["running"] else None

        return await live.until(over)


@pytest.mark.usefixtures("bot")
async def test_a_saved_run_done_again_leaves_the_same_conversation(
    sandbox: Sandbox, looker: Looker
) -> None:
    await _a_morning(sandbox)
    run = await looker.run()

    async with Sandbox(clock=HandClock(now())) as other, running(other):
        result = await _replayed(Looker(other, looker.http), run)
        again = _plain(_seen(other), other)

    assert result["problems"] == []
    assert result["at"] == result["of"] == len(run["actions"])
    assert again == _plain(_seen(sandbox), sandbox)


@pytest.mark.usefixtures("bot")
async def test_actions_name_people_places_and_labels(sandbox: Sandbox, looker: Looker) -> None:
    await _a_morning(sandbox)

    actions = (await looker.run())["actions"]

    first = actions[0]
    assert first["channel"] == "Switchyard/general"
    assert first["options"]["user"] == "ben"
    assert first["options"]["channel"] == "Switchyard/random"
    assert first["options"]["role"] == "moderator"
    assert [one["size"] for one in files_of(first)] == [6]
    press = next(one for one in actions if one["do"] == "press")
    assert press["button"] == {"custom_id": "count", "label": "Count"}
    assert (press["message"]["action"], press["message"]["post"]) == (2, 0)
    assert next(one for one in actions if one["do"] == "submit")["fields"] == {"New name": "Bob"}
    assert next(one for one in actions if one["do"] == "say")["text"] == "hello @ada and #random"


async def test_what_a_bot_does_is_no_action(sandbox: Sandbox, bot: Bot, looker: Looker) -> None:
    said = await sandbox.user("ada").say("react to me")
    heard = await bot.heard.get()
    await heard.add_reaction("👍")

    actions = (await looker.run())["actions"]

    assert said.stored.reactions
    assert [one["do"] for one in actions] == ["say"]


@pytest.mark.usefixtures("bot")
async def test_an_action_that_cannot_be_done_is_told_and_the_others_are_done(
    sandbox: Sandbox, looker: Looker
) -> None:
    actions = [
        {"id": 1, "by": "ada", "do": "slash", "command": "nothing here", "options": {}},
        {"id": 2, "by": "nobody", "do": "say", "text": "hi", "channel": "general"},
        {"id": 3, "by": "ada", "do": "say", "text": "", "channel": "general",
         "files": [{"name": "big.bin", "type": "x/y", "size": 99}]},
        {"id": 4, "by": "ada", "do": "say", "text": "last", "channel": "general"},
    ]  # fmt: skip

    result = await _replayed(looker, {"actions": actions})

    assert [one["action"] for one in result["problems"]] == [1, 2, 3]
    assert "too large to be kept" in result["problems"][2]["why"]
    assert sandbox.user("ada").sees()[-1].text == "last"


async def test_pauses_are_kept_when_asked_for_by_the_sandboxs_clock(
    clock: HandClock, sandbox: Sandbox, looker: Looker
) -> None:
    said = {"by": "ada", "do": "say", "channel": "general"}
    actions = [
        {**said, "id": 1, "t": 5.0, "text": "one"},
        {**said, "id": 2, "t": 15.0, "text": "two"},
    ]
    ada = sandbox.user("ada")

    await looker.ask("POST", f"{HERE}/replay", {"actions": actions, "keep_gaps": True}, expect=202)
    await clock.advance(9)
    before = [one.text for one in ada.sees()]
    busy = await looker.ask("POST", f"{HERE}/replay", {"actions": []}, expect=400)
    await clock.advance(2)

    assert before == ["one"]
    assert busy == "a replay is under way"
    assert [one.text for one in ada.sees()] == ["one", "two"]


async def test_a_replay_can_be_stopped(clock: HandClock, sandbox: Sandbox, looker: Looker) -> None:
    said = {"by": "ada", "do": "say", "channel": "general", "text": "x"}
    actions = [{**said, "id": 1, "t": 0.0}, {**said, "id": 2, "t": 30.0}]
    async with looker.live() as live:
        await looker.ask(
            "POST", f"{HERE}/replay", {"actions": actions, "keep_gaps": True}, expect=202
        )
        await live.until(lambda live: (live.state.get("replay") or {}).get("at") == 1)
        await looker.ask("DELETE", f"{HERE}/replay", expect=204)
        await live.until(lambda live: live.state["replay"]["running"] is False)
    await clock.advance(60)

    assert len(sandbox.user("ada").sees()) == 1


@pytest.mark.parametrize(
    "run",
    [[], {}, {"actions": 1}, {"actions": ["x"]}, {"actions": [{"do": "rm", "by": "ada", "id": 1}]},
     {"actions": [{"do": "say", "by": "ada"}]}],
)  # fmt: skip
async def test_what_is_no_run_is_refused(looker: Looker, run: Any) -> None:
    assert await looker.ask("POST", f"{HERE}/replay", run, expect=400)
