"""The check of everything else, checked: what is not as described is found."""

from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from sandbox.openai.recorded import RecordedRequest
from tests.sandbox.openai.descriptions import check

ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "x", "refusal": None},
        }
    ],
}


def said(body: Any, answer: Any, events: Any = ()) -> RecordedRequest:
    return RecordedRequest(
        id="r",
        method="POST",
        path="/chat/completions",
        query={},
        headers=CIMultiDictProxy(CIMultiDict({"Content-Type": "application/json"})),
        body=body,
        status=200,
        answer=answer,
        events=list(events),
    )


BODY: Any = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}


def test_what_is_as_described_passes() -> None:
    assert check(said(BODY, ANSWER), "modern") == []
    assert check(said(BODY, {**ANSWER, "usage": None} | {"usage": {}}), "legacy") != []


@pytest.mark.parametrize("dialect", ["modern", "legacy"])
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"model": "gpt-4o"}, ANSWER),
        ({**BODY, "n": "two"}, ANSWER),
        ({**BODY, "temperature": 3}, ANSWER),
        (BODY, {**ANSWER, "created": "now"}),
        (BODY, {"id": "x"}),
        (BODY, {**ANSWER, "choices": [{"index": "a"}]}),
    ],
)
def test_what_is_not_as_described_is_found(dialect: str, body: Any, answer: Any) -> None:
    assert check(said(body, answer), dialect) != []


def test_a_wrong_event_is_found() -> None:
    assert check(said({**BODY, "stream": True}, None, [{"choices": []}]), "modern") != []
