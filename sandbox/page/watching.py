"""What one person sees of one channel, told as it changes: only what is new goes out."""

from collections.abc import Awaitable, Callable
from typing import cast

from sandbox.discord.model import Channel, Json
from sandbox.discord.server import DiscordServer
from sandbox.discord.state import Event
from sandbox.driver import ClientRefused, User
from sandbox.page.shown import shown_commands, shown_message, shown_state

GENERAL = "general"
Send = Callable[[Json], Awaitable[None]]
PAGE = 50  # messages at once, as Discord's client asks for them


class Watching:
    """`user` and `channel` can change at any time: `look` starts over with them."""

    def __init__(self, discord: DiscordServer, user: User, channel: Channel, send: Send) -> None:
        self.user = user
        self.channel = channel
        self._discord = discord
        self._send = send
        self._state: Json | None = None
        self._commands: list[Json] | None = None
        self._fresh = False  # the newest page has been sent
        self._changed: set[str] = set()
        self._typing: list[str] = []
        self._known: set[str] = set()  # notices and ephemeral ones, which can go without an event

    def look(self, user: User, channel: Channel) -> None:
        self.user, self.channel = user, channel
        self._fresh = False
        self._discord.world.touch()

    def page(self, before: str | None = None) -> Json:
        """The newest messages, or those before one; "more" tells whether there are older ones."""
        seen = self.user.sees(self.channel)
        if before is not None:
            seen = [one for one in seen if one.id < int(before)]
        shown = seen[-PAGE:]
        return {"messages": [shown_message(one) for one in shown], "more": len(seen) > PAGE}

    def state(self) -> Json:
        online = self._discord.gateway.until_ready()()
        return shown_state(self._discord.world, self.user, self.channel, online=online)

    async def run(self) -> None:
        """Until cancelled."""
        forget = self._discord.world.listen(self._happened)
        try:
            while True:
                await self._tell()
                await self._discord.world.until(_from_the_next_change())
        finally:
            forget()

    def _happened(self, event: Event) -> None:
        payload = event.payload
        if payload.get("channel_id") != str(self.channel.id):
            return
        if event.name == "TYPING_START":
            self._typing.append(str(payload["user_id"]))
        elif event.name.startswith("MESSAGE_REACTION"):
            self._changed.add(str(payload["message_id"]))
        elif event.name.startswith("MESSAGE_"):
            ids = cast("list[str]", payload.get("ids") or [payload.get("id")])
            self._changed.update(str(one) for one in ids)

    async def _tell(self) -> None:
        world = self._discord.world
        gone = world.channels.get(self.channel.id) is not self.channel
        if gone or not world.can_see(self.channel, self.user.user):
            self.look(self.user, home(self.user))
        state = self.state()
        commands = shown_commands(self.user.commands(self.channel), self.user.user.locale)
        if state != self._state:
            self._state = state
            await self._send({"state": state})
        if commands != self._commands:
            self._commands = commands
            await self._send({"commands": commands})
        if not self._fresh:
            self._fresh = True
            self._changed.clear()
            self._typing.clear()
            self._known = self._passing()
            await self._send({"page": self.page(), "channel": str(self.channel.id)})
            return
        await self._tell_changes()

    async def _tell_changes(self) -> None:
        passing = self._passing()
        changed = self._changed | (passing ^ self._known)
        self._changed, self._known = set(), passing
        if changed:
            looked = {one: self.user.sees_one(int(one), self.channel) for one in sorted(changed)}
            await self._send(
                {
                    "put": [shown_message(found) for found in looked.values() if found],
                    "gone": [one for one, found in looked.items() if found is None],
                    "channel": str(self.channel.id),
                }
            )
        typing, self._typing = self._typing, []
        for who in typing:
            await self._send({"typing": who})

    def _passing(self) -> set[str]:
        """Ids of what this person alone sees there and no event tells of."""
        return {str(one.id) for one in self.user.only_seen_by_them(self.channel)}


def home(user: User) -> Channel:
    """Where one is without having chosen: general, or with the bot where there is none to see."""
    try:
        return user.places.channel(GENERAL)
    except ClientRefused:
        return user.places.channel("@bot")


def _from_the_next_change() -> Callable[[], bool]:
    """False when first looked at, true after something changed."""
    looked = False

    def changed() -> bool:
        nonlocal looked
        looked, before = True, looked
        return before

    return changed
