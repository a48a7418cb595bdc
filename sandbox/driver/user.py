"""One person and everything that they can do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from typing_extensions import override

from sandbox.discord.components import with_custom_id
from sandbox.discord.interactions.model import Interaction, InteractionType
from sandbox.discord.interactions.resolved import Entity, resolved
from sandbox.discord.model import Application, Channel, Json, MessageFlag
from sandbox.discord.model import Message as StoredMessage
from sandbox.discord.model import User as StoredUser
from sandbox.discord.server import DiscordServer
from sandbox.discord.validation.controls import BUTTON
from sandbox.driver.availability import Availability
from sandbox.driver.errors import ClientRefused
from sandbox.driver.forms import Form
from sandbox.driver.invocation import DID_NOT_RESPOND, Choice, Invocation
from sandbox.driver.managing import Managing
from sandbox.driver.messages import Message
from sandbox.driver.options import OptionValues, leaf, nested
from sandbox.driver.places import Place, Places, group
from sandbox.driver.selecting import picked
from sandbox.driver.speaking import Speaking
from sandbox.driver.uploads import Upload
from sandbox.driver.waiting import until

T = TypeVar("T")
CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
GENERAL = "general"


class User(Speaking, Managing):
    """`user` is the person in the world; `application` the bot whose commands are used."""

    def __init__(
        self, discord: DiscordServer, user: StoredUser, application: Application | None = None
    ) -> None:
        self.discord = discord
        self.world = discord.world
        self.user = user
        self.application = application or discord.application
        self.places = Places(self.world, self.application, user)
        self._available = Availability(self.world, discord.commands, self.application, user)
        self._dismissed: set[int] = set()

    @override
    def __repr__(self) -> str:
        return f"<User {self.name}>"

    @property
    def name(self) -> str:
        return self.user.username

    @property
    def id(self) -> int:
        return self.user.id

    # Application commands

    def commands(self, channel: Place = GENERAL) -> list[Json]:
        """What the client offers in that channel, as registered."""
        place = self.places.channel(channel)
        return self._available.offered(place)

    async def can_use(self, command: str, *, channel: Place = GENERAL) -> None:
        """Wait until the bot is online and has registered the command here."""
        connected = self.discord.gateway.until_ready()
        names = command.split()[:1]

        def offered() -> bool:
            known = {one["name"] for one in self.commands(channel)}
            return bool(connected()) and (command in known or names[0] in known)

        await until(self.world, offered, f"/{command} for {self.name}")

    async def slash(
        self,
        command: str,
        /,
        *,
        channel: Place = GENERAL,
        options: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> Invocation:
        """Type a slash command. `options` are for those whose names are arguments here.

        Raises:
            ClientRefused: the client would not send it, with the reason.
        """
        place = self.places.channel(channel)
        found, known, nesting = self._command(command, place)
        values = OptionValues(self.world, self.places, place)
        sent = values.all(known, {**named, **(options or {})})
        data = self._data(found, nested(nesting, sent), values.entities, place)
        kind = InteractionType.APPLICATION_COMMAND
        return self._open(kind, place, data, command=found)

    async def autocomplete(
        self,
        command: str,
        option: str,
        typed: str,
        /,
        *,
        channel: Place = GENERAL,
        options: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> list[Choice]:
        """The suggestions for what was typed so far.

        Raises:
            ClientRefused: the option has no autocomplete.
            NoAnswer: "Loading options failed".
        """
        place = self.places.channel(channel)
        found, known, nesting = self._command(command, place)
        focused = next((one for one in known if one["name"] == option), None)
        if focused is None or not focused.get("autocomplete"):
            raise ClientRefused(f"{option!r} of /{command} has no autocomplete")
        values = OptionValues(self.world, self.places, place)
        given = {**named, **(options or {})}
        others = [one for one in known if one["name"] in given]
        sent = values.all(others, given)
        kind = focused["type"]
        sent.append({"name": option, "type": kind, "value": typed, "focused": True})
        data = self._data(found, nested(nesting, sent), values.entities, place)
        asked = self._open(InteractionType.AUTOCOMPLETE, place, data, command=found)
        await asked.until(lambda one: one.interaction.callback, "suggestions")
        return [self._choice(one) for one in asked.interaction.choices or []]

    async def message_menu(self, name: str, message: Message) -> Invocation:
        """Apps -> name, in the menu of a message."""
        channel = message.stored.channel
        found = self._available.find(MESSAGE_MENU, name, channel)
        data = self._data(found, None, [message.stored], channel)
        data["target_id"] = str(message.id)
        kind = InteractionType.APPLICATION_COMMAND
        return self._open(kind, channel, data, command=found, target_message=message.stored)

    async def user_menu(
        self, name: str, user: str | int | StoredUser, *, channel: Place = GENERAL
    ) -> Invocation:
        """Apps -> name, in the menu of a person."""
        place = self.places.channel(channel)
        target = self.places.user(user)
        found = self._available.find(USER_MENU, name, place)
        data = self._data(found, None, [target], place)
        data["target_id"] = str(target.id)
        kind = InteractionType.APPLICATION_COMMAND
        return self._open(kind, place, data, command=found, target_user=target)

    def _command(self, command: str, channel: Channel) -> tuple[Json, list[Json], list[Json]]:
        """The command, the options of the (sub)command, and the nesting to it."""
        name, *path = command.split()
        found = self._available.find(CHAT_INPUT, name.removeprefix("/"), channel)
        known, nesting = leaf(found, path)
        return found, known, nesting

    def _data(
        self, command: Json, options: list[Json] | None, entities: list[Entity], channel: Channel
    ) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        if options is not None:
            data["options"] = options
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        if entities:
            data["resolved"] = self._resolved(entities, channel)
        return data

    def _resolved(self, entities: list[Entity], channel: Channel) -> Json:
        return resolved(self.world, entities, guild=channel.guild, user=self.user)

    def _choice(self, choice: Json) -> Choice:
        translations: Json = choice.get("name_localizations") or {}
        return Choice(str(translations.get(self.user.locale, choice["name"])), choice["value"])

    # Components and forms

    async def press(self, message: Message, button: str) -> Invocation:
        """A button by its label or custom_id.

        Raises:
            ClientRefused: there is none, it is disabled, or it only opens an address.
        """
        control = message.button(button)
        if control is None:
            labels = [one.label for one in message.buttons]
            raise ClientRefused(f"there is no button {button!r}; there are {labels}")
        if control.disabled or not control.custom_id:
            raise ClientRefused(f"the button {button!r} sends nothing: {control.raw}")
        data = {"component_type": BUTTON, "custom_id": control.custom_id}
        return self._use(message, data | {"id": control.raw["id"]})

    async def choose(
        self, message: Message, select: str, chosen: str | int | Sequence[Any]
    ) -> Invocation:
        """Values of a select, which is named by its custom_id or placeholder."""
        control = message.select(select)
        if control is None:
            raise ClientRefused(f"there is no select {select!r}")
        if control.disabled:
            raise ClientRefused(f"the select {select!r} is disabled")
        wanted = [chosen] if isinstance(chosen, str | int) else list(chosen)
        values = OptionValues(self.world, self.places, message.stored.channel)
        data: Json = {
            "component_type": control.type,
            "custom_id": control.custom_id,
            "id": control.raw["id"],
            "values": picked(control.raw, wanted, values),
        }
        if values.entities:
            data["resolved"] = self._resolved(values.entities, message.stored.channel)
        return self._use(message, data)

    async def submit(self, form: Form, fields: Mapping[str, Any] | None = None) -> Invocation:
        """Send a form; fields by label or custom_id, the others as they stand."""
        parent = form.interaction
        values = OptionValues(self.world, self.places, parent.channel)
        data = form.data(fields or {}, values)
        if values.entities:
            data["resolved"] = self._resolved(values.entities, parent.channel)
        kind = InteractionType.MODAL_SUBMIT
        return self._open(kind, parent.channel, data, parent=parent, source=parent.source)

    def _use(self, message: Message, data: Json) -> Invocation:
        stored = message.stored
        if message.deleted or not self._sees(stored):
            raise ClientRefused(f"{self.name} does not see {message!r}")
        if with_custom_id(stored.components, data["custom_id"]) is None:
            raise ClientRefused("the component is gone")
        application = self.world.applications[stored.application_id or stored.author.id]
        kind = InteractionType.MESSAGE_COMPONENT
        return self._open(kind, stored.channel, data, source=stored, application=application)

    def _open(self, kind: InteractionType, channel: Channel, data: Json, **more: Any) -> Invocation:
        more.setdefault("application", self.application)
        opened: Interaction = self.discord.interactions.open(
            kind, user=self.user, channel=channel, data=data, **more
        )
        return Invocation(self.world, opened)

    # What one has and sees

    def upload(
        self, name: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> Upload:
        """A file for an attachment option, a form, or a message."""
        return Upload(name, data, content_type)

    def group(self, *others: str, name: str = "group") -> Channel:
        """Open a group conversation with other people; pass it as `channel`."""
        people = [self.places.user(one) for one in others]
        return group(self.world, self.user, people, name)

    def sees(self, channel: Place = GENERAL) -> list[Message]:
        """Everything this person sees there now, oldest first.

        Own ephemeral messages, placeholders and "The application did not respond" included.
        """
        try:
            place = self.places.channel(channel)
        except ClientRefused:
            return []
        seen = [self._message(one) for one in place.messages.values() if self._sees(one)]
        return sorted([*seen, *self._notices(place)], key=lambda message: message.id)

    def sees_one(self, message_id: int, channel: Place = GENERAL) -> Message | None:
        """One of what `sees` gives; None where it is not among them."""
        try:
            place = self.places.channel(channel)
        except ClientRefused:
            return None
        stored = place.messages.get(message_id)
        if stored is not None:
            return self._message(stored) if self._sees(stored) else None
        return next((one for one in self._notices(place) if one.id == message_id), None)

    def only_seen_by_them(self, channel: Place = GENERAL) -> list[Message]:
        """What comes and goes there without an event: ephemeral messages and notices."""
        place = self.places.channel(channel)
        own = [one for one in place.messages.values() if one.ephemeral_for == self.user.id]
        return [*(self._message(one) for one in own if self._sees(one)), *self._notices(place)]

    def _notices(self, place: Channel) -> list[Message]:
        failed = self.discord.interactions.all(
            lambda one: one.failed and one.user is self.user and one.channel is place
        )
        return [self._notice(one) for one in failed if one.id not in self._dismissed]

    async def until(
        self,
        channel: Place,
        look: Callable[[list[Message]], T | None],
        what: str = "what was waited for",
    ) -> T:
        """The first true value of `look(self.sees(channel))`; an empty channel is a `[]` to it."""

        def condition() -> T | None:
            return look(self.sees(channel))

        try:
            return await until(self.world, condition, what)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; {self.name} sees {self.sees(channel)}") from None

    async def reply_from_bot(self, message: Message) -> Message:
        """The first message of the application after this one, in the same channel."""
        place = message.stored.channel

        def look() -> Message | None:
            for one in self.sees(place):
                by_bot = one.stored.author is self.application.bot
                if one.id > message.id and by_bot and not one.thinking and not one.failed:
                    return one
            return None

        return await until(self.world, look, f"a reply to {message!r}")

    def _sees(self, stored: StoredMessage) -> bool:
        if stored.id in self._dismissed:
            return False
        if stored.ephemeral_for is not None:
            return stored.ephemeral_for == self.user.id
        return self.world.can_see(stored.channel, self.user)

    def _message(self, stored: StoredMessage) -> Message:
        return Message(self.world, stored, self.user)

    def _notice(self, interaction: Interaction) -> Message:
        """The client's own red line under what was tried; on no server."""
        stored = StoredMessage(
            id=interaction.id,
            channel=interaction.channel,
            author=interaction.application.bot,
            timestamp=self.world.clock.now(),
            content=DID_NOT_RESPOND,
            flags=int(MessageFlag.EPHEMERAL),
            ephemeral_for=self.user.id,
        )
        return Message(self.world, stored, self.user, failed=True)
