import json
from typing import Any

import pytest
from openai import APIStatusError, BadRequestError, ConflictError, NotFoundError

from tests.sandbox.openai.conftest import Running

LINES = b'{"prompt": "a", "completion": "b"}\n' * 2


async def upload(running: Running, data: bytes = LINES, name: str = "data.jsonl") -> Any:
    return await running.client.files.create(file=(name, data), purpose="fine-tune")


@pytest.mark.parametrize("dialect", ["modern", "legacy", "both"])
async def test_a_file_can_be_uploaded_listed_read_and_deleted(serve: Any, dialect: str) -> None:
    running: Running = await serve(dialect)
    file = await upload(running)
    await running.clock.advance(3)

    listed = await running.client.files.list()
    again = await running.client.files.retrieve(file.id)
    content = await running.client.files.content(file.id)
    deleted = await running.client.files.delete(file.id)

    assert [each.id for each in listed.data] == [file.id]
    assert (file.status, again.status) == ("uploaded", "processed")
    assert again.bytes == len(LINES)
    assert content.content == LINES
    assert deleted.deleted
    with pytest.raises(NotFoundError, match="No such File object"):
        await running.client.files.retrieve(file.id)


async def test_names_that_are_not_english_arrive_whole(modern: Running) -> None:
    file = await upload(modern, name="训练 données.jsonl")

    assert file.filename == "训练 données.jsonl"


async def test_a_file_that_is_being_processed_cannot_be_deleted(modern: Running) -> None:
    file = await upload(modern)

    with pytest.raises(ConflictError, match="still processing"):
        await modern.client.files.delete(file.id)


async def test_files_come_in_pages_newest_first(modern: Running) -> None:
    made = [(await upload(modern)).id for _ in range(5)]

    first = await modern.client.files.list(limit=2)
    every = [each.id async for each in modern.client.files.list(limit=2)]
    oldest = await modern.client.files.list(order="asc", limit=1)

    assert [each.id for each in first.data] == made[:2:-1]
    assert first.has_more
    assert every == made[::-1]
    assert oldest.data[0].id == made[0]


async def test_the_list_of_2023_has_no_pages(legacy: Running) -> None:
    await upload(legacy)

    answer: Any = await legacy.client.get("/files", cast_to=object)

    assert set(answer) == {"object", "data"}


async def test_a_file_can_have_an_end(modern: Running) -> None:
    file = await modern.client.files.create(
        file=("a.txt", b"hello"),
        purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    assert file.expires_at == file.created_at + 3600

    await modern.clock.advance(3601)

    assert (await modern.client.files.list()).data == []


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"not json\n", "a.jsonl", "Line 1 is not a dictionary"),
        (b'{"a": 1}\n[1]\n', "a.jsonl", "Line 2 is not a dictionary"),
        (b"", "a.jsonl", "empty"),
        (b"\xff\xfe", "a.jsonl", "UTF-8"),
        (LINES, "a.csv", "Must be .jsonl"),
    ],
)
async def test_training_data_that_is_not_jsonl_is_refused(
    modern: Running, data: bytes, name: str, sentence: str
) -> None:
    with pytest.raises(BadRequestError, match=sentence):
        await upload(modern, data, name)


async def test_purposes_are_those_of_the_dialect(serve: Any) -> None:
    legacy: Running = await serve("legacy")
    modern: Running = await serve("modern")

    for running, purpose in ((legacy, "vision"), (modern, "nonsense")):
        with pytest.raises(BadRequestError):
            await running.client.files.create(file=("a.txt", b"x"), purpose=purpose)  # pyright: ignore[reportArgumentType]  wrong on purpose


async def test_a_form_without_a_file_and_json_for_a_form_are_refused(modern: Running) -> None:
    with pytest.raises(BadRequestError) as as_json:
        await modern.client.post("/files", cast_to=object, body={"purpose": "fine-tune"})
    with pytest.raises(APIStatusError) as as_text:
        await modern.client.post(
            "/files",
            cast_to=object,
            body={"purpose": "fine-tune", "file": json.dumps("x")},
            files=[("other", ("x.txt", b"x"))],
            options={"headers": {"Content-Type": "multipart/form-data"}},
        )

    assert "multipart/form-data" in str(as_json.value)
    assert as_text.value.status_code == 400
