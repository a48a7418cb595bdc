"""All interactions of a world: opened by people, found again by their tokens, ended by time."""

import base64
import secrets
from collections import OrderedDict
from collections.abc import Callable

from sandbox._tasks import Tasks
from sandbox.discord.errors import refusal
from sandbox.discord.interactions.model import (
    SECONDS_TO_ACKNOWLEDGE,
    TOKEN_SECONDS,
    Context,
    Interaction,
    InteractionType,
)
from sandbox.discord.interactions.payloads import interaction_create
from sandbox.discord.model import Application, Channel, ChannelType, Json, Message, User
from sandbox.discord.state import World

UNKNOWN_INTERACTION = 10062
UNKNOWN_WEBHOOK = 10015
ALREADY_ACKNOWLEDGED = 40060
INVALID_TOKEN = 50027
_KEPT = 20_000


class Interactions:
    """All that were opened, by token.

    installed  ids of people who have the application installed for themselves; where the bot is
               no member, whoever uses it counts as one of them
    """

    def __init__(self, world: World, tasks: Tasks) -> None:
        self.world = world
        self.installed: set[int] = set()
        self._tasks = tasks
        self._by_token: OrderedDict[str, Interaction] = OrderedDict()

    def open(
        self,
        kind: InteractionType,
        *,
        application: Application,
        user: User,
        channel: Channel,
        data: Json,
        command: Json | None = None,
        source: Message | None = None,
        parent: Interaction | None = None,
        target_user: User | None = None,
        target_message: Message | None = None,
    ) -> Interaction:
        """Somebody does something: the application is told, and has three seconds to answer."""
        snowflake = self.world.snowflakes.next()
        interaction = Interaction(
            id=snowflake,
            token=_new_token(snowflake),
            type=kind,
            application=application,
            user=user,
            channel=channel,
            guild=channel.guild,
            context=context_of(application, channel),
            owners=self._owners(application, user, channel, command),
            started=self.world.clock.monotonic(),
            data=data,
            command=command,
            source=source,
            parent=parent,
            target_user=target_user,
            target_message=target_message,
        )
        self._by_token[interaction.token] = interaction
        if len(self._by_token) > _KEPT:
            self._by_token.popitem(last=False)
        self._tasks.spawn(self._expect_answer(interaction), name=f"interaction {snowflake}")
        payload = interaction_create(self.world, interaction)
        self.world.dispatch("INTERACTION_CREATE", payload, guild=channel.guild, to=application)
        self.world.touch()
        return interaction

    def all(self, belongs: Callable[[Interaction], bool]) -> list[Interaction]:
        return [interaction for interaction in self._by_token.values() if belongs(interaction)]

    def unanswered(self, interaction_id: int, token: str) -> Interaction:
        """The interaction that a callback answers.

        Raises:
            ApiError: 10062 for an unknown one or after three seconds, 40060 for the second answer.
        """
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id:
            raise refusal(UNKNOWN_INTERACTION)
        if interaction.callback is not None:
            raise refusal(ALREADY_ACKNOWLEDGED)
        if interaction.failed or self._age(interaction) > SECONDS_TO_ACKNOWLEDGE:
            raise refusal(UNKNOWN_INTERACTION)
        return interaction

    def answered(self, application_id: int, token: str) -> Interaction:
        """The interaction whose token stands in a webhook's path.

        Raises:
            ApiError: 50027 after fifteen minutes; 10015 for a token that was never given to this
                application or has nothing acknowledged yet.
        """
        interaction = self._by_token.get(token)
        if interaction is None or interaction.application.id != application_id:
            raise refusal(UNKNOWN_WEBHOOK)
        if self._age(interaction) > TOKEN_SECONDS:
            raise refusal(INVALID_TOKEN)
        return interaction

    def _age(self, interaction: Interaction) -> float:
        return self.world.clock.monotonic() - interaction.started

    async def _expect_answer(self, interaction: Interaction) -> None:
        await self.world.clock.sleep(SECONDS_TO_ACKNOWLEDGE)
        if interaction.callback is None:
            interaction.failed = True
            self.world.touch()

    def _owners(
        self, application: Application, user: User, channel: Channel, command: Json | None
    ) -> dict[str, str]:
        """Installations that let this happen: "0" the server's, "1" the person's.

        In the bot's own direct messages the server's id is "0".
        """
        allowed = command["integration_types"] if command is not None else [0, 1]
        owners: dict[str, str] = {}
        if 0 in allowed:
            if channel.guild is not None and application.bot.id in channel.guild.members:
                owners["0"] = str(channel.guild.id)
            elif context_of(application, channel) is Context.BOT_DM:
                owners["0"] = "0"
        if 1 in allowed and (not owners or user.id in self.installed):
            owners["1"] = str(user.id)
        return owners


def context_of(application: Application, channel: Channel) -> Context:
    if channel.guild is not None:
        return Context.GUILD
    with_bot = channel.type is ChannelType.DM and application.bot in channel.recipients
    return Context.BOT_DM if with_bot else Context.PRIVATE_CHANNEL


def _new_token(snowflake: int) -> str:
    """Opaque to bots; Discord's own hold the interaction's id, too."""
    text = f"interaction:{snowflake}:{secrets.token_urlsafe(48)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
