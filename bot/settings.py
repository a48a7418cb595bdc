"""What the operator decides before the start, from the environment, `.env` and a secrets folder."""

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: `name` of the setting, what is wrong with it, and how to mend it."""

    name: str
    wrong: str
    fix: str

    @override
    def __str__(self) -> str:
        return f"{self.name} {self.wrong}: {self.fix}{'' if self.fix.endswith('?') else '.'}"


class SettingsError(Exception):
    """All that is wrong with the settings, at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


OPENAI_HOST = "api.openai.com"
SECRETS_FOLDERS = (Path("/run/secrets"), Path("secrets"))
"""Docker's own, then one beside the working directory, which wins."""


def _ids(value: object) -> object:
    """Numbers by comma, spaces allowed, as people write lists."""
    if not isinstance(value, str):
        return value
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    if wrong := [entry for entry in entries if not re.fullmatch(r"[0-9]{1,20}", entry)]:
        raise PydanticCustomError(
            "ids",
            "{wrong} is not an id; write ids as digits, separated by commas",
            {"wrong": ", ".join(wrong)},
        )
    return entries


def _url(value: str) -> str:
    """An address without its last slash, so that paths can be put behind it."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PydanticCustomError("url", "write an address that starts with https:// or http://")
    if parts.query or parts.fragment:
        raise PydanticCustomError("url", "leave out everything from ? or # on")
    return value.rstrip("/")


def _token(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text.lower().startswith(("bot ", "bearer ")):
        raise PydanticCustomError("token", "write the token alone, without the word before it")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise PydanticCustomError(
            "token", "it has spaces or signs that no key has; copy it once more"
        )
    return value


def _database(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if scheme in ("postgres", "postgresql") and separator:
        raise PydanticCustomError(
            "database", "write postgresql+asyncpg:// instead of {scheme}://", {"scheme": scheme}
        )
    if scheme == "sqlite" and separator:
        raise PydanticCustomError("database", "write sqlite+aiosqlite:// instead of sqlite://")
    if scheme not in ("sqlite+aiosqlite", "postgresql+asyncpg") or not rest:
        raise PydanticCustomError(
            "database",
            "write sqlite+aiosqlite:///path/to/file.db or "
            "postgresql+asyncpg://user:password@host/name",
        )
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _language(value: object) -> object:
    """Discord's codes, however they are written; `en` and `en-GB` are English too."""
    if not isinstance(value, str):
        return value
    known = {"en": "en-US", "en-us": "en-US", "en-gb": "en-US", "zh-cn": "zh-CN", "zh-tw": "zh-TW"}
    return known.get(value.replace("_", "-").lower(), value)


Ids = Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)]
Url = Annotated[str, AfterValidator(_url)]
Model = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[SecretStr, AfterValidator(_token)]


class Settings(BaseSettings):
    """Read once at start, then handed out piece by piece.

    The descriptions are those of README's table; a test holds the two together.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",  # .env and the secrets folder may serve other programs too
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    discord_token: Secret = Field(description="The bot's token from the Developer Portal.")
    discord_api_url: Url = Field(
        "https://discord.com/api/v10", description="Where Discord's API is; another for tests."
    )
    openai_api_key: Secret | None = Field(
        None, description="The API key; may be left out for servers that ask for none."
    )
    openai_base_url: Url = Field(
        "https://api.openai.com/v1", description="Any OpenAI-compatible server."
    )
    openai_org_id: str | None = Field(None, description="Organization the calls are charged to.")
    openai_project_id: str | None = Field(None, description="Project the calls are charged to.")
    openai_dialect: Annotated[Literal["auto", "modern", "legacy"], BeforeValidator(_lower)] = Field(
        "auto", description="`modern`, `legacy` (of 2023), or `auto`: learnt from its answers."
    )
    openai_timeout: float = Field(
        600, gt=0, le=3600, description="Seconds one answer may take, every try counted."
    )
    chat_model: str = Field(
        "gpt-6-luna", min_length=1, max_length=200, description="The model that answers."
    )
    completion_model: Model = Field(
        "gpt-3.5-turbo-instruct", description="For /complete; where it is gone, chat stands in."
    )
    edit_model: Model = Field(
        "text-davinci-edit-001", description="For /edit; where it is gone, chat stands in."
    )
    image_model: Model = Field("gpt-image-2", description="The model that draws.")
    transcription_model: Model = Field(
        "gpt-transcribe", description="Speech to text; only `whisper-1` writes subtitles."
    )
    translation_model: Model = Field(
        "whisper-1", description="Speech to English; else it is transcribed, and chat translates."
    )
    speech_model: Model = Field("gpt-4o-mini-tts", description="Text to speech.")
    moderation_model: Model = Field(
        "omni-moderation-latest", description="Says what may not be said."
    )
    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "sqlite+aiosqlite:///data/switchboard.db",
        repr=False,  # a password may be in it
        description="Where conversations are kept: SQLite or `postgresql+asyncpg://`.",
    )
    operator_ids: Ids = Field(
        frozenset(),
        description="People who run the bot, beside the application's owner and team.",
    )
    operator_guild_id: int | None = Field(
        None,
        ge=1,
        lt=2**63,
        description="The one server that has /files, /finetune and /operator; empty: all.",
    )
    allowed_guild_ids: Ids = Field(
        frozenset(), description="Servers that may use the bot; empty allows all."
    )
    allowed_user_ids: Ids = Field(
        frozenset(), description="People who may use the bot; empty allows all."
    )
    blocked_ids: Ids = Field(frozenset(), description="People and servers that may not.")
    allow_dms: bool = Field(True, description="Answer in direct messages.")
    allow_user_install: bool = Field(
        False, description="Answer where the bot is no member; strangers would spend the key."
    )
    shard_count: int | None = Field(
        None, ge=1, le=100_000, description="Shards over all processes; Discord decides if empty."
    )
    shard_ids: Ids = Field(
        frozenset(), description="The shards of this process, counted from 0; empty runs all."
    )
    http_host: str = Field("127.0.0.1", description="Address of /healthz and /metrics.")
    http_port: int = Field(
        8766, ge=0, le=65_535, description="Port of /healthz and /metrics; 0 switches them off."
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
    ] = Field("INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL; DEBUG shows content.")
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = Field(
        "console", description="`console` for people, `json` for machines."
    )
    default_language: Annotated[Literal["en-US", "zh-CN", "zh-TW"], BeforeValidator(_language)] = (
        Field("en-US", description="Language where nobody's own is known.")
    )

    budget_total_month: float | None = Field(
        None, ge=0, description="US dollars all calls may cost in a UTC month; empty: no limit."
    )
    budget_user_day: float | None = Field(
        None, ge=0, description="US dollars one person may cost in a UTC day; empty: no limit."
    )
    prices_file: Path | None = Field(
        None, description="JSON file of prices that go before the built-in list."
    )

    unknown_price: float | None = Field(
        None,
        ge=0,
        description="US dollars that a call counts in budgets where no price is known; empty: where"
        " there is a budget, such calls are refused.",
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_missing(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in values.items()
            if not (isinstance(value, str) and not value.strip())
        }

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        problems = tuple(self._contradictions())
        if problems:
            raise SettingsError(problems)
        return self

    def _contradictions(self) -> Iterable[Problem]:
        if self.prices_file is not None and not self.prices_file.is_file():
            yield Problem("PRICES_FILE", f"is {self.prices_file}", "there is no such file")
        if self.openai_api_key is None and urlsplit(self.openai_base_url).hostname == OPENAI_HOST:
            yield Problem(
                "OPENAI_API_KEY",
                "is missing",
                "make one at https://platform.openai.com/api-keys, "
                "or point OPENAI_BASE_URL to a server of your own",
            )
        if self.shard_ids and self.shard_count is None:
            yield Problem(
                "SHARD_COUNT",
                "is missing beside SHARD_IDS",
                "set it to the number of shards over all processes",
            )
        elif self.shard_count is not None and max(self.shard_ids, default=0) >= self.shard_count:
            yield Problem(
                "SHARD_IDS",
                f"has {max(self.shard_ids)}, but SHARD_COUNT is {self.shard_count}",
                f"shards count from 0 to {self.shard_count - 1}",
            )

    def secrets(self) -> tuple[str, ...]:
        """Everything that no log line may hold."""
        password = urlsplit(self.database_url).password
        keys = (self.discord_token, self.openai_api_key)
        found = [key.get_secret_value() for key in keys if key is not None]
        return tuple(found + ([password] if password else []))


def load() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: every mistake there is, not only the first.
    """
    folders = [folder for folder in SECRETS_FOLDERS if folder.is_dir()]
    problems: list[Problem] = []
    try:
        written = [*dotenv_values(".env", encoding="utf-8")]
        written += [entry.name for folder in folders for entry in folder.iterdir()]
        problems += _near_misses(written)
        return _read(folders, problems)
    except (OSError, UnicodeDecodeError) as error:
        where = getattr(error, "filename", None) or ".env"
        fix = "it has to be readable by this user, and UTF-8 text"
        raise SettingsError([*problems, Problem(f"{where}", "can't be read", fix)]) from None


def _read(folders: list[Path], problems: list[Problem]) -> Settings:
    build: Any = Settings  # what is not given here comes from outside
    try:
        settings: Settings = build(_secrets_dir=folders or None)
    except ValidationError as error:
        mistakes = {f"{each['loc'][0]}": each for each in error.errors()}
        problems += [_problem(name, each) for name, each in mistakes.items()]
        # With the mistakes out of the way, see whether the others fit together.
        try:
            build(_secrets_dir=folders or None, **{name: _harmless(name) for name in mistakes})
        except SettingsError as more:
            problems += [each for each in more.problems if each.name.lower() not in mistakes]
    except SettingsError as error:
        problems += error.problems
    else:
        if not problems:
            return settings
    raise SettingsError(problems) from None  # the cause would show what was read


def _harmless(name: str) -> object:
    """A value that is in nobody's way."""
    field = Settings.model_fields[name]
    return {"openai_base_url": "http://harmless"}.get(
        name, "x" if field.is_required() else field.default
    )


def _problem(name: str, error: ErrorDetails) -> Problem:
    if error["type"] == "missing":
        hint = _WHERE_FROM[name]
        if close := difflib.get_close_matches(name.upper(), os.environ, n=1, cutoff=_ALMOST):
            hint = f"is {close[0]} meant to be it? Else {hint}"
        return Problem(name.upper(), "is missing", hint)
    fix = error["msg"].replace("Input should", "it should")
    secret = "Secret" in f"{Settings.model_fields[name].annotation}"
    return Problem(name.upper(), "is wrong" if secret else f"is {_shown(error['input'])}", fix)


def _shown(value: object) -> str:
    """A value as it was written, without the password of an address."""
    return repr(re.sub(r"(://[^/@]*?:)[^/@]*@", r"\1***@", f"{value}"))[:200]


def _near_misses(written: Iterable[str]) -> Iterable[Problem]:
    """Names that are almost one of ours, where ours is not there: a slip, not another program's."""
    names = {name.upper() for name in (*written, *os.environ)}
    absent = {name.upper() for name in Settings.model_fields} - names
    for name in written:
        if close := difflib.get_close_matches(name.upper(), absent, n=1, cutoff=_ALMOST):
            yield Problem(name, "is no setting", f"did you mean {close[0]}?")


_ALMOST = 0.9  # one letter in ten
_WHERE_FROM = {
    "discord_token": (
        "copy it from https://discord.com/developers/applications (Bot, Reset Token), "
        "or try the bot without one by `make run`"
    )
}
