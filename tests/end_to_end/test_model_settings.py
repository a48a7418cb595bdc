"""Which model is asked: by the command, else by what is set where it is used, else by default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.clocks import PatientClock
from tests.end_to_end.test_api_faults import STEP, end_of, picture, recording

SERVER, CHANNEL, TYPED, PROCESS = "server-model", "channel-model", "typed-model", "process-model"
OF_THE_PROCESS = {
    name: f"{PROCESS}-{name}"
    for name in (
        "chat_model",
        "completion_model",
        "edit_model",
        "image_model",
        "transcription_model",
        "translation_model",
        "speech_model",
        "moderation_model",
    )
}


@dataclass(frozen=True)
class Use:
    """path  where its request goes, with the model in its body"""

    command: str
    options: Callable[[User], Mapping[str, Any]]
    path: str


CHAT = Use("chat", lambda _: {"message": "Hi"}, "/chat/completions")
DRAW = Use("image generate", lambda _: {"prompt": "a cat"}, "/images/generations")
CHANGE = Use(
    "image edit", lambda user: {"image": picture(user), "prompt": "at night"}, "/images/edits"
)
WRITE = Use("audio transcribe", lambda user: {"file": recording(user)}, "/audio/transcriptions")
SPEAK = Use("audio speak", lambda _: {"text": "Hello"}, "/audio/speech")
COMPLETE = Use("complete", lambda _: {"prompt": "Once"}, "/completions")
EDIT = Use("edit", lambda _: {"instruction": "Fix", "input": "helo"}, "/edits")
TRANSLATE = Use("audio translate", lambda user: {"file": recording(user)}, "/audio/translations")
MODERATE = Use("moderate", lambda _: {"text": "Hello"}, "/moderations")


async def asked(
    sandbox: Sandbox, clock: PatientClock, use: Use, channel: str = "general", **more: Any
) -> str:
    """The model that the first request of a command names; nothing has to come of it."""
    ada = sandbox.user("ada")
    before = len(sandbox.openai.requests)
    options = {**use.options(ada), **more}
    await end_of(await ada.slash(use.command, channel=channel, options=options), clock, STEP)
    named = [one for one in sandbox.openai.requests[before:] if one.path == use.path]
    return str(named[0].body["model"])


async def put(sandbox: Sandbox, command: str, **options: Any) -> None:
    await (await sandbox.user("ada").slash(command, options=options)).answer()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("settings", [OF_THE_PROCESS], ids=["process"], indirect=True)
@pytest.mark.parametrize(
    ("key", "use"),
    [
        ("chat_model", CHAT),
        ("image_model", DRAW),
        ("image_model", CHANGE),
        ("transcription_model", WRITE),
        ("speech_model", SPEAK),
    ],
    ids=lambda each: each.command if isinstance(each, Use) else each,
)
async def test_a_model_is_the_nearest_that_somebody_chose(
    sandbox: Sandbox, clock: PatientClock, key: str, use: Use
) -> None:
    unset = await asked(sandbox, clock, use)
    await put(sandbox, "settings set", key=key, value=SERVER)
    everywhere = await asked(sandbox, clock, use)
    await put(sandbox, "settings set", key=key, value=CHANNEL, channel="general")
    here = await asked(sandbox, clock, use)
    there = await asked(sandbox, clock, use, "random")
    typed = await asked(sandbox, clock, use, model=TYPED)
    await put(sandbox, "settings reset", key=key, channel="general")
    again = await asked(sandbox, clock, use)

    assert unset == OF_THE_PROCESS[key]
    assert (everywhere, here, there, again) == (SERVER, CHANNEL, SERVER, SERVER)
    assert typed == TYPED


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("settings", [OF_THE_PROCESS], ids=["process"], indirect=True)
@pytest.mark.parametrize(("key", "use"), [("model", CHAT), ("image_model", DRAW)])
async def test_ones_own_model_goes_before_the_servers(
    sandbox: Sandbox, clock: PatientClock, key: str, use: Use
) -> None:
    server_key = "chat_model" if use is CHAT else key
    await put(sandbox, "settings set", key=server_key, value=CHANNEL, channel="general")
    await put(sandbox, "preferences set", key=key, value="my-model")

    assert await asked(sandbox, clock, use) == "my-model"
    assert await asked(sandbox, clock, use, model=TYPED) == TYPED


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("settings", [OF_THE_PROCESS], ids=["process"], indirect=True)
async def test_what_only_the_process_sets_is_asked_and_what_is_set_stands_in_behind_it(
    sandbox: Sandbox, clock: PatientClock
) -> None:
    await put(sandbox, "settings set", key="chat_model", value=SERVER)
    await put(sandbox, "settings set", key="transcription_model", value=CHANNEL)
    named = {
        key: await asked(sandbox, clock, use)
        for key, use in (
            ("completion_model", COMPLETE),
            ("edit_model", EDIT),
            ("translation_model", TRANSLATE),
            ("moderation_model", MODERATE),
        )
    }

    assert named == {key: OF_THE_PROCESS[key] for key in named}
    behind = [(one.path, one.body["model"]) for one in sandbox.openai.requests]
    assert [path for path, model in behind if model == SERVER] == ["/chat/completions"] * 2
    assert ("/audio/transcriptions", CHANNEL) in behind
