"""`/files`, through the real client to the API of either dialect."""

import json

import pytest

from bot.app import App
from bot.domain.files import FileUpload
from sandbox.clock import HandClock
from sandbox.driver import Message
from sandbox.driver.user import User
from sandbox.server import Sandbox
from tests.cogs.online.forging import forged_use

pytestmark = pytest.mark.usefixtures("app")

SECOND = "Second server/general"
CHATS = [
    {"messages": [{"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": f"{n}"}]}
    for n in range(12)
]
TRAINING = "\n".join(map(json.dumps, CHATS)).encode()
dialects = pytest.mark.parametrize("sandbox", ["modern", "legacy"], indirect=True)


@pytest.fixture
def operator(sandbox: Sandbox) -> User:
    """The application's owner; an administrator of the second server."""
    return sandbox.user("operator")


async def files(person: User, name: str, **options: object) -> Message:
    return await (await person.slash(f"files {name}", channel=SECOND, options=options)).answer()


async def uploaded(person: User, data: bytes = TRAINING, name: str = "train.jsonl") -> Message:
    return await files(person, "upload", file=person.upload(name, data))


def only_file(sandbox: Sandbox) -> str:
    (file,) = sandbox.openai.state.files.all(sandbox.openai.state.now())
    return file.id


async def changes(app: App) -> list[tuple[str, str]]:
    return [(each.change, each.outcome) for each in await app.services.operators.audited(10)]


@dialects
async def test_a_file_is_uploaded_listed_shown_downloaded_and_deleted(
    sandbox: Sandbox, operator: User, clock: HandClock, app: App
) -> None:
    told = await uploaded(operator)
    await clock.advance(5)
    file = only_file(sandbox)
    listed = await files(operator, "list", purpose="fine-tune")
    info = await files(operator, "info", file=file)
    [sent] = (await files(operator, "download", file=file)).attachments
    asked = await files(operator, "delete", file=file)

    await operator.press(asked, "Delete")
    await operator.until(SECOND, lambda seen: [m for m in seen if "is deleted" in m.text])

    assert "It is uploaded." in told.text
    assert told.ephemeral
    assert file in listed.text
    assert "train.jsonl" in info.text
    assert (sent.name, await sent.read()) == ("train.jsonl", TRAINING)
    assert sandbox.openai.state.files.all(sandbox.openai.state.now()) == []
    assert await changes(app) == [("files delete", "done"), ("files upload", "done")]


async def test_what_is_wrong_with_training_data_is_told_by_line_and_nothing_is_sent(
    sandbox: Sandbox, operator: User
) -> None:
    lines = [json.dumps(line) for line in CHATS]
    lines[2] = "{not json"
    lines[5] = '{"messages": [{"role": "user", "content": "x"}]}'
    lines[7] = '{"prompt": "a", "completion": "b"}'

    told = await uploaded(operator, "\n".join(lines).encode())

    assert "Line 3: this is not JSON" in told.text
    assert "Line 6: there is nothing in it that the assistant says" in told.text
    assert "Line 8: it is of another form" in told.text
    assert not [one for one in sandbox.openai.requests if one.method == "POST"]


async def test_a_deletion_is_confirmed_once_in_time_and_by_who_asked(
    sandbox: Sandbox, operator: User, clock: HandClock, app: App
) -> None:
    await uploaded(operator)
    await clock.advance(5)
    file = only_file(sandbox)
    asked = await files(operator, "delete", file=file)
    button = asked.button("Delete")
    assert button
    assert button.custom_id
    late = await files(operator, "delete", file=file)
    app.services.operators.know([operator.id, sandbox.user("ada").id])
    public = await (await sandbox.user("ada").slash("models list", channel=SECOND)).answer()

    foreign = await forged_use(sandbox.user("ada"), public, button.custom_id, kind=2).answer()
    still_there = only_file(sandbox)
    await clock.advance(16 * 60)
    expired = await (await operator.press(late, "Delete")).answer()
    again = await files(operator, "delete", file=file)
    await operator.press(again, "Delete")
    await operator.until(SECOND, lambda seen: [m for m in seen if "is deleted" in m.text])

    assert "too old" in foreign.text
    assert "too old" in expired.text
    assert still_there == file
    deletes = [one for one in sandbox.openai.requests if one.method == "DELETE"]
    assert len(deletes) == 1


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_a_file_goes_after_the_time_that_was_wished(
    sandbox: Sandbox, operator: User, clock: HandClock
) -> None:
    file = operator.upload("train.jsonl", TRAINING)
    wrong = await files(operator, "upload", file=file, expires_after="31d")

    told = await files(operator, "upload", file=file, expires_after="2h")
    call = await (await operator.press(told, "Show API call")).answer()
    before = only_file(sandbox)
    await clock.advance(2 * 3600 + 1)

    assert "1h..30d" in wrong.text
    assert "Expires" in told.text
    assert '"expires_after[seconds]": 7200' in call.content
    assert before
    assert sandbox.openai.state.files.all(sandbox.openai.state.now()) == []


async def test_more_than_a_page_is_turned_over_and_back(operator: User, app: App) -> None:
    for number in range(17):
        name = f"{number}.jsonl"
        upload = FileUpload(filename=name, data=TRAINING, purpose="fine-tune")
        await app.services.files.store.upload(upload)

    first = await files(operator, "list")
    await operator.press(first, "Next")
    second = await operator.until(
        SECOND, lambda seen: next((one for one in seen if "Page 2" in one.text), None)
    )
    shown = second.text
    await operator.press(second, "First page")
    await operator.until(SECOND, lambda seen: [one for one in seen if "16.jsonl" in one.text])

    assert "`0.jsonl`" in shown
    assert "`16.jsonl`" not in shown


async def test_what_the_api_refuses_is_said_in_its_words_and_stands_in_the_audit(
    sandbox: Sandbox, operator: User, app: App
) -> None:
    wrong = {"error": {"message": "Line 3 is not valid.", "type": "invalid_request_error"}}
    sandbox.openai.faults.add("POST /files", "status", status=400, body=wrong, times=1)
    refused = (await uploaded(operator)).text
    await uploaded(operator)
    asked = await files(operator, "delete", file=only_file(sandbox))

    busy = await (await operator.press(asked, "Delete")).answer()
    unknown = await files(operator, "info", file="file-nothing")

    assert "Line 3 is not valid." in refused
    assert "File is still processing" in busy.text  # 409
    assert "has no `file-nothing`" in unknown.text  # 404
    assert await changes(app) == [
        ("files delete", "RequestRejectedError"),
        ("files upload", "done"),
        ("files upload", "RequestRejectedError"),
    ]
