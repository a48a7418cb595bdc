import pytest

from bot.ai.chat import OpenAIChat
from bot.ai.client import NO_KEY, open_client
from sandbox.clock import HandClock
from tests.ai.asking import events_of
from tests.ai.raw import RawServer, chunk

ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-from-the-environment",
    "OPENAI_ADMIN_KEY": "sk-admin-from-the-environment",
    "OPENAI_ORG_ID": "org-from-the-environment",
    "OPENAI_PROJECT_ID": "proj-from-the-environment",
    "OPENAI_BASE_URL": "http://from-the-environment.invalid/v1",
    "OPENAI_CUSTOM_HEADERS": "X-Custom: from-the-environment\nAuthorization: Bearer environment",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
async def test_nothing_of_the_environment_reaches_the_server(
    raw: RawServer, clock: HandClock
) -> None:
    raw.streams(chunk("Hi", finish="stop"), "[DONE]")
    async with open_client(base_url=raw.url) as client:
        await events_of(OpenAIChat(client, clock=clock))
        copy = client.with_options(max_retries=0)
        await events_of(OpenAIChat(copy, clock=clock))

    for request in raw.requests:
        assert request.headers["authorization"] == f"Bearer {NO_KEY}"
        assert "environment" not in " ".join(request.headers.values())
        assert not {"openai-organization", "openai-project", "x-custom"} & request.headers.keys()


@pytest.mark.usefixtures("environment")
async def test_what_is_given_is_sent(raw: RawServer, clock: HandClock) -> None:
    raw.streams(chunk("Hi", finish="stop"), "[DONE]")
    async with open_client(
        base_url=raw.url, api_key="sk-given", organization="org-given", project="proj-given"
    ) as client:
        await events_of(OpenAIChat(client, clock=clock))

    [request] = raw.requests
    assert request.headers["authorization"] == "Bearer sk-given"
    assert request.headers["openai-organization"] == "org-given"
    assert request.headers["openai-project"] == "proj-given"
