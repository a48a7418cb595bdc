"""`python -m bot check`: every part of the setup tried, a line each."""

import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass

import discord
from rich.console import Console
from rich.text import Text

from bot.ai.api import Api
from bot.ai.capabilities import PROBED
from bot.ai.client import open_client
from bot.ai.models import OpenAIModels
from bot.cli._discord import DiscordApi, discord_api
from bot.cli._words import explain, has_words
from bot.domain.calls import Capabilities, Estimate
from bot.domain.clock import SystemClock
from bot.domain.errors import AlreadyRunningError, EndpointMissingError
from bot.services.calls import Prices, PricesError
from bot.settings import Settings
from storage.database import Database

NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
PORTAL = "https://discord.com/developers/applications"
DEFAULTS = (
    "completion_model",
    "edit_model",
    "image_model",
    "transcription_model",
    "translation_model",
    "speech_model",
    "moderation_model",
)
NAMED = 5
"""How many servers or models are named one by one."""


@dataclass(frozen=True, slots=True)
class Line:
    """`todo` is empty where all is well; `fatal` is False where the bot works without it."""

    part: str
    found: str
    todo: str = ""
    fatal: bool = True


Lines = AsyncGenerator[Line, None]


async def check(settings: Settings, console: Console) -> bool:
    """Print the lines as they come; False if something has to be done before the bot can work."""
    well = True
    parts: dict[str, Callable[[Settings], Lines]] = {
        "costs": _costs,
        "discord": _discord,
        "database": _database,
        "api": _api,
    }
    _show(console, Line("settings", "complete"))
    for part, lines in parts.items():
        try:
            async for line in lines(settings):
                _show(console, line)
                well = well and not (line.todo and line.fatal)
        except Exception as error:
            if not has_words(error):
                raise
            _show(console, Line(part, "failed", explain(error)))
            well = False
    return well


def _show(console: Console, line: Line) -> None:
    mark, style = (
        ("ok", "green") if not line.todo else ("fix", "red") if line.fatal else ("note", "yellow")
    )
    text = Text.assemble((f"{mark:<5}", style), f"{line.part:<12}", line.found)
    if line.todo:
        text.append(f": {line.todo}")
    console.print(text, soft_wrap=True)


async def _costs(settings: Settings) -> Lines:
    """What may be spent, and what of it would not be seen."""
    caps = [
        f"{usd:,.2f} USD {what}"
        for usd, what in (
            (settings.budget_total_month, "a month in all"),
            (settings.budget_user_day, "a day for each person"),
        )
        if usd is not None
    ]
    yield Line(
        "budgets", "; ".join(caps) or "none: BUDGET_TOTAL_MONTH and BUDGET_USER_DAY set some"
    )
    try:
        prices = Prices.read(settings.prices_file)
    except PricesError as error:
        yield Line("prices", "PRICES_FILE can't be used", f"{error}")
        return
    if settings.prices_file:
        yield Line("prices", f"{len(prices.own)} models in {settings.prices_file}")
    now = SystemClock().now()
    words, sound = Estimate(prompt=1_000, completion=1_000), Estimate(sound_s=60.0)
    models = {
        settings.chat_model: words,
        settings.completion_model: words,
        settings.image_model: Estimate(prompt=1_000, completion=1_000, pictures=1),
        settings.transcription_model: sound,
        settings.translation_model: sound,
        settings.speech_model: Estimate(characters=1_000),
    }
    if unknown := [
        name for name, took in models.items() if prices.most(name, took, at=now) is None
    ]:
        todo = ""
        if caps and settings.unknown_price is None:
            todo = "they are refused; write what they cost into PRICES_FILE, or set UNKNOWN_PRICE"
        elif caps:
            todo = f"each call counts {settings.unknown_price:,.2f} USD in budgets"
        yield Line("prices", f"not known of {', '.join(unknown)}", todo, fatal=False)


async def _discord(settings: Settings) -> Lines:
    async with discord_api(settings) as api:
        me = await api.get("/users/@me")
        yield Line("token", f"{me['username']} ({me['id']})")
        application = await api.get("/applications/@me")
        yield _intents(discord.ApplicationFlags._from_value(int(application.get("flags", 0))))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  the only door
        gateway = await api.get("/gateway/bot")
        yield _gateway(gateway["shards"], gateway["session_start_limit"]["remaining"])
        async for line in _guilds(api, application["id"]):
            yield line


def _intents(flags: discord.ApplicationFlags) -> Line:
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return Line("intents", "message content is granted")
    return Line(
        "intents",
        "message content is not granted",
        "only mentions, replies that ping and direct messages are read; to read threads, switch "
        f"on Message Content Intent at {PORTAL} (Bot)",
        fatal=False,
    )


def _gateway(shards: int, remaining: int) -> Line:
    found = f"{shards} shard{'' if shards == 1 else 's'}, {remaining} starts left today"
    if remaining < shards:
        return Line("gateway", found, "wait until tomorrow, or Discord resets the token")
    return Line("gateway", found)


async def _guilds(api: DiscordApi, application: str) -> Lines:
    invite = (
        f"https://discord.com/oauth2/authorize?client_id={application}"
        f"&scope=bot+applications.commands&permissions={NEEDED.value}"
    )
    guilds = await api.get("/users/@me/guilds")
    if not guilds:
        yield Line("servers", "none yet", f"invite the bot by {invite}", fatal=False)
        return
    lacking = 0
    for guild in guilds:
        granted = discord.Permissions(int(guild.get("permissions", 0)))
        if granted.administrator or granted >= NEEDED:
            continue
        lacking += 1
        if lacking <= NAMED:
            names = [name for name, needed in NEEDED if needed and not getattr(granted, name)]
            missing = ", ".join(name.replace("_", " ") for name in names)
            todo = f"grant it, or invite the bot again by {invite}"
            yield Line("servers", f"{guild['name']} lacks: {missing}", todo, fatal=False)
    yield Line("servers", f"{len(guilds)}, {len(guilds) - lacking} with all permissions")


async def _database(settings: Settings) -> Lines:
    if settings.database_url.startswith("sqlite"):
        yield Line("database", f"SQLite {sqlite3.sqlite_version}")
    try:
        async with Database.open(settings.database_url, clock=SystemClock()) as database:
            await database.writable()
    except AlreadyRunningError:
        yield Line("database", "in use by a bot that is running")
    else:
        yield Line("database", "opened, schema up to date, written")


async def _api(settings: Settings) -> Lines:
    key = settings.openai_api_key
    async with open_client(
        base_url=settings.openai_base_url,
        api_key=key.get_secret_value() if key else None,
        organization=settings.openai_org_id,
        project=settings.openai_project_id,
    ) as client:
        api = Api(client, clock=SystemClock(), dialect=settings.openai_dialect)
        try:
            models = await OpenAIModels(client, clock=api.clock, api=api).list()
        except EndpointMissingError as error:
            yield Line("api", "answers, but lists no models", explain(error), fatal=False)
        else:
            yield Line("api", f"{settings.openai_base_url} has {len(models)} models")
            for line in _models(settings, sorted(model.id for model in models)):
                yield line
        for line in _endpoints(api, await api.probe()):
            yield line


def _models(settings: Settings, ids: list[str]) -> Iterator[Line]:
    """The chat model is needed; the others are told, since other things stand in for some."""
    some = ", ".join(ids[:NAMED]) + (", ..." if len(ids) > NAMED else "")
    todo = f"set CHAT_MODEL to one of {some}" if ids else "add a model to the server"
    if settings.chat_model in ids:
        yield Line("chat model", settings.chat_model)
    else:
        yield Line("chat model", f"{settings.chat_model} is not there", todo)
    for name in DEFAULTS:
        model = getattr(settings, name)
        if model not in ids:
            part = name.replace("_model", "")
            todo = f"set {name.upper()} to a model that is, if you want that"
            yield Line(part, f"{model} is not there", todo, fatal=False)


def _endpoints(api: Api, known: Capabilities) -> Iterator[Line]:
    """What was learnt, and what OPENAI_DIALECT says."""
    table = {
        path: known[path].present if path in known else api.endpoints.forced(path)
        for path in PROBED
    }
    for path in PROBED:
        if (forced := api.endpoints.forced(path)) is not None:
            table[path] = forced
    for word, wanted in (("offers", True), ("lacks", False), ("unknown", None)):
        if paths := [path for path, present in table.items() if present is wanted]:
            yield Line(word, ", ".join(paths))
