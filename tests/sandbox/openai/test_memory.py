"""A sandbox that stays up for days does not grow without end."""

from tests.sandbox.openai.conftest import Running
from tests.sandbox.openai.media import tone
from tests.sandbox.openai.test_chat import HELLO

TONE = tone(3)


async def test_of_large_requests_the_newest_are_remembered(modern: Running) -> None:
    modern.server.kept_bytes = 2 * len(TONE) + 2_000

    for number in range(5):
        sound = (f"{number}.wav", TONE, "audio/wav")
        await modern.client.audio.transcriptions.create(model="whisper-1", file=sound)
    uploads = [one.uploads["file"][0].filename for one in modern.server.requests]
    for _ in range(3):
        await modern.client.chat.completions.create(
            model="gpt-4o", messages=[*HELLO, {"role": "user", "content": "x" * len(TONE)}]
        )

    assert uploads == ["3.wav", "4.wav"]
    assert {one.path for one in modern.server.requests} == {"/chat/completions"}
    assert sum(one.size for one in modern.server.requests) <= modern.server.kept_bytes
