import io
import json
import logging
from collections.abc import Generator

import pytest
import structlog

from bot import logs

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"
KEY = "sk-proj-abcdefghijklmnop1234"
INTERACTION = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiY2RlZmdoaWprbG1ub3A"
SECRET_TEXTS = [
    (f"logging in with {TOKEN}", TOKEN),
    (f"Authorization: Bot {TOKEN}", TOKEN),
    ("header Bearer abcdefghijklmnop.qrstuv", "abcdefghijklmnop"),
    (f"Incorrect API key provided: {KEY}", KEY),
    ("POST https://discord.com/api/v10/interactions/12345/tok-en_1/callback", "tok-en_1"),
    ("PATCH /webhooks/12345/tok-en_1/messages/@original 429", "tok-en_1"),
    ("POST /webhooks/12345/tok-en_1?wait=true", "tok-en_1"),
    (f"key {INTERACTION}", INTERACTION),
    ("{'op': 2, 'd': {'token': 'hush-hush', 'intents': 1}}", "hush-hush"),
    ('{"api_key": "hush-hush"}', "hush-hush"),
    ("Settings(password='hush hush')", "hush hush"),
    ("connect to postgresql+asyncpg://bot:hush-hush@db/switchboard", "hush-hush"),
    ("[SQL: INSERT INTO x]\n[parameters: ('a dear secret',)]", "a dear secret"),
    ("input_value='a dear secret', input_type=str", "a dear secret"),
    ("planted my-own-password here", "my-own-password"),
]


@pytest.fixture
def output() -> Generator[io.StringIO, None, None]:
    """What the log would show; logging is put back as it was."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    yield stream
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.parametrize(("text", "secret"), SECRET_TEXTS)
def test_a_secret_is_in_no_line_whatever_way_it_comes(
    output: io.StringIO, style: str, text: str, secret: str
) -> None:
    logs.configure("DEBUG", style, secrets=["my-own-password"], stream=output)  # pyright: ignore[reportArgumentType]
    log = logging.getLogger("discord.http")

    log.debug(text)
    log.debug("%s", text)
    log.warning("fields", extra={"detail": {"deep": [text]}, text: 1})
    structlog.get_logger("bot").info("event", detail=text)
    log.error("failed", exc_info=ValueError(text))

    assert output.getvalue().count("[hidden]") >= 5
    assert secret not in output.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 300",
        "used 12 tokens of model gpt-6-luna",
        "PATCH https://discord.com/api/v10/channels/1234/messages/5678",
        "Shard ID 0 has connected to Gateway",
    ],
)
def test_what_is_no_secret_can_be_read(output: io.StringIO, text: str) -> None:
    logs.configure("INFO", "console", stream=output)

    logging.getLogger("bot").info(text)

    assert text in output.getvalue()


def test_a_secret_under_its_name_is_hidden_whatever_it_looks_like(output: io.StringIO) -> None:
    logs.configure("INFO", "json", stream=output)

    logging.getLogger("bot").info("x", extra={"token": "plain", "at": {"password": 12345}})

    assert json.loads(output.getvalue())["token"] == "[hidden]"
    assert json.loads(output.getvalue())["at"] == {"password": "[hidden]"}


INJECTED = "hello\n2026-01-01T00:00:00Z critical bot: all is lost\r\x1b[2J\u2028\u202eend\x85\ud800"


@pytest.mark.parametrize("style", ["console", "json"])
def test_nothing_that_is_logged_can_pass_for_another_line(output: io.StringIO, style: str) -> None:
    logs.configure("INFO", style, stream=output)  # pyright: ignore[reportArgumentType]
    log = logging.getLogger("bot")

    log.info("said %s", INJECTED)
    log.info("field", extra={"title": INJECTED, INJECTED: "title"})
    log.error("failed", exc_info=ValueError(INJECTED))

    lines = output.getvalue().split("\n")
    assert not [line for line in lines if line.startswith("2026-01-01")]
    assert not set("\r\x1b\u2028\u202e\x85\ud800") & set(output.getvalue())
    if style == "json":
        assert [json.loads(line)["level"] for line in lines if line] == ["info", "info", "error"]
        assert json.loads(lines[0])["event"] == f"said {INJECTED}"


@pytest.mark.parametrize("library", ["openai", "httpx2", "aiohttp.access", "sqlalchemy.engine"])
def test_libraries_are_quiet_until_debug_is_asked_for(output: io.StringIO, library: str) -> None:
    logs.configure("INFO", "console", stream=output)
    logging.getLogger(library).info("one")
    logging.getLogger("discord.gateway").debug("two")
    logs.configure("DEBUG", "console", stream=output)
    logging.getLogger(library).info("three")

    assert "one" not in output.getvalue()
    assert "two" not in output.getvalue()
    assert "three" in output.getvalue()


def test_a_traceback_does_not_show_the_values_of_variables(output: io.StringIO) -> None:
    logs.configure("INFO", "json", stream=output)

    question = f"a private question {42}"

    def answer(prompt: str) -> None:
        raise KeyError(len(prompt))

    try:
        answer(question)
    except KeyError:
        structlog.get_logger("bot").exception("failed")

    entry = json.loads(output.getvalue())
    assert f"KeyError: {len(question)}" in entry["exception"]
    assert "in answer" in entry["exception"]
    assert question not in output.getvalue()


def test_an_entry_that_can_not_be_written_is_told_of_without_its_content(
    output: io.StringIO,
) -> None:
    logs.configure("INFO", "console", stream=output)

    logging.getLogger("bot").info("a private question %d", "not a number")

    assert "could not be written, from bot:" in output.getvalue()
    assert "private" not in output.getvalue()
