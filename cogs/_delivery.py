"""One answer on its way into Discord: what is wanted, what is there, and the next request between.

There is no plan to lose: after every answer of Discord the next step is found by comparing what the
messages are to be with what they are. So a limit, a fault or a restart changes when, never what.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.domain.conversations import InteractionToken, LiveTurn, Post, Turn, TurnState, TurnView
from bot.domain.errors import BotError
from bot.domain.ids import ChannelId, MessageId
from bot.tasks import spawn
from cogs._layout import Layout, as_file, has_link
from cogs._means import Means, Then
from cogs._outcomes import Limited, Outcome, Refusal, Refused, Shown, Unclear
from cogs._posts import Body
from cogs._pump import Ticket, Urgency, pause
from cogs._slots import Desk, Slot, look, over

log = logging.getLogger(__name__)

TOKEN_RESERVE_S = 30  # a token is left this long before it ends
THINKING_AFTER_S = 2.0  # until then Discord's own "thinking..." says it
TYPING_EVERY_S = 8.0  # shown for ten
TYPING_AGAIN_S = 1.0  # where answers need all that Discord allows
_BACKOFF_S = (0.5, 1, 2, 4, 8, 15, 30)
_TRIES = 20


class Delivery:
    """Shows one turn.

    token     edits by it for as long as it lives; None for answers to messages and after a restart
    posts     the messages of this answer that there are already
    reply_to  the message that asked, if one did
    series    makes the nonces of a later rendering different from the first's
    """

    def __init__(
        self,
        desk: Desk,
        view: TurnView,
        *,
        token: InteractionToken | None,
        posts: Sequence[Post] = (),
        reply_to: MessageId | None = None,
        series: str = "",
    ) -> None:
        self._desk = desk
        self._view = view
        self._turn: Turn = view.turn
        self._means = Means(view.turn, token=token, posts=posts, reply_to=reply_to, series=series)
        self._by_message = reply_to is not None
        self._layout = Layout()
        self._ticket = Ticket()
        self._changed = asyncio.Event()
        self._started = desk.clock.monotonic()
        self._tries = 0
        self._ending_only = False
        self._mends = False
        self._asks_again = False
        self._over = False
        self._live: LiveTurn | None = None

    async def follow(self, live: LiveTurn) -> None:
        """Show the turn until its end."""
        self._live = live
        watching = spawn(self._watch(live), name=f"watch-{self._turn.id}")
        typing = spawn(self._type(), name=f"type-{self._turn.id}") if self._by_message else None
        try:
            await self._run()
        finally:
            watching.cancel()
            if typing is not None:
                typing.cancel()

    async def show(self) -> None:
        """Show an ended turn as it is now."""
        self._ticket.urgency = Urgency.LAST
        await self._run()

    async def mend(self) -> None:
        """The same after a restart. What an interrupted answer shows stays as it is."""
        # A kill between Discord's answer and ours writing it down leaves text in the original, and
        # parts that nobody knows of.
        self._mends = True
        await self._find_lost()
        there = bool(self._means.slots) or self._means.original_free
        self._ending_only = self._view.state is TurnState.INTERRUPTED and there
        await self.show()

    def cease(self) -> None:
        """Begin no further request: the answer was taken back."""
        self._over = True
        self._ticket.hurry(Urgency.LAST)
        self._changed.set()

    # What is wanted

    async def _run(self) -> None:
        while not self._over:
            self._look()
            self._mind_the_token()
            wanted = self._wanted()
            part = next((i for i, body in enumerate(wanted) if self._differs(i, body)), None)
            if part is not None and part < len(self._means.slots) and not self._means.may_edit:
                await (self._remove_last() if self._view.state.ended else self._wait())
            elif part is not None:
                await self._put(part)
            elif wanted and len(self._means.slots) > len(wanted):
                await self._remove_last()
            elif self._asks_again:
                break  # the press of "Show the rest" starts a new delivery
            elif self._view.state.ended:
                await self._finish()
            else:
                await self._wait()
        if self._means.token is not None:
            self._desk.pump.forget(("token", self._means.token.token))

    def _look(self) -> None:
        """Only when something is to be done: an answer grows far more often than it is edited."""
        if self._live is not None:
            self._view = self._live.snapshot()

    def _wanted(self) -> Sequence[Body | None]:
        view = self._view
        if self._ending_only:
            room = self._means.room
            apart = not room.embeds or any(has_link(text) for text in view.texts)
            ending = self._layout.ending(view, apart=apart, room=room)
            return [*([None] * (len(self._means.slots) - (not apart))), ending]
        if self._means.as_file and view.state.ended:
            return [as_file(view, view.texts[min(view.turn.choice, len(view.texts) - 1)])]
        if not (view.state.ended or any(view.texts) or self._worth_saying(view)):
            return []
        posted = len(self._means.slots) or int(self._means.original_free)
        return self._layout.bodies(
            view, posted=posted, room=self._means.room, ask_again=self._asks_again
        )

    def _worth_saying(self, view: TurnView) -> bool:
        """Before the first text: a place in the queue at once, "thinking" when it takes long."""
        if view.place > 0 or self._means.slots or self._asks_again:
            return True
        if view.heard or view.files:
            return True
        if view.progress is not None and view.progress.of > 1:
            return True
        waited = self._desk.clock.monotonic() - self._started
        return not self._by_message and waited >= THINKING_AFTER_S

    def _differs(self, part: int, body: Body | None) -> bool:
        if body is None:
            return False
        if part >= len(self._means.slots):
            return True
        shown = self._means.slots[part].shown
        return shown is None or look(shown) != look(body)

    def _mind_the_token(self) -> None:
        """Before the token ends: on by ordinary messages, or behind a button."""
        if self._means.token is None or self._token_left() > 0:
            return
        if self._means.may_speak:
            self._means.token = None
        elif not self._view.state.ended:
            self._asks_again = True

    def _token_left(self) -> float:
        assert self._means.token is not None  # noqa: S101  asked only while there is one
        left = (self._means.token.expires_at - self._desk.clock.now()).total_seconds()
        return left - TOKEN_RESERVE_S

    # Doing it

    async def _put(self, part: int) -> None:
        new = part >= len(self._means.slots)
        original = new and part == 0 and self._means.original_free
        token = self._means.token
        by_token = token is not None and (new or self._means.slots[part].by_token)
        sent: list[Body] = []

        async def request() -> Outcome:
            self._look()
            wanted = self._wanted()  # by now there may be more of it
            if new and part >= len(wanted):
                return Shown()  # or less: it ended, and goes as a file; nothing is sent
            body = (wanted[part] if part < len(wanted) else None) or Body()
            sent.append(body)
            by = token if by_token else None
            attempt = self._view.turn.attempt
            return await self._means.put(self._desk.posts, part, body, by, attempt=attempt)

        kind = "POST" if new and not original else "PATCH"
        outcome = await self._send(kind, request, token if by_token else None)
        if isinstance(outcome, Shown) and not sent:
            return
        if isinstance(outcome, Shown):
            await self._shown(part, sent[0], outcome, by_token=by_token)
        elif isinstance(outcome, Unclear) and by_token and new and not original:
            await self._look_for(sent[0])
        else:
            await self._failed(outcome, part, sent[0], by_token=by_token)

    async def _send(
        self, kind: str, request: Callable[[], Awaitable[Outcome]], token: InteractionToken | None
    ) -> Outcome:
        lane = ("token", token.token) if token is not None else ("channel", self._turn.channel)
        place = self._turn.guild or self._turn.channel
        if self._view.state.ended or self._asks_again:
            self._ticket.urgency = Urgency.LAST
        return await self._desk.pump.send(
            lane, kind, self._ticket, request, place=place, by_bot=token is None
        )

    async def _shown(self, part: int, body: Body, outcome: Shown, *, by_token: bool) -> None:
        sent_before, self._tries = self._mends or self._tries > 0, 0
        if self._ticket.urgency is Urgency.FIRST and any(self._view.texts):
            self._ticket.urgency = Urgency.INTERIM
        if part < len(self._means.slots):
            self._means.slots[part].shown = over(self._means.slots[part].shown, body)
            return
        if outcome.message is None:
            await self._back_off()
            return
        known: Body | None = body
        if sent_before and not by_token:
            # Its nonce may have brought the message of an earlier try, as that one wanted it.
            known = None
            self._ending_only |= self._mends and self._view.state is TurnState.INTERRUPTED
        await self._adopt(outcome.message, outcome.channel, known, by_token=by_token)

    async def _adopt(
        self, message: MessageId, channel: ChannelId | None, body: Body | None, *, by_token: bool
    ) -> None:
        """Written down before the next one is sent."""
        original, self._means.original_free = self._means.original_free, False
        slot = Slot(message, channel or self._turn.channel, by_token, body, original=original)
        self._means.slots.append(slot)
        post = Post(part=len(self._means.slots) - 1, channel=slot.channel, message=message)
        await self._write_down(self._desk.book.posted(self._turn.id, post))

    async def _find_lost(self) -> None:
        slots = self._means.slots
        if not self._means.may_speak:
            return
        if not slots and self._means.token is None:
            turn = self._turn
            first = await self._desk.posts.first(turn.channel, turn.id, turn.source)
            if first is not None:
                await self._adopt(first, None, None, by_token=False)
        if not slots:
            return
        channel, known = slots[0].channel, [slot.message for slot in slots]
        for message in await self._desk.posts.lost(channel, self._turn.id, known):
            await self._adopt(message, channel, None, by_token=False)

    async def _remove_last(self) -> None:
        slot = self._means.slots[-1]
        token = self._means.token if slot.by_token else None

        async def request() -> Outcome:
            return await self._means.remove_last(self._desk.posts, token)

        outcome = await self._send("DELETE", request, token)
        if isinstance(outcome, Limited):
            return
        if isinstance(outcome, Unclear) and self._tries < len(_BACKOFF_S):
            await self._back_off()
            return
        self._tries = 0
        self._means.slots.pop()
        if isinstance(outcome, Refused) and outcome.why is Refusal.NO_ACCESS:
            return  # it is still there, and its buttons are to work once the bot may show more
        await self._write_down(self._desk.book.unposted(self._turn.id, len(self._means.slots)))

    # What may go wrong

    async def _failed(self, outcome: Outcome, part: int, sent: Body, *, by_token: bool) -> None:
        if isinstance(outcome, Unclear):
            await self._back_off()
        if not isinstance(outcome, Refused):
            return  # limited: the pump waits it out
        ended = self._view.state.ended
        then = self._means.refused(outcome, part, sent, by_token=by_token, ended=ended)
        if then is Then.WAIT:
            await self._wait()
        elif then is Then.GIVE_UP:
            await self._give_up(f"{outcome.why.name}, code {outcome.code}")

    async def _back_off(self) -> None:
        """After an unclear answer. Edits, and posts with a nonce, may be sent again."""
        wait = _BACKOFF_S[min(self._tries, len(_BACKOFF_S) - 1)]
        self._tries += 1
        if self._tries > _TRIES and self._view.state.ended:
            log.warning("Turn %d: Discord can't be reached; left for later", self._turn.id)
            self._over = True
            return
        await self._desk.clock.sleep(wait)

    async def _look_for(self, body: Body) -> None:
        """A follow-up that may or may not be there. Never sent again: it would be there twice."""
        last = self._means.slots[-1] if self._means.slots else None
        if (
            self._means.token is None
            or last is None
            or not self._means.may_speak
            or not body.content
        ):
            self._asks_again = True
            return
        for wait in _BACKOFF_S[:4]:
            await self._desk.clock.sleep(wait)
            found = await self._desk.posts.find(
                self._turn.channel,
                after=last.message,
                content=body.content,
                application=self._means.token.application,
            )
            if found is None:
                continue  # not there, or not yet
            if not isinstance(found, Unclear):
                await self._adopt(found, self._turn.channel, body, by_token=True)
                return
            if found.status is not None and found.status < 500:  # noqa: PLR2004  may not look
                self._asks_again = True
                return
        self._means.token = None  # from here by ordinary messages, which a nonce keeps single

    async def _give_up(self, why: str) -> None:
        log.warning("Turn %d can't be shown any more: %s", self._turn.id, why)
        await self._finish()

    async def _write_down(self, writing: Awaitable[None]) -> None:
        """A database that fails must not keep people from seeing the rest of the answer."""
        try:
            await writing
        except BotError as error:
            log.warning("Turn %d: what is shown was not written down: %r", self._turn.id, error)

    async def _finish(self) -> None:
        self._over = True
        await self._write_down(self._desk.book.shown(self._turn.id))

    # Waiting

    async def _wait(self) -> None:
        """Until there is something new, or it is time to say something by ourselves."""
        clock = self._desk.clock
        pauses = [THINKING_AFTER_S - (clock.monotonic() - self._started)]
        if self._means.token is not None:
            pauses.append(self._token_left())
        until = min((p for p in pauses if p > 0), default=60.0)
        noticing = spawn(self._notice(self._live), name="notice") if self._live else None
        try:
            await pause(clock, until, unless=self._changed)
        finally:
            if noticing is not None:
                noticing.cancel()
        self._changed.clear()

    async def _notice(self, live: LiveTurn) -> None:
        await live.changed(after=self._view.version)
        self._changed.set()

    async def _watch(self, live: LiveTurn) -> None:
        """Whoever waits for the next edit hears of the end, and of nothing before it."""
        await live.until_ended()
        self._ticket.hurry(Urgency.LAST)
        self._changed.set()

    async def _type(self) -> None:
        """Show that the bot types, until the first text is there."""
        while not self._means.slots and not self._over:
            if not self._desk.pump.spare():
                await self._desk.clock.sleep(TYPING_AGAIN_S)
                continue
            if isinstance(await self._desk.posts.typing(self._turn.channel), Refused):
                return
            await self._desk.clock.sleep(TYPING_EVERY_S)
