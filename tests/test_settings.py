"""Settings, as a process would find them: in its environment and its working directory."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings, SettingsError, load

TOKEN = "a-token"
KEY = "sk-a-key"
Given = Callable[..., None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no setting in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Sets variables; token and key are there unless they are given as None."""

    def give(**values: str | None) -> None:
        for name, value in {"DISCORD_TOKEN": TOKEN, "OPENAI_API_KEY": KEY, **values}.items():
            if value is not None:
                monkeypatch.setenv(name, value)

    return give


def problems() -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load()
    return [f"{problem}" for problem in raised.value.problems]


def test_token_and_key_are_enough(given: Given) -> None:
    given()

    settings = load()

    assert settings.discord_token.get_secret_value() == TOKEN
    assert settings.discord_api_url == "https://discord.com/api/v10"
    assert settings.openai_base_url == "https://api.openai.com/v1"
    assert settings.database_url == "sqlite+aiosqlite:///data/switchboard.db"
    assert settings.allow_dms is True
    assert settings.allow_user_install is False
    assert settings.http_host == "127.0.0.1"
    assert settings.log_format == "console"


def test_environment_wins_over_env_file_and_that_over_secrets(given: Given, folder: Path) -> None:
    given(OPENAI_API_KEY=None, CHAT_MODEL="from-environment")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "OPENAI_API_KEY").write_text(f"{KEY}\n")
    (folder / "secrets" / "openai_org_id").write_text("org-secrets")
    (folder / ".env").write_text("CHAT_MODEL=from-file\nOPENAI_ORG_ID=org-file\n# note\n")

    settings = load()

    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == KEY
    assert settings.chat_model == "from-environment"
    assert settings.openai_org_id == "org-file"


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_value_counts_as_missing(given: Given, folder: Path, empty: str) -> None:
    given(CHAT_MODEL=empty, HTTP_PORT=empty, ALLOWED_USER_IDS=empty, DISCORD_TOKEN=empty)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "OPENAI_BASE_URL").write_text(empty)

    assert [problem.split(":")[0] for problem in problems()] == ["DISCORD_TOKEN is missing"]


def test_all_mistakes_are_told_at_once_each_with_its_fix(given: Given) -> None:
    given(
        DISCORD_TOKEN=None,
        OPENAI_TIMEOUT="soon",
        HTTP_PORT="99999",
        LOG_LEVEL="loud",
        DATABASE_URL="mysql://x",
        SHARD_IDS="0,1",
    )

    told = problems()

    assert [line.split()[0] for line in told] == [
        "DISCORD_TOKEN",
        "OPENAI_TIMEOUT",
        "DATABASE_URL",
        "HTTP_PORT",
        "LOG_LEVEL",
        "SHARD_COUNT",
    ]
    assert "https://discord.com/developers/applications" in told[0]
    assert "'soon'" in told[1]
    assert "'99999'" in told[3]
    assert "less than or equal to 65535" in told[3]


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("DISCORD_API_URL", "discord.com/api", "starts with https://"),
        ("DISCORD_API_URL", "ftp://discord.com", "starts with https://"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1?x=1", "leave out everything from ?"),
        ("OPENAI_TIMEOUT", "0", "greater than 0"),
        ("DATABASE_URL", "postgresql://h/x", "write postgresql+asyncpg:// instead"),
        ("DATABASE_URL", "postgres://h/x", "write postgresql+asyncpg:// instead"),
        ("DATABASE_URL", "sqlite:///x.db", "write sqlite+aiosqlite:// instead"),
        ("DATABASE_URL", "data.db", "sqlite+aiosqlite:///path"),
        ("OPERATOR_IDS", "12, ada, <@1>", "ada, <@1> is not an id"),
        ("ALLOWED_GUILD_IDS", "-1", "is not an id"),
        ("BLOCKED_IDS", "1;2", "is not an id"),
        ("ALLOW_DMS", "perhaps", "boolean"),
        ("ALLOW_USER_INSTALL", "2", "boolean"),
        ("SHARD_COUNT", "0", "greater than or equal to 1"),
        ("HTTP_PORT", "-1", "greater than or equal to 0"),
        ("LOG_FORMAT", "xml", "'console' or 'json'"),
        ("DEFAULT_LANGUAGE", "fr", "'zh-TW'"),
    ],
)
def test_a_wrong_value_is_shown_with_what_would_be_right(
    given: Given, name: str, value: str, part: str
) -> None:
    given(**{name: value})

    (told,) = problems()

    assert told.startswith(f"{name} is '{value}'")
    assert part in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISCORD_TOKEN", "Bot hush-hush"),
        ("OPENAI_API_KEY", "Bearer hush-hush"),
        ("OPENAI_API_KEY", "hush-hush twice"),
        ("DISCORD_TOKEN", "hush-hush-\u200bé"),
        ("DATABASE_URL", "postgresql://bot:hush-hush@db/x"),
    ],
)
def test_a_secret_is_not_shown_when_it_is_wrong(given: Given, name: str, value: str) -> None:
    given(**{name: value})

    (told,) = problems()

    assert told.startswith(name)
    assert "hush" not in told


def test_secrets_are_not_in_what_the_settings_look_like(given: Given) -> None:
    given(DATABASE_URL="postgresql+asyncpg://bot:hush-hush@db/x")

    settings = load()

    assert not [secret for secret in (TOKEN, KEY, "hush") if secret in f"{settings!r} {settings}"]
    assert set(settings.secrets()) == {TOKEN, KEY, "hush-hush"}


def test_a_key_is_needed_at_openai_only(given: Given) -> None:
    given(OPENAI_API_KEY=None)
    assert problems()[0].startswith("OPENAI_API_KEY is missing")

    given(OPENAI_API_KEY=None, OPENAI_BASE_URL="http://127.0.0.1:11434/v1/")
    settings = load()

    assert settings.openai_api_key is None
    assert settings.openai_base_url == "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("1", {1}),
        ("1,2", {1, 2}),
        (" 1 , 2,, ", {1, 2}),
        ("123456789012345678", {123456789012345678}),
    ],
)
def test_ids_are_lists_by_comma(given: Given, written: str, ids: set[int]) -> None:
    given(OPERATOR_IDS=written, ALLOWED_GUILD_IDS=written, ALLOWED_USER_IDS=written)

    settings = load()

    assert settings.operator_ids == settings.allowed_guild_ids == settings.allowed_user_ids == ids


def test_shards_have_to_fit_their_count(given: Given) -> None:
    given(SHARD_IDS="0,3", SHARD_COUNT="3")
    assert problems() == ["SHARD_IDS has 3, but SHARD_COUNT is 3: shards count from 0 to 2."]

    given(SHARD_IDS="0,2")
    assert load().shard_ids == {0, 2}


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("LOG_FORMAT", "JSON", "json"),
        ("DEFAULT_LANGUAGE", "en", "en-US"),
        ("DEFAULT_LANGUAGE", "zh_tw", "zh-TW"),
        ("DISCORD_API_URL", "http://127.0.0.1:8765/api/v10/", "http://127.0.0.1:8765/api/v10"),
    ],
)
def test_what_is_meant_is_understood(given: Given, name: str, written: str, value: str) -> None:
    given(**{name: written})

    assert getattr(load(), name.lower()) == value


def test_a_misspelt_name_in_the_files_is_reported(given: Given, folder: Path) -> None:
    given(DISCORD_TOKEN=None)
    (folder / ".env").write_text("DISCORD_TOKN=x\nPOSTGRES_PASSWORD=theirs\nIMAGE_MODEL=later\n")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "OPERATOR_ID").write_text("1")

    told = problems()

    assert told[0] == "DISCORD_TOKN is no setting: did you mean DISCORD_TOKEN?"
    assert told[1] == "OPERATOR_ID is no setting: did you mean OPERATOR_IDS?"
    assert len(told) == 3


def test_a_misspelt_name_in_the_environment_is_asked_about(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(DISCORD_TOKEN=None)
    monkeypatch.setenv("DISCORD_TOKN", TOKEN)

    (told,) = problems()

    assert "is DISCORD_TOKN meant to be it?" in told


def test_names_of_others_beside_ours_do_no_harm(given: Given, folder: Path) -> None:
    given()
    (folder / ".env").write_text("HTTP_PROXY=http://x\nDISCORD_TOKEN_2=x\nSHARDS=1\nBUDGET=1\n")

    assert load().http_port == Settings.model_fields["http_port"].default


def test_a_file_that_cannot_be_read_is_told_of(given: Given, folder: Path) -> None:
    given()
    (folder / ".env").write_bytes(b"CHAT_MODEL=\xff\xfe")

    assert problems() == [".env can't be read: it has to be readable by this user, and UTF-8 text."]


def test_settings_do_not_change_after_the_start(given: Given) -> None:
    given()
    settings = load()

    with pytest.raises(ValidationError):
        settings.chat_model = "other"
