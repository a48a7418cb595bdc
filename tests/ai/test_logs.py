from structlog.testing import capture_logs

from bot.ai.chat import OpenAIChat
from tests.ai.asking import a_request, events_of, failing
from tests.ai.conftest import KEY
from tests.ai.raw import RawServer, chunk


async def test_a_call_is_logged_without_its_content_and_key(
    raw: RawServer, chat: OpenAIChat
) -> None:
    raw.streams(chunk("the answer", finish="stop"), "[DONE]")
    raw.answers({"error": {"message": f"the question {KEY}"}}, 400)

    with capture_logs() as lines:
        await events_of(chat, a_request("the question"))
        await failing(chat, a_request("the question"))

    assert [(line["event"], line["outcome"]) for line in lines] == [
        ("chat", "finished"),
        ("chat", "RequestRejectedError"),
    ]
    assert all(line["request_id"] == "req_raw" for line in lines)
    assert not any(secret in str(lines) for secret in ("question", "answer", KEY))
