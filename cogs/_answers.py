"""All answers that are being shown: which, by what means, and until when."""

import asyncio
import logging
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.conversations import InteractionToken, LiveTurn, Turn, TurnState, TurnView
from bot.domain.errors import StorageError
from bot.domain.ids import MessageId, SourceId, TurnId
from bot.tasks import spawn
from bot.texts import texts_for
from cogs._delivery import Delivery
from cogs._posts import Posts
from cogs._pump import Pump
from cogs._question_threads import open_thread
from cogs._slots import Desk
from cogs._taking_back import take_back
from cogs._views import ANSWER_BUTTONS, Cooldown

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from bot.client import Bot

log = logging.getLogger(__name__)

_LOCKS_KEPT = 1000
MENDING_S = 30.0
CEASING_S = 10.0


@dataclass(frozen=True, slots=True)
class _New:
    """A question asked just now: all there is of its answer is this token."""

    token: InteractionToken | None


class Answers:
    """Owned by the bot. Deliveries of one turn wait for each other, those of two never."""

    def __init__(self, bot: "Bot") -> None:
        self._bot = bot
        self._conversations = bot.services.conversations
        self._clock = bot.services.clock
        self._desk = Desk(
            self._conversations,
            Posts(lambda: bot.http.token or ""),
            Pump(self._clock),
            self._clock,
        )
        self.cooldown = Cooldown()
        self._locks: dict[TurnId, asyncio.Lock] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._deliveries: dict[TurnId, Delivery] = {}
        self._expected: Counter[SourceId | TurnId] = Counter()
        bot.add_dynamic_items(*ANSWER_BUTTONS)

    @property
    def limited(self) -> int:
        """How many of our requests Discord refused with 429 since the start."""
        return self._desk.pump.limited

    @contextmanager
    def expecting(self, source: SourceId | TurnId) -> Generator[None]:
        """While an acknowledgement travels: whoever waits for it will show the turn itself.

        An answer may end before Discord has taken the acknowledgement; until then its token seems
        to have ended. `source` is the question's where it is new, and the turn where one exists:
        snowflakes and our own small numbers are never the same.
        """
        self._expected[source] += 1
        try:
            yield
        finally:
            self._expected[source] -= 1
            if self._expected[source] == 0:
                del self._expected[source]

    def follow(self, live: LiveTurn) -> None:
        """Show this turn until its end, then its buttons. Returns at once."""
        turn = live.snapshot().turn
        self._spawn(self._follow(live, turn.id), f"show-{turn.id}")

    def follow_new(self, live: LiveTurn, token: InteractionToken | None) -> None:
        """The same for a question asked just now, of which nothing is to be looked up."""
        turn = live.snapshot().turn
        self._spawn(self._follow(live, turn.id, _New(token)), f"show-{turn.id}")

    async def show(self, view: TurnView) -> None:
        """Render an ended turn anew: another page, or the rest behind a button."""
        async with self._lock(view.turn.id):
            await self._show(view)

    async def resume(self, turn: TurnId) -> None:
        """Go on with a turn after a press brought a new token: live, or its end."""
        live = self._conversations.live(turn)
        if live is not None and not live.snapshot().state.ended:
            self.follow(live)
        else:
            view = await self._conversations.view(turn)
            self._spawn(self.show(view), f"show-{turn}")

    async def take_back(self, turn: Turn) -> int:
        """Remove an answer from Discord; how many of its messages stay as they were.

        The journal knows that it is to be removed: a restart in between ends it.
        """
        await self._cease(turn.id)
        return await self._remove(turn)

    async def _remove(self, turn: Turn) -> int:
        posts = await self._conversations.posts(turn.id)
        left = await take_back(self._bot, posts, texts_for(turn.locale))
        await self._conversations.removed(turn.id)
        return left

    async def _cease(self, turn: TurnId) -> None:
        """Post nothing more of this turn, and return once all that was posted is written down."""
        if delivery := self._deliveries.get(turn):
            delivery.cease()
        done = asyncio.ensure_future(self._settled(turn))
        patience = asyncio.ensure_future(self._clock.sleep(CEASING_S))
        await asyncio.wait({done, patience}, return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        done.cancel()

    def show_soon(self, view: TurnView) -> None:
        self._spawn(self.show(view), f"show-{view.turn.id}")

    async def keep_mending(self) -> None:
        """From READY on: show every ended turn whose end nobody has seen.

        Again and again, because another process on the same database may die at any time, and
        because Discord or the database may have been away the first time.
        """
        while True:
            try:
                await self.mend()
            except StorageError as error:
                log.warning("Nothing mended: %s", type(error).__name__)
            except Exception:  # a mistake of ours must not end this for good
                log.exception("Nothing mended")
            await self._clock.sleep(MENDING_S)

    async def mend(self) -> None:
        before = set(self._expected)
        for view in await self._conversations.unshown():
            turn = view.turn
            if not {turn.source, turn.id}.isdisjoint(before | set(self._expected)):
                continue
            lock = self._locks.get(turn.id)
            if lock is None or not lock.locked():  # else it is being shown right now
                self._spawn(self._mend(view), f"mend-{turn.id}")

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109  by our clock
        """Give what is on its way up to `timeout` seconds, then stop; the next start mends it."""
        patience = asyncio.ensure_future(self._clock.sleep(timeout))
        while self._running and not patience.done():
            await asyncio.wait({*self._running, patience}, return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        for task in [*self._running]:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._desk.posts.close()

    async def _follow(self, live: LiveTurn, turn: TurnId, new: _New | None = None) -> None:
        async with self._lock(turn):
            if new is None:
                posts = await self._conversations.posts(turn)
                token = await self._conversations.token(turn)
            else:
                posts, token = (), new.token
            view = live.snapshot()
            delivery = Delivery(
                self._desk,
                view,
                token=token,
                posts=posts,
                reply_to=_asked_by_message(view, token) if not posts else None,
            )
            with self._at_work(turn, delivery):
                await delivery.follow(live)
        await open_thread(self._bot, live.snapshot())

    async def _show(self, view: TurnView) -> None:
        turn = view.turn.id
        delivery = Delivery(
            self._desk,
            view,
            token=await self._conversations.token(turn),
            posts=await self._conversations.posts(turn),
            series=f".{int(self._clock.now().timestamp()):x}",
        )
        with self._at_work(turn, delivery):
            await delivery.show()

    async def _mend(self, view: TurnView) -> None:
        turn = view.turn.id
        async with self._lock(turn):
            if view.turn.state in (TurnState.UNDONE, TurnState.ERASED):
                await self._remove(view.turn)
                return
            token = await self._conversations.token(turn)
            posts = await self._conversations.posts(turn)
            reachable = not view.turn.private and not view.turn.place.startswith("install:")
            if token is None and not reachable:
                log.info("Turn %d was private and can't be reached any more", turn)
                await self._conversations.shown(turn)
                return
            delivery = Delivery(self._desk, view, token=token, posts=posts)
            with self._at_work(turn, delivery):
                await delivery.mend()
        await open_thread(self._bot, view)

    async def _settled(self, turn: TurnId) -> None:
        async with self._lock(turn):
            pass

    @contextmanager
    def _at_work(self, turn: TurnId, delivery: Delivery) -> Generator[Delivery]:
        self._deliveries[turn] = delivery
        try:
            yield delivery
        finally:
            del self._deliveries[turn]

    def _lock(self, turn: TurnId) -> asyncio.Lock:
        if len(self._locks) > _LOCKS_KEPT:
            self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}
        return self._locks.setdefault(turn, asyncio.Lock())

    def _spawn(self, work: "Coroutine[Any, Any, None]", name: str) -> None:
        task = spawn(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _asked_by_message(view: TurnView, token: InteractionToken | None) -> MessageId | None:
    """The message to reply to: a turn's source, where no interaction brought it.

    None in the thread that was opened for the question: it stands on top of it already.
    """
    if view.turn.channel == int(view.turn.source):
        return None
    if token is not None or view.turn.private or view.turn.place.startswith("install:"):
        return None
    return MessageId(int(view.turn.source))
