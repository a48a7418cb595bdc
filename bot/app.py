"""The one place where everything is built, joined and closed."""

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from yarl import URL

from bot import tasks
from bot.ai.api import Api
from bot.ai.client import Timeouts, open_client
from bot.ai.operations import Operations
from bot.client import Bot, Services
from bot.domain.calls import Operation
from bot.domain.clock import Clock, SystemClock
from bot.health import Vitals, serve_health
from bot.media import Media
from bot.services.api_calls import ApiCalls
from bot.services.call_rules import ServerRules
from bot.services.calls import Calls, Prices, PricesError, ProcessRules
from bot.services.completions import CompletionMaker
from bot.services.conversations import Conversations
from bot.services.datasets import Datasets
from bot.services.edits import EditMaker
from bot.services.files import Files
from bot.services.fine_tunes import Beginnings, FineTunes, Plans, TrainingFiles
from bot.services.guard import Guard
from bot.services.images import ImageMaker
from bot.services.inputs import ForChat
from bot.services.learned import KeptEndpoints, KeptParameters
from bot.services.models import CHAT_USE, Models
from bot.services.moderations import Moderations
from bot.services.operators import Operators
from bot.services.overview import PROBE_S, Overview
from bot.services.policy import Policy
from bot.services.preferences import Preferences
from bot.services.privacy import Privacy
from bot.services.pseudonyms import Pseudonyms
from bot.services.retention import Retention
from bot.services.rulings import OperatorRules, Rulings
from bot.services.sound import (
    Hearing,
    Listener,
    Recordings,
    SpeechMaker,
    TranscriptionMaker,
    TranslationMaker,
    Unasked,
)
from bot.services.usage import Usage
from bot.services.watches import Watches
from bot.settings import Problem, Settings, SettingsError
from storage.database import Database

log = structlog.stdlib.get_logger(__name__)

DRAIN_S = 20.0
"""How long answers may go on after SIGTERM; what stops containers waits 30 s before it kills."""

SHOW_S = 5.0
"""How long the last words may take to reach Discord after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs, joined."""

    bot: Bot
    services: Services
    database: Database
    operations: Operations
    media: Media
    clock: Clock

    async def drain(self) -> None:
        """Take no new work, let answers end and be seen, mark the rest as interrupted."""
        self.bot.stop_taking_work()
        await self.services.conversations.close(limit_s=DRAIN_S)
        await self.bot.answers.close(SHOW_S)


@asynccontextmanager
async def assembled(settings: Settings, *, clock: Clock) -> AsyncGenerator[App, None]:
    """Build from the bottom up; closed from the top down when the block ends.

    Raises:
        SettingsError: PRICES_FILE can't be used, and why.
        StorageError: the database can't be opened, and why.
    """
    key = settings.openai_api_key
    timeouts = Timeouts(overall=settings.openai_timeout)
    async with (
        Media(clock) as media,
        Database.open(settings.database_url, clock=clock) as database,
        open_client(
            base_url=settings.openai_base_url,
            api_key=key.get_secret_value() if key else None,
            organization=settings.openai_org_id,
            project=settings.openai_project_id,
            timeouts=timeouts,
        ) as client,
    ):
        api = Api(
            client,
            clock=clock,
            timeouts=timeouts,
            learned=KeptParameters(database, clock),
            endpoints=KeptEndpoints(database),
            dialect=settings.openai_dialect,
        )
        operations = Operations(api)
        preferences = Preferences(database, clock)
        operators = Operators(settings.operator_ids, database, clock)
        rulings = Rulings(database, clock, always=settings.blocked_ids)
        calls = Calls(
            database=database,
            prices=_prices(settings.prices_file),
            rules=OperatorRules(
                rulings,
                ServerRules(
                    process=ProcessRules(
                        total_month=_microusd(settings.budget_total_month),
                        user_day=_microusd(settings.budget_user_day),
                    ),
                    preferences=preferences,
                ),
            ),
            clock=clock,
            unknown_price=_microusd(settings.unknown_price),
            pseudonyms=Pseudonyms(settings.discord_token.get_secret_value().encode()),
        )
        models = Models(
            operations.models,
            settings.chat_model,
            clock,
            usual=_usual(settings),
            calls=calls,
        )
        recordings = Recordings(media, legacy=api.legacy)
        listener = Listener(recordings=recordings, calls=calls, database=database)
        images = ImageMaker(
            model=operations.images,
            media=media,
            database=database,
            calls=calls,
            default_model=settings.image_model,
            legacy=api.legacy,
        )
        files = Files(operations.files, calls, operators, clock)
        training_files = TrainingFiles(files, database)
        services = Services(
            api_calls=ApiCalls(database, base_url=settings.openai_base_url),
            calls=calls,
            conversations=(
                conversations := Conversations(
                    database=database,
                    model=operations.chat,
                    default_model=settings.chat_model,
                    clock=clock,
                    calls=calls,
                    pace=calls.pace,
                    guard=Guard(
                        moderator=operations.moderations,
                        model=settings.moderation_model,
                        calls=calls,
                    ),
                    for_chat=ForChat(media),
                    makers={
                        Operation.EDIT: EditMaker(
                            operations.edits,
                            calls,
                            default_model=settings.edit_model,
                            chat_model=settings.chat_model,
                        ),
                        Operation.COMPLETION: CompletionMaker(
                            operations.completions,
                            calls,
                            default_model=settings.completion_model,
                            chat_model=settings.chat_model,
                        ),
                        Operation.TRANSCRIPTION: TranscriptionMaker(
                            model=operations.sound,
                            listener=listener,
                            models=models,
                            default_model=settings.transcription_model,
                            timing_model=settings.translation_model,
                        ),
                        Operation.TRANSLATION: TranslationMaker(
                            model=operations.sound,
                            listener=listener,
                            default_model=settings.translation_model,
                            transcription_model=settings.transcription_model,
                            chat_model=settings.chat_model,
                        ),
                        Operation.SPEECH: SpeechMaker(
                            model=operations.sound,
                            recordings=recordings,
                            calls=calls,
                            default_model=settings.speech_model,
                        ),
                        Operation.IMAGE_GENERATION: images,
                        Operation.IMAGE_EDIT: images,
                        Operation.IMAGE_VARIATION: images,
                    },
                    hearing=Hearing(
                        model=operations.sound,
                        listener=listener,
                        database=database,
                        default_model=settings.transcription_model,
                    ),
                )
            ),
            datasets=Datasets(database, preferences, operators, clock),
            files=files,
            fine_tunes=FineTunes(
                plans=Plans(
                    tuning=operations.fine_tuning,
                    files=training_files,
                    calls=calls,
                    operators=operators,
                    database=database,
                    clock=clock,
                    present=api.endpoints.present,
                ),
                beginnings=Beginnings(
                    tuning=operations.fine_tuning,
                    files=training_files,
                    calls=calls,
                    operators=operators,
                    database=database,
                    clock=clock,
                ),
                tuning=operations.fine_tuning,
                calls=calls,
                operators=operators,
                clock=clock,
            ),
            unasked_sound=Unasked(calls, default_model=settings.transcription_model),
            operators=operators,
            overview=Overview(
                database=database,
                calls=calls,
                operators=operators,
                clock=clock,
                server=api.server,
                known=api.endpoints.overview,
                probe=partial(api.probe, limit_s=PROBE_S),
            ),
            models=models,
            moderations=Moderations(operations.moderations, calls, settings.moderation_model),
            policy=Policy(
                allowed_guilds=settings.allowed_guild_ids,
                allowed_users=settings.allowed_user_ids,
                blocked=rulings,
                operators=operators,
                direct_messages=settings.allow_dms,
                user_install=settings.allow_user_install,
            ),
            preferences=preferences,
            privacy=Privacy(
                database=database,
                conversations=conversations,
                preferences=preferences,
                clock=clock,
            ),
            usage=Usage(database=database, calls=calls, clock=clock, media=media),
            rulings=rulings,
            recordings=recordings,
            watches=Watches(
                database=database,
                tuning=operations.fine_tuning,
                files=operations.files,
                clock=clock,
                media=media,
            ),
            clock=clock,
        )
        await services.preferences.refresh()
        await rulings.refresh()
        async with Bot(
            services,
            api=URL(settings.discord_api_url),
            default_locale=settings.default_language,
            shard_ids=sorted(settings.shard_ids),
            shard_count=settings.shard_count,
            operator_guild=settings.operator_guild_id,
        ) as bot:
            yield App(
                bot=bot,
                services=services,
                database=database,
                operations=operations,
                media=media,
                clock=clock,
            )


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """Answer people until SIGTERM or SIGINT, then drain and close.

    Raises:
        StorageError: the database can't be opened.
        discord.LoginFailure: the token is wrong.
    """
    async with assembled(settings, clock=clock or SystemClock()) as app:
        vitals = Vitals(
            heartbeats=app.bot.heartbeat_ages,
            latencies=lambda: dict(app.bot.latencies),
            write=app.database.writable,
            last_api=lambda: app.services.calls.last,
        )
        async with serve_health(
            vitals, host=settings.http_host, port=settings.http_port, clock=app.clock
        ):
            await _serve(app, settings.discord_token.get_secret_value())


def _prices(path: Path | None) -> Prices:
    try:
        return Prices.read(path)
    except PricesError as error:
        problem = Problem("PRICES_FILE", "can't be used", f"{error}")
        raise SettingsError([problem]) from error


def _usual(settings: Settings) -> dict[str, str]:
    """The models of all uses but chat, by the names of their settings."""
    names = [name for name in Settings.model_fields if name.endswith("_model")]
    return {name: getattr(settings, name) for name in names if name != CHAT_USE}


def _microusd(usd: float | None) -> int | None:
    return None if usd is None else round(usd * 1_000_000)


async def _serve(app: App, token: str) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, asked_to_stop.set)
    app.services.conversations.start()
    app.services.models.warm()
    services = app.services
    retention = Retention(app.database, services.preferences, app.clock)
    beside = [
        tasks.spawn(retention.keep_purging(), name="purge"),
        tasks.spawn(services.calls.keep_list(), name="list-prices"),
        tasks.spawn(services.calls.keep_settling(), name="calls"),
        tasks.spawn(services.preferences.keep_fresh(), name="preferences"),
        tasks.spawn(services.rulings.keep_fresh(), name="rulings"),
        tasks.spawn(_settle(app), name="settle"),
    ]
    online = asyncio.ensure_future(app.bot.start(token))
    stopping = asyncio.ensure_future(asked_to_stop.wait())
    try:
        await asyncio.wait((online, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not online.done():
            log.info("stopping", drain_s=DRAIN_S)
            await app.drain()
    finally:
        stopping.cancel()
        for task in beside:
            task.cancel()
        await services.conversations.close(limit_s=0)
        await app.bot.close()
        await asyncio.gather(stopping, *beside, return_exceptions=True)
    await online  # raises what ended it


async def _settle(app: App) -> None:
    """Once online, take what stays for good out of the garbage collector's sight.

    Half a million objects of libraries and caches are looked through by each full collection,
    which stops all answers for up to half a second.
    """
    await app.bot.wait_until_ready()
    gc.collect()
    gc.freeze()
