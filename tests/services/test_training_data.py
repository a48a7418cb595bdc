import json
import tracemalloc
from collections.abc import Iterator

import pytest

from bot.domain.errors import LineFault, TrainingDataError
from bot.services.training_data import Examples, Form, as_chat, checked, is_jsonl

CHAT = b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
PROMPT = b'{"prompt": "a ->", "completion": " b"}\n'
PREFERENCE = json.dumps(
    {
        "input": {"messages": [{"role": "user", "content": "a"}]},
        "preferred_output": [{"role": "assistant", "content": "b"}],
        "non_preferred_output": [{"role": "assistant", "content": "c"}],
    }
).encode()


def faults(data: bytes, **options: int) -> tuple[tuple[tuple[int, LineFault], ...], int]:
    with pytest.raises(TrainingDataError) as raised:
        checked("train.jsonl", data.splitlines(keepends=True), **options)
    return raised.value.lines, raised.value.more


@pytest.mark.parametrize(
    ("line", "form"),
    [(CHAT, Form.CHAT), (PROMPT, Form.PROMPT), (PREFERENCE + b"\n", Form.PREFERENCE)],
)
def test_each_form_is_known_counted_and_weighed(line: bytes, form: Form) -> None:
    found = checked("x.jsonl", [b"\xef\xbb\xbf" + line, b"\r\n", *[line] * 11], fewest=10)

    assert (found.form, found.count) == (form, 12)
    assert found.tokens >= 12 * 2


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{", LineFault.NOT_JSON),
        (b'"\xff"', LineFault.NOT_UTF8),
        (b"[1]", LineFault.NOT_AN_OBJECT),
        (b'{"text": "a"}', LineFault.UNKNOWN_FORM),
        (PROMPT, LineFault.MIXED),
        (b'{"messages": []}', LineFault.NO_MESSAGES),
        (b'{"messages": ["hi"]}', LineFault.BAD_MESSAGE),
        (b'{"messages": [{"role": "assistant"}]}', LineFault.BAD_MESSAGE),
        (b'{"messages": [{"role": "bot", "content": "x"}]}', LineFault.BAD_ROLE),
        (b'{"messages": [{"role": "user", "content": "x"}]}', LineFault.NO_ANSWER),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_number(line: bytes, fault: LineFault) -> None:
    assert faults(CHAT + b"\n" + line + b"\n" + CHAT) == (((3, fault),), 0)


def test_ten_wrong_lines_are_named_and_the_others_counted() -> None:
    lines, more = faults(b"x\n" * 37)

    assert [number for number, _ in lines] == list(range(1, 11))
    assert more == 27


def test_an_empty_file_and_too_few_examples_are_refused() -> None:
    assert faults(b"\n \n") == (((0, LineFault.EMPTY),), 0)
    assert faults(CHAT * 9, fewest=10) == (((9, LineFault.TOO_FEW),), 0)


def test_a_tool_call_is_a_message_without_content() -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}

    assert checked("x", [json.dumps({"messages": [call]}).encode()]).count == 1


def test_other_purposes_want_objects_alone() -> None:
    is_jsonl("batch.jsonl", [b'{"custom_id": "1"}'])

    with pytest.raises(TrainingDataError):
        is_jsonl("batch.jsonl", [b"1"])


def test_lines_of_2023_become_messages_that_pass() -> None:
    converted = [*as_chat([PROMPT, b"\n", PROMPT])]

    assert checked("x", converted) == Examples(
        form=Form.CHAT, count=2, tokens=checked("x", converted).tokens
    )
    assert json.loads(converted[0])["messages"][1] == {"role": "assistant", "content": " b"}


def test_a_large_file_is_read_piece_by_piece() -> None:
    def lines() -> Iterator[bytes]:
        for _ in range(20_000):
            yield CHAT * 1

    tracemalloc.start()
    checked("large.jsonl", lines())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1 << 20
