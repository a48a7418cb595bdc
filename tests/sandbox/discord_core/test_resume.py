from sandbox.clock import HandClock
from sandbox.discord.defaults import add_application
from sandbox.discord.faults import GatewayFault
from sandbox.discord.posting import compose, post
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Socket, Sockets


def say(sandbox: Sandbox, text: str) -> None:
    world = sandbox.discord.world
    ada = world.user_named("ada")
    direct = world.direct_channel(sandbox.discord.application.bot, ada)
    post(world, compose(world, direct, ada, {"content": text}))


async def online(sockets: Sockets) -> Socket:
    socket = await sockets()
    await socket.identify()
    await socket.events_before_ack()
    return socket


def contents(events: list[Json]) -> list[str]:
    return [event["d"]["content"] for event in events if event["t"] == "MESSAGE_CREATE"]


async def test_what_was_missed_comes_in_order_and_then_resumed(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)
    say(sandbox, "seen")
    await first.events_before_ack()
    await sandbox.discord.gateway.disturb("drop")
    assert (await first.receive())["closed"] == 1006
    for text in ("one", "two", "three"):
        say(sandbox, text)

    second = await sockets()
    await second.resume(first.session_id, first.sequence)
    events = await second.events_before_ack()
    say(sandbox, "four")
    later = await second.events_before_ack()

    assert contents(events) == ["one", "two", "three"]
    assert events[-1]["t"] == "RESUMED"
    assert contents(later) == ["four"]
    numbers = [event["s"] for event in events + later]
    assert numbers == list(range(first.sequence + 1, first.sequence + 6))


async def test_a_session_closed_with_1000_cannot_be_resumed(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)
    await first.close(1000)
    await sandbox.discord.world.until(lambda: not sandbox.discord.gateway.sessions)

    second = await sockets()
    await second.resume(first.session_id, first.sequence)

    assert await second.receive() == {"op": 9, "d": False, "t": None, "s": None}


async def test_a_session_closed_with_4000_can_be_resumed(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)
    await first.close(4000)
    await sandbox.discord.world.until(
        lambda: all(session.connection is None for session in sandbox.discord.gateway.sessions)
    )

    second = await sockets()
    await second.resume(first.session_id, first.sequence)

    assert (await second.receive())["t"] == "RESUMED"


async def test_a_session_is_kept_for_three_minutes(
    sandbox: Sandbox, sockets: Sockets, clock: HandClock
) -> None:
    first = await online(sockets)
    await sandbox.discord.gateway.disturb("drop")
    await first.receive()
    await clock.advance(180)

    second = await sockets()
    await second.resume(first.session_id, first.sequence)

    assert (await second.receive())["op"] == 9


async def test_a_number_that_was_never_sent_is_refused(sockets: Sockets) -> None:
    first = await online(sockets)

    second = await sockets()
    await second.resume(first.session_id, first.sequence + 1)

    assert await second.receive() == {"closed": 4007}


async def test_after_an_invalid_session_the_same_connection_may_identify(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    socket = await online(sockets)
    await sandbox.discord.gateway.disturb("invalidate")
    assert (await socket.receive())["op"] == 9

    await socket.send(2, socket.identity())

    assert (await socket.receive())["t"] == "READY"


async def test_reconnect_is_asked_for_and_nothing_is_lost(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)
    await sandbox.discord.gateway.disturb("reconnect")
    assert (await first.receive())["op"] == 7
    await first.close(4000)
    say(sandbox, "while away")

    second = await sockets()
    await second.resume(first.session_id, first.sequence)

    assert contents(await second.events_before_ack()) == ["while away"]


async def test_a_silent_gateway_acknowledges_nothing_and_keeps_the_events(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)
    await sandbox.discord.gateway.disturb("silence")
    say(sandbox, "unheard")
    await first.send(1, first.sequence)
    await first.close(4000)

    second = await sockets()
    await second.resume(first.session_id, first.sequence)

    assert contents(await second.events_before_ack()) == ["unheard"]


async def test_a_fault_can_cut_the_line_just_before_an_event(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    sandbox.discord.faults.add(GatewayFault(action="drop", event="MESSAGE_CREATE"))
    first = await online(sockets)
    say(sandbox, "late")
    assert "closed" in await first.receive()

    second = await sockets()
    await second.resume(first.session_id, first.sequence)

    assert contents(await second.events_before_ack()) == ["late"]


async def test_a_fault_can_send_an_event_twice(sandbox: Sandbox, sockets: Sockets) -> None:
    sandbox.discord.faults.add(GatewayFault(action="duplicate", event="MESSAGE_*", times=None))
    socket = await online(sockets)

    say(sandbox, "again")
    events = await socket.events_before_ack()

    assert contents(events) == ["again", "again"]
    assert events[0]["s"] == events[1]["s"]


async def test_a_session_moves_to_the_connection_that_resumes_it(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)

    second = await sockets()
    await second.resume(first.session_id, first.sequence)
    assert (await second.receive())["t"] == "RESUMED"
    say(sandbox, "here")

    assert contents(await second.events_before_ack()) == ["here"]
    assert await first.receive() == {"closed": 4000}


async def test_a_fault_can_invalidate_or_silence_in_the_middle(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    sandbox.discord.faults.add(GatewayFault(action="invalidate", event="MESSAGE_CREATE"))
    first = await online(sockets)
    say(sandbox, "lost")
    assert (await first.receive())["op"] == 9
    await first.close(4000)
    sandbox.discord.faults.add(GatewayFault(action="silence", event="MESSAGE_CREATE"))
    second = await online(sockets)
    say(sandbox, "kept")
    await second.close(4000)

    third = await sockets()
    await third.resume(second.session_id, second.sequence)

    assert contents(await third.events_before_ack()) == ["kept"]


async def test_events_older_than_what_is_kept_cannot_be_resumed(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)
    await first.close(4000)
    session = sandbox.discord.gateway.sessions[0]
    for _ in range(5001):
        session.send("TYPING_START", {})

    second = await sockets()
    await second.resume(first.session_id, first.sequence)

    assert (await second.receive())["op"] == 9


async def test_a_resume_of_another_bots_session_is_invalid(
    sandbox: Sandbox, sockets: Sockets
) -> None:
    first = await online(sockets)
    world = sandbox.discord.world
    other = add_application(world, "Other", owner=world.user_named("ben"))

    second = await sockets()
    await second.receive()
    content = {"token": other.token, "session_id": first.session_id, "seq": first.sequence}
    await second.send(6, content)

    assert (await second.receive())["op"] == 9


async def test_malformed_requests_on_the_gateway_are_decode_errors(sockets: Sockets) -> None:
    for op, content in ((8, {"guild_id": "x"}), (8, None), (2, "x")):
        socket = await sockets()
        if op == 8:
            await socket.identify(intents=0)
        else:
            await socket.receive()
        await socket.send(op, content)
        assert await socket.receive() == {"closed": 4002}
