"""The Discord client: loads the cogs, knows what it may see, and answers every error."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot import wire
from bot.tasks import spawn
from cogs import _entry, _registration
from cogs._answers import Answers
from cogs._attachments import Attachments
from cogs._buttons import Action, ActionButton
from cogs._locales import Locales
from cogs._operators import keep_knowing, team_of
from cogs._picture_buttons import PICTURE_BUTTONS
from cogs._settings_panel import Panel, PanelSelect
from cogs._sink import report
from cogs._strays import answer_stray
from cogs._translator import Translator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yarl import URL

    from bot.domain.clock import Clock
    from bot.services.api_calls import ApiCalls
    from bot.services.calls import Calls
    from bot.services.conversations import Conversations
    from bot.services.datasets import Datasets
    from bot.services.files import Files
    from bot.services.fine_tunes import FineTunes
    from bot.services.models import Models
    from bot.services.moderations import Moderations
    from bot.services.operators import Operators
    from bot.services.overview import Overview
    from bot.services.policy import Policy
    from bot.services.preferences import Preferences
    from bot.services.privacy import Privacy
    from bot.services.rulings import Rulings
    from bot.services.sound import Recordings, Unasked
    from bot.services.usage import Usage
    from bot.services.watches import Watches
    from cogs._forms import Form
    from cogs._trainings import Trainings

log = logging.getLogger(__name__)

IDENTIFY_EVERY_S = 5.0
CLOSE_S = 5.0
HANDLERS = ("discord.py: on_", "CommandTree-invoker", "discord-ui-")
"""How the names of tasks begin that may be asking the database for somebody."""

EXTENSIONS = (
    "cogs.api_calls",
    "cogs.audio",
    "cogs.chat",
    "cogs.complete",
    "cogs.conversation",
    "cogs.edit",
    "cogs.files",
    "cogs.image",
    "cogs.finetune",
    "cogs.models",
    "cogs.moderate",
    "cogs.operator",
    "cogs.preferences",
    "cogs.privacy",
    "cogs.settings",
    "cogs.usage",
    "cogs.write",
    "cogs.help",
    "cogs.messages",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the cogs may use."""

    api_calls: ApiCalls
    calls: Calls
    conversations: Conversations
    datasets: Datasets
    files: Files
    fine_tunes: FineTunes
    models: Models
    moderations: Moderations
    operators: Operators
    overview: Overview
    policy: Policy
    preferences: Preferences
    recordings: Recordings | None
    privacy: Privacy
    usage: Usage
    rulings: Rulings
    unasked_sound: Unasked
    watches: Watches
    clock: Clock

    @classmethod
    def unasked(cls, clock: Clock) -> Services:
        """For a bot whose commands are looked at, and never run."""
        nothing: dict[str, Any] = {each.name: None for each in fields(cls) if each.name != "clock"}
        return cls(**nothing, clock=clock)


class CommandTree(app_commands.CommandTree["Bot"]):
    @override
    async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
        """Let the command in and start its acknowledgement, or refuse it."""
        try:
            _entry.enter_command(interaction)
        except Exception as error:  # noqa: BLE001  the tree passes on its own errors only
            await report(interaction, error)
            return False
        return True

    @override
    async def on_error(
        self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /
    ) -> None:
        await report(interaction, error)


class Bot(commands.AutoShardedBot):
    """Our side of the gateway.

    closing          no new work is taken: the bot is about to stop
    message_content  False where the application lacks the intent: then only mentions of the bot,
                     replies that ping it and direct messages carry their text
    actions          what the buttons of commands' answers do
    forms            what submitted forms do, by the part of their custom_id before the colon
    panel            what the menus of `/settings panel` do
    operator_guild   the one server that has the commands for operators; None: all have
    """

    def __init__(
        self,
        services: Services,
        *,
        api: URL = wire.DISCORD,
        default_locale: str = "en-US",
        shard_ids: Sequence[int] | None = None,
        shard_count: int | None = None,
        operator_guild: int | None = None,
    ) -> None:
        self._wanted = _intents()
        # Two warnings at every start about libraries for voice channels, which we never join.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=CommandTree,
            intents=self._wanted,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            shard_count=shard_count,
        )
        self.shard_ids = list(shard_ids) if shard_ids else None
        wire.leave_edits_unread(self)
        wire.survive_odd_events(self)
        self.services = services
        self.closing = False
        self.operator_guild = operator_guild
        self.message_content = True
        self.locales = Locales(default_locale)
        self.actions: dict[str, Action] = {}
        self.forms: dict[str, Form] = {}
        self.panel: Panel | None = None
        self.trainings: Trainings | None = None
        self.items: list[type[discord.ui.DynamicItem[Any]]] = []
        self.answers = Answers(self)
        self.attachments = Attachments(wire.attachment_hosts(api), services.recordings)
        self._api = api
        self._prepared = False
        self._background: list[asyncio.Task[None]] = []
        self._ready_shards: set[int] = set()

    # Start and end

    @override
    async def start(self, token: str, *, reconnect: bool = True) -> None:
        """Log in and stay connected until closed.

        The flags are read before IDENTIFY, but a gateway may see it differently (4014): then once
        more, without message content.

        Raises:
            discord.LoginFailure: the token is wrong.
        """
        wire.talk_to(self._api)
        try:
            await super().start(token, reconnect=reconnect)
        except discord.PrivilegedIntentsRequired:
            if not self.message_content:
                raise
            log.warning("The gateway refused the message content intent")
            self._without_message_content()
            await self._open_again()
            await super().start(token, reconnect=reconnect)

    @override
    async def setup_hook(self) -> None:
        """Between login and IDENTIFY: flags, gateway address, cogs, commands."""
        application = self.application
        if application is not None and self.message_content and not _sees_content(application):
            self._without_message_content()
        if application is not None:
            self.services.operators.know(team_of(application))
        shards, gateway, _ = await self.http.get_bot_gateway()
        wire.meet_at(gateway)
        self.shard_count = self.shard_count or shards
        await self.build_commands()
        await _registration.register(self.tree, self.operator_guild)

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """As discord.py does, but by our clock: Discord lets one session begin in five seconds."""
        if not initial:
            await self.services.clock.sleep(IDENTIFY_EVERY_S)

    async def build_commands(self) -> None:
        """Load the cogs and their translations; nothing is registered with Discord by this.

        Where the application has user install switched off, the commands leave it out.
        """
        application = self.application
        if application is not None and application.user_integration_config is None:
            self.tree.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
            self.tree.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True)
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        if not self._prepared:
            self._prepared = True
            await self.tree.set_translator(Translator())
            self.add_dynamic_items(ActionButton, PanelSelect, *PICTURE_BUTTONS)

    def stop_taking_work(self) -> None:
        """From now on new commands, presses and messages hear that the bot is restarting."""
        self.closing = True

    @override
    async def close(self) -> None:
        """Refuse what is new, let what is being handled come to its end, and disconnect.

        Whoever closes the database afterwards finds nobody in it.
        """
        self.closing = True
        for task in self._background:
            task.cancel()
        if self._background:
            await asyncio.wait(self._background)
        await self._handled()
        await super().close()
        await self._handled()
        await self.answers.close(0)
        await self.attachments.close()

    async def _handled(self) -> None:
        """Wait for commands, presses and listeners, which discord.py starts and then forgets."""
        this = asyncio.current_task()
        patience = asyncio.ensure_future(self.services.clock.sleep(CLOSE_S))
        running = {
            task
            for task in asyncio.all_tasks()
            if task is not this and task.get_name().startswith(HANDLERS)
        }
        while running and not patience.done():
            _, running = await asyncio.wait(
                {*running, patience}, return_when=asyncio.FIRST_COMPLETED
            )
            running.discard(patience)
        patience.cancel()

    async def _open_again(self) -> None:
        """Undo `close`, which discord.py has called before it raised."""
        self.clear()
        self.http.connector = discord.utils.MISSING  # `clear` forgets that it was closed, too
        await self._async_setup_hook()
        self.closing = False

    def _without_message_content(self) -> None:
        self.message_content = False
        self._wanted.message_content = False
        log.warning(
            "Without the Message Content intent only mentions of the bot, replies that ping it and"
            " direct messages are answered. Switch it on in the Developer Portal, under Bot."
        )

    # What discord.py tells

    @override
    def add_dynamic_items(self, *items: type[discord.ui.DynamicItem[Any]]) -> None:
        """Buttons that work after a restart; remembered to tell a press that nobody takes."""
        super().add_dynamic_items(*items)
        self.items.extend(items)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        await answer_stray(interaction)

    async def on_connect(self) -> None:
        """After the first READY, and again after each later one, which changes nothing."""
        if not self._background:
            self._background = [
                spawn(self.answers.keep_mending(), name="mend-answers"),
                spawn(keep_knowing(self), name="operators"),
            ]
            if self.trainings is not None:
                self._background.append(spawn(self.trainings.keep_watching(), name="trainings"))

    async def on_shard_connect(self, shard: int) -> None:
        self._ready_shards.add(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        self._ready_shards.add(shard)

    async def on_shard_disconnect(self, shard: int) -> None:
        self._ready_shards.discard(shard)

    @override
    async def on_message(self, message: discord.Message, /) -> None:
        """No text commands: cogs.messages listens."""

    # What /healthz asks

    def gateway_ready(self) -> bool:
        """Every shard of this process has had its READY or RESUMED and is still connected."""
        wanted = set(self.shard_ids or range(self.shard_count or 1))
        return not self.is_closed() and wanted <= self._ready_shards

    def heartbeat_ages(self) -> dict[int, float | None]:
        """Seconds since the last heartbeat was answered, by shard; None while not connected."""
        return {shard: wire.since_heartbeat_ack(self, shard) for shard in self.shards}


def _intents() -> discord.Intents:
    """Guilds for names, and messages where people talk to us. No members, no presences."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


def _sees_content(application: discord.AppInfo) -> bool:
    flags = application.flags
    return flags.gateway_message_content or flags.gateway_message_content_limited
