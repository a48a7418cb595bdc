"""Discord's rules played by hand: nothing that could be known beforehand is ever refused."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from cogs._outcomes import Bucket, Limited, Outcome, Shown
from cogs._pump import PER_SECOND, Penalty, Pump, Ticket, Urgency
from tests.cogs.delivery.clocks import HandClock

LATENCY = 0.06


@dataclass
class ScriptedDiscord:
    """Fixed windows per lane, as Discord's; `together`: all kinds of request are counted as one."""

    clock: HandClock
    limit: int
    window: float
    together: bool = False
    global_limit: int = 50
    windows: dict[object, tuple[float, int]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    shown: dict[object, list[tuple[float, str]]] = field(default_factory=dict)
    refused: int = 0

    async def take(self, lane: object, kind: str, text: str, *, by_bot: bool) -> Outcome:
        await self.clock.sleep(LATENCY)
        now = self.clock.monotonic()
        if by_bot:
            self.seconds = [at for at in self.seconds if at > now - 1]
            if len(self.seconds) >= self.global_limit:
                self.refused += 1
                return Limited(retry_after=1.0, scope="global", everywhere=True)
            self.seconds.append(now)
        key = lane if self.together else (lane, kind)
        started, used = self.windows.get(key, (now, 0))
        if now >= started + self.window:
            started, used = now, 0
        left = started + self.window - now
        if used >= self.limit:
            self.refused += 1
            return Limited(retry_after=left, scope="user", everywhere=False)
        self.windows[key] = (started, used + 1)
        self.shown.setdefault(lane, []).append((now, text))
        await self.clock.sleep(LATENCY)
        return Shown(
            bucket=Bucket(
                name="b",
                limit=self.limit,
                remaining=self.limit - used - 1,
                reset_after=max(0.0, started + self.window - self.clock.monotonic()),
            )
        )


async def stream(
    pump: Pump,
    discord: ScriptedDiscord,
    lane: str,
    answer: str,
    *,
    tokens: int,
    by_bot: bool,
    kind: Callable[[int], str] = lambda _: "PATCH",
) -> None:
    """An answer of `tokens` words at 20 a second, shown by the pump."""
    clock = discord.clock
    start = clock.monotonic()
    ticket = Ticket()

    def words() -> int:
        return min(tokens, int((clock.monotonic() - start) * 20 + 1e-6))

    async def finish() -> None:
        await clock.sleep(tokens / 20 + 0.001)
        ticket.hurry(Urgency.LAST)

    finishing = asyncio.ensure_future(finish())
    sent = -1
    edits = 0
    while sent < tokens:
        if words() == sent:
            await clock.sleep(0.05)
            continue
        edits += 1
        asked: list[int] = []

        async def request(asked: list[int] = asked, edits: int = edits) -> Outcome:
            asked.append(words())
            return await discord.take(lane, kind(edits), f"{answer}:{asked[0]}", by_bot=by_bot)

        outcome = await pump.send(lane, kind(edits), ticket, request, place="guild", by_bot=by_bot)
        if isinstance(outcome, Shown):
            sent = asked[0]
            if ticket.urgency is Urgency.FIRST:
                ticket.urgency = Urgency.INTERIM
    await finishing


@pytest.mark.parametrize("window", [2.0, 5.0])
@pytest.mark.parametrize("together", [True, False])
async def test_no_edit_is_refused_and_the_last_one_leaves_at_once(
    window: float, *, together: bool
) -> None:
    clock = HandClock()
    discord = ScriptedDiscord(clock, 5, window, together)
    pump = Pump(clock)
    kinds = lambda edit: "POST" if edit % 7 == 0 else "PATCH"  # noqa: E731
    work = [
        asyncio.ensure_future(
            stream(pump, discord, f"t{i}", f"a{i}", tokens=197 + i, by_bot=False, kind=kinds)
        )
        for i in range(20)
    ]

    await clock.move(30)

    assert all(task.done() and task.exception() is None for task in work)
    assert discord.refused == 0
    for i in range(20):
        at, text = discord.shown[f"t{i}"][-1]
        assert text == f"a{i}:{197 + i}"
        assert at - (197 + i) / 20 < window / 4


async def test_edits_are_spread_over_the_window() -> None:
    clock = HandClock()
    discord = ScriptedDiscord(clock, 5, 5.0)
    work = asyncio.ensure_future(stream(Pump(clock), discord, "t", "a", tokens=400, by_bot=False))

    await clock.move(30)

    await work
    times = [at for at, _ in discord.shown["t"]][:-1]
    gaps = [after - before for before, after in pairwise(times)]
    assert max(gaps) < 2.0
    assert len(times) > 15


async def test_two_hundred_answers_by_the_bots_token_stay_within_the_global_limit() -> None:
    clock = HandClock()
    discord = ScriptedDiscord(clock, 5, 5.0)
    pump = Pump(clock)
    work = [
        asyncio.ensure_future(stream(pump, discord, f"c{i}", f"a{i}", tokens=100, by_bot=True))
        for i in range(200)
    ]

    await clock.move(60)

    assert all(task.done() for task in work)
    assert discord.refused == 0
    assert all(discord.shown[f"c{i}"][-1][1] == f"a{i}:100" for i in range(200))
    firsts = [discord.shown[f"c{i}"][0][0] for i in range(200)]
    assert max(firsts) < 200 / PER_SECOND + 1


async def test_answers_in_one_channel_take_turns_by_staleness() -> None:
    clock = HandClock()
    discord = ScriptedDiscord(clock, 5, 5.0)
    pump = Pump(clock)
    work = [
        asyncio.ensure_future(stream(pump, discord, "c", name, tokens=200, by_bot=True))
        for name in "xyz"
    ]

    await clock.move(60)

    await asyncio.gather(*work)
    seen = [text.split(":")[0] for _, text in discord.shown["c"]]
    assert discord.refused == 0
    assert set(seen[:3]) == set("xyz")
    # Nobody is shown a third time before all others were shown again.
    assert all(set(seen[i : i + 5]) == set("xyz") for i in range(len(seen) - 8))


async def test_a_refusal_is_waited_out_and_slows_the_guild_down_for_a_while() -> None:
    clock = HandClock()
    pump = Pump(clock)
    ticket = Ticket(Urgency.INTERIM)
    at: list[float] = []
    answers: list[Outcome] = [
        Limited(retry_after=3.0, scope="shared", everywhere=False),
        Shown(bucket=Bucket(name="b", limit=5, remaining=4, reset_after=5.0)),
        Shown(bucket=Bucket(name="b", limit=5, remaining=3, reset_after=3.0)),
    ]

    async def request() -> Outcome:
        at.append(clock.monotonic())
        return answers.pop(0)

    async def work() -> None:
        while answers:
            await pump.send("t", "PATCH", ticket, request, place="guild", by_bot=False)

    task = asyncio.ensure_future(work())
    await clock.move(20)

    await task
    assert at[0] == 0.0
    assert at[1] >= 3.0
    assert at[2] - at[1] > 1.25  # the even spacing, and the penalty


async def test_a_global_refusal_stops_every_bot_route_but_no_interaction() -> None:
    clock = HandClock()
    pump = Pump(clock)
    times: dict[str, float] = {}

    async def limited() -> Outcome:
        return Limited(retry_after=4.0, scope="global", everywhere=True)

    async def shown(name: str) -> Outcome:
        times[name] = clock.monotonic()
        return Shown()

    await pump.send("c1", "PATCH", Ticket(), limited, place=1, by_bot=True)
    bot = asyncio.ensure_future(
        pump.send("c2", "PATCH", Ticket(), lambda: shown("bot"), place=2, by_bot=True)
    )
    token = asyncio.ensure_future(
        pump.send("t", "PATCH", Ticket(), lambda: shown("token"), place=3, by_bot=False)
    )
    await clock.move(10)

    await asyncio.gather(bot, token)
    assert times["bot"] >= 4.0
    assert times["token"] == 0.0


async def test_a_last_edit_overtakes_the_interim_ones_that_wait() -> None:
    clock = HandClock()
    pump = Pump(clock)
    order: list[str] = []

    async def request(name: str) -> Outcome:
        order.append(name)
        return Shown(bucket=Bucket(name="b", limit=5, remaining=2, reset_after=5.0))

    await pump.send("c", "PATCH", Ticket(), lambda: request("first"), place=1, by_bot=True)
    interim = asyncio.ensure_future(
        pump.send(
            "c", "PATCH", Ticket(Urgency.INTERIM), lambda: request("interim"), place=1, by_bot=True
        )
    )
    await clock.move(0.1)
    last = asyncio.ensure_future(
        pump.send("c", "PATCH", Ticket(Urgency.LAST), lambda: request("last"), place=1, by_bot=True)
    )
    await clock.move(0.1)
    assert order == ["first", "last"]
    await clock.move(10)

    await asyncio.gather(interim, last)
    assert order == ["first", "last", "interim"]


async def test_of_equals_the_one_shown_the_longest_ago_goes_first_however_late_it_came() -> None:
    clock = HandClock()
    pump = Pump(clock)
    order: list[str] = []

    async def request(name: str) -> Outcome:
        order.append(name)
        return Shown(bucket=Bucket(name="b", limit=5, remaining=4, reset_after=5.0))

    await pump.send("c", "PATCH", Ticket(), lambda: request("now"), place=1, by_bot=True)
    waiting = [
        asyncio.ensure_future(
            pump.send(
                "c",
                "PATCH",
                Ticket(Urgency.INTERIM, shown_at),
                lambda name=name: request(name),
                place=1,
                by_bot=True,
            )
        )
        for name, shown_at in (("fresh", -1.0), ("stale", -9.0), ("staler", -20.0))
    ]
    await clock.move(30)

    await asyncio.gather(*waiting)
    assert order == ["now", "staler", "stale", "fresh"]


async def test_first_and_last_edits_pass_the_bots_gate_before_interim_ones() -> None:
    clock = HandClock()
    pump = Pump(clock)
    order: list[str] = []

    async def request(name: str) -> Outcome:
        order.append(name)
        return Shown()

    def send(lane: str, urgency: Urgency, name: str) -> asyncio.Future[Outcome]:
        ticket = Ticket(urgency)
        sending = pump.send(lane, "PATCH", ticket, lambda: request(name), place=lane, by_bot=True)
        return asyncio.ensure_future(sending)

    full = [send(f"c{n}", Urgency.FIRST, "before") for n in range(PER_SECOND)]
    await clock.move(0)
    order.clear()
    waiting = [
        send("x", Urgency.INTERIM, "interim"),
        send("y", Urgency.FIRST, "first"),
        send("z", Urgency.LAST, "last"),
    ]
    await clock.move(5)

    await asyncio.gather(*full, *waiting)
    assert order == ["last", "first", "interim"]


def test_a_penalty_doubles_to_a_limit_and_decays_by_half_in_half_a_minute() -> None:
    penalty = Penalty()
    penalty.add(0.0)
    assert penalty.at(0.0) == 0.5
    penalty.add(0.0)
    assert penalty.at(0.0) == 1.0

    assert penalty.at(30.0) == 0.5
    assert penalty.at(330.0) < 0.001
    for _ in range(20):
        penalty.add(400.0)
    assert penalty.at(400.0) == 8.0


async def test_decoration_takes_only_what_the_answers_leave() -> None:
    clock = HandClock()
    pump = Pump(clock)
    passed: list[float] = []

    async def request() -> Outcome:
        passed.append(clock.monotonic())
        return Shown()

    allowed = [pump.spare() for _ in range(100)]
    sending = [
        asyncio.ensure_future(pump.send(f"c{n}", "PATCH", Ticket(), request, place=n, by_bot=True))
        for n in range(PER_SECOND)
    ]
    await clock.move(0.5)

    assert sum(allowed) == 20
    assert len(passed) + sum(allowed) == PER_SECOND
    assert not pump.spare()
    await clock.move(10)
    await asyncio.gather(*sending)
    assert pump.spare()
