from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from bot.ai.api import Api
from bot.ai.files import OpenAIFiles
from bot.domain.errors import (
    BadAnswerError,
    EndpointMissingError,
    FileError,
    RemoteNotFoundError,
    RequestRejectedError,
    ServerFaultError,
)
from bot.domain.files import FileUpload
from sandbox.clock import HandClock
from sandbox.openai import OpenAIServer
from tests.ai.asking import all_of
from tests.ai.raw import RawServer

if TYPE_CHECKING:
    from bot.domain.calls import Exchange

LINES = b'{"messages": [{"role": "user", "content": "a"}]}\n' * 10
JSONL = FileUpload(filename="train.jsonl", data=LINES, purpose="fine-tune")
every_dialect = pytest.mark.parametrize("sandbox", ["modern", "legacy", "both"], indirect=True)


@pytest.fixture
def files(api: Api) -> OpenAIFiles:
    return OpenAIFiles(api)


@pytest.fixture
def kept(sandbox_api: Api) -> OpenAIFiles:
    return OpenAIFiles(sandbox_api)


@every_dialect
async def test_a_file_is_kept_found_read_and_deleted(
    sandbox: OpenAIServer, kept: OpenAIFiles, clock: HandClock
) -> None:
    lines = JSONL
    if sandbox.dialect == "legacy":
        data = b'{"prompt": "a", "completion": " b"}\n'
        lines = FileUpload(filename="train.jsonl", data=data, purpose="fine-tune")
    exchanges: list[Exchange] = []

    made = await kept.upload(lines, exchanges.append)
    await clock.advance(5)
    listed = await kept.list(purpose="fine-tune", limit=10, record=exchanges.append)
    found = await kept.get(made.id, exchanges.append)
    content = b"".join(await all_of(kept.download(made.id, most=10_000, record=exchanges.append)))
    await kept.delete(made.id, exchanges.append)

    size = len(content)
    assert [each.id for each in listed.files] == [made.id]
    assert listed.after is None
    assert (found.filename, found.size) == ("train.jsonl", size)
    assert content == lines.data
    with pytest.raises(RemoteNotFoundError):
        await kept.get(made.id)
    one = {
        "filename": "train.jsonl",
        "content_type": "application/octet-stream",
        "bytes": size,
    }
    assert exchanges[0].request == {"purpose": "fine-tune", "file": one}
    downloaded = next(each for each in exchanges if each.path.endswith("/content"))
    assert downloaded.response["bytes"] == size
    assert exchanges[-1].method == "DELETE"


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_pages_are_followed_by_the_last_id(sandbox: OpenAIServer, kept: OpenAIFiles) -> None:
    made = [await kept.upload(JSONL) for _ in range(3)]

    first = await kept.list(limit=2)
    second = await kept.list(limit=2, after=first.after)

    assert [each.id for each in (*first.files, *second.files)] == [
        each.id for each in reversed(made)
    ]
    assert (first.after, second.after) == (made[1].id, None)
    assert sandbox.requests


async def test_a_server_that_says_there_is_more_for_ever_does_not_catch_us(
    raw: RawServer, files: OpenAIFiles
) -> None:
    raw.answers({"data": [{"id": "file-1"}], "has_more": True})

    first = await files.list()
    second = await files.list(after=first.after)

    assert [each.id for each in first.files] == ["file-1"]
    assert (second.files, second.after) == ((), None)


@pytest.mark.parametrize("body", [{"data": [{"id": "a"}, {"no": "id"}, None]}, [{"id": "a"}]])
async def test_lists_without_pages_are_read_in_one(
    raw: RawServer, files: OpenAIFiles, body: object
) -> None:
    raw.answers(body)

    listed = await files.list()

    assert [(each.id, each.filename, each.size) for each in listed.files] == [("a", "a", None)]
    assert listed.after is None


@pytest.mark.parametrize("body", [{"detail": "Not Found"}, b"", b"404 page not found"])
async def test_a_404_without_a_word_is_decided_by_the_list(
    raw: RawServer, files: OpenAIFiles, body: object
) -> None:
    raw.answers(body, 404)
    raw.answers({"data": []})

    with pytest.raises(RemoteNotFoundError) as error:
        await files.get("file-9")

    assert error.value.identifier == "file-9"


@pytest.mark.parametrize(
    "asking",
    [
        lambda files: files.get("file-9"),
        lambda files: files.delete("file-9"),
        lambda files: all_of(files.download("file-9", most=9)),
        lambda files: files.list(),
        lambda files: files.upload(JSONL),
    ],
    ids=["get", "delete", "download", "list", "upload"],
)
async def test_a_server_without_files_says_so(
    raw: RawServer, files: OpenAIFiles, asking: Callable[[OpenAIFiles], Awaitable[object]]
) -> None:
    raw.answers({"error": {"code": 404, "message": "File Not Found"}}, 404)

    with pytest.raises(EndpointMissingError):
        await asking(files)


@pytest.mark.parametrize("sandbox", ["both"], indirect=True)
async def test_a_file_that_is_not_what_it_should_be_is_refused_with_the_line(
    kept: OpenAIFiles,
) -> None:
    broken = FileUpload(filename="train.jsonl", data=LINES + b"{", purpose="fine-tune")

    with pytest.raises(RequestRejectedError) as error:
        await kept.upload(broken)

    assert "11" in error.value.detail


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_a_file_still_being_read_can_not_be_deleted(kept: OpenAIFiles) -> None:
    made = await kept.upload(JSONL)

    with pytest.raises(RequestRejectedError) as error:
        await kept.delete(made.id)

    assert error.value.status == 409


async def test_an_upload_is_never_sent_twice(raw: RawServer, files: OpenAIFiles) -> None:
    raw.answers({"error": {"message": "oops"}}, 500)

    with pytest.raises(ServerFaultError):
        await files.upload(JSONL)

    assert len(raw.requests) == 1


async def test_a_download_over_the_limit_stops_while_it_is_read(
    raw: RawServer, files: OpenAIFiles
) -> None:
    raw.answers(bytes(100_000), content_type="application/octet-stream")
    exchanges: list[Exchange] = []

    with pytest.raises(FileError) as error:
        await all_of(files.download("file-1", most=99_999, record=exchanges.append))

    assert error.value.limit == 99_999
    assert exchanges[0].error == "FileError"


@pytest.mark.parametrize("name", ["", " ", ".", ".."])
async def test_an_id_that_would_be_another_path_is_not_asked_for(
    raw: RawServer, files: OpenAIFiles, name: str
) -> None:
    with pytest.raises(RemoteNotFoundError):
        await files.get(name)

    assert raw.requests == []


@pytest.mark.parametrize("body", [b"<html></html>", {}, []])
async def test_what_is_no_file_is_a_bad_answer(
    raw: RawServer, files: OpenAIFiles, body: object
) -> None:
    raw.answers(body)

    with pytest.raises(BadAnswerError):
        await files.get("file-1")
