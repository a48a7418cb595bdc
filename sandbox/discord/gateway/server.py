"""The gateway: connections, sessions, and which event goes to which of them."""

from collections.abc import Callable
from typing import Any, cast

from aiohttp import WSCloseCode, web

from sandbox._tasks import Tasks
from sandbox.discord import payloads
from sandbox.discord.faults import Faults, GatewayAction, GatewayFault
from sandbox.discord.gateway import connection as wire
from sandbox.discord.gateway.compression import STREAMS
from sandbox.discord.gateway.connection import Connection, GatewayClose
from sandbox.discord.gateway.intents import ALL_INTENTS, Intent, disallowed, lets_through
from sandbox.discord.gateway.members import members_chunks
from sandbox.discord.gateway.ready import guild_create, ready
from sandbox.discord.gateway.session import Session
from sandbox.discord.message_payloads import may_read_content, readable
from sandbox.discord.model import Application, Json
from sandbox.discord.state import Event, World

Tap = Callable[[Connection, str, Any, int], None]
RESUMABLE_FOR_S = 180.0
_SESSION_STARTS_WINDOW_S = 24 * 3600.0
_VERSION = "10"


class Gateway:
    """`sessions` are all that live, connected or waiting for RESUME.

    heartbeat_interval_s  what clients are told to keep to; patience with them goes by Discord's own
    tap  told of each connection "opened" and "closed" and each frame "in" and "out", with its bytes
    """

    def __init__(self, world: World, faults: Faults, tasks: Tasks) -> None:
        self.world = world
        self.tasks = tasks
        self.sessions: list[Session] = []
        self.heartbeat_interval_s = wire.HEARTBEAT_INTERVAL_S
        self.tap: Tap = _untapped
        self._faults = faults
        self._connections: dict[Connection, web.Request] = {}
        self._starts: dict[int, list[float]] = {}
        world.listen(self._on_event)

    # Connections

    async def connect(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=1 << 20, compress=False, timeout=1)
        await socket.prepare(request)
        stream = request.query.get("compress")
        if request.query.get("v", _VERSION) != _VERSION:
            await socket.close(code=4012, message=b"Invalid API version.")
            return socket
        if request.query.get("encoding", "json") != "json" or stream not in {None, *STREAMS}:
            await socket.close(code=4002, message=b"The sandbox speaks JSON.")
            return socket
        connection = Connection(self, socket, STREAMS[stream]() if stream else None)
        self._connections[connection] = request
        self.tap(connection, "opened", dict(request.query), 0)
        code = int(WSCloseCode.ABNORMAL_CLOSURE)
        try:
            code = await connection.run()
        finally:
            del self._connections[connection]
            self.tap(connection, "closed", {"code": code, **connection.ended_by}, 0)
            self.world.touch()
        self._lost(connection, code)
        return socket

    async def close(self) -> None:
        for connection in self._connections:
            connection.close(WSCloseCode.GOING_AWAY)
        # ends soon: a client that does not answer the close is given up after a second
        await self.world.until(lambda: not self._connections)

    async def disturb(self, action: GatewayAction) -> None:
        """Trouble now, for every connection; `duplicate` sends each session's last event again."""
        for connection in list(self._connections):
            self._disturb(connection, action)

    def until_ready(self, sessions: int = 1) -> Callable[[], bool]:
        """For `World.until`: that many sessions are connected."""
        return lambda: len([one for one in self.sessions if one.connection]) >= sessions

    def _lost(self, connection: Connection, code: int) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        session.left_at = self.world.clock.monotonic()
        if code in {WSCloseCode.OK, WSCloseCode.GOING_AWAY} and session in self.sessions:
            self.sessions.remove(session)
        self.world.touch()

    def _disturb(self, connection: Connection, action: GatewayAction) -> None:
        session = connection.session
        match action:
            case "drop":
                connection.drop(self._connections[connection])
            case "reconnect":
                connection.send({"op": wire.RECONNECT, "d": None, "t": None, "s": None})
            case "invalidate":
                if session is not None and session in self.sessions:
                    self.sessions.remove(session)
                self._invalid_session(connection)
            case "silence":
                connection.silent = True
            case "duplicate":
                if session is not None and (last := session.last_event()) is not None:
                    connection.send(last)

    # What clients send

    def take(self, connection: Connection, op: int, content: Any) -> None:
        """Act on a frame that is no heartbeat. Raises GatewayClose."""
        session = connection.session
        if op in {wire.IDENTIFY, wire.RESUME}:
            if session is not None:
                raise GatewayClose(4005, "Already authenticated.")
            if not isinstance(content, dict):
                raise GatewayClose(4002, "Error while decoding payload.")
            begin = self._identify if op == wire.IDENTIFY else self._resume
            begin(connection, cast("Json", content))
        elif session is None:
            raise GatewayClose(4003, "Not authenticated.")
        elif op == wire.REQUEST_MEMBERS:
            try:
                chunks = members_chunks(self.world, session, content)
            except (AttributeError, TypeError, ValueError):
                raise GatewayClose(4002, "Error while decoding payload.") from None
            for chunk in chunks:
                session.send("GUILD_MEMBERS_CHUNK", chunk)
        # presence and voice state are accepted; nobody looks at them

    def _identify(self, connection: Connection, content: Json) -> None:
        application = self._authenticated(content)
        intents: object = content.get("intents")
        if not isinstance(intents, int) or intents < 0 or intents & ~ALL_INTENTS:
            raise GatewayClose(4013, "Invalid intent(s).")
        if disallowed(intents, application.flags):
            raise GatewayClose(4014, "Disallowed intent(s).")
        shard = _shard(content.get("shard"))
        self._count_start(application)
        session = Session(application, intents=intents, shard=shard)
        self.sessions.append(session)
        session.connection, connection.session = connection, session
        guilds = [
            guild
            for guild in self.world.guilds.values()
            if application.bot.id in guild.members and _on_shard(guild.id, shard)
        ]
        session.send("READY", ready(self.world, session, guilds))
        if intents & Intent.GUILDS:
            for guild in guilds:
                session.send("GUILD_CREATE", guild_create(self.world, guild, application, intents))
        self.world.touch()

    def _resume(self, connection: Connection, content: Json) -> None:
        application = self._authenticated(content)
        self._forget_expired()
        wanted, sequence = content.get("session_id"), content.get("seq")
        session = next((one for one in self.sessions if one.id == wanted), None)
        if session is None or session.application is not application:
            self._invalid_session(connection)
            return
        if not isinstance(sequence, int) or sequence > session.sequence:
            raise GatewayClose(4007, "Invalid seq.")
        missed = session.missed_after(sequence)
        if missed is None:
            self.sessions.remove(session)
            self._invalid_session(connection)
            return
        if session.connection is not None:
            session.connection.session = None
            session.connection.close(4000, "Resumed elsewhere.")
        session.connection, connection.session, session.left_at = connection, session, None
        for frame in missed:
            connection.send(frame)
        session.send("RESUMED", {"_trace": ["sandbox"]})
        self.world.touch()

    def _authenticated(self, content: Json) -> Application:
        token = str(content.get("token", "")).removeprefix("Bot ")
        application = self.world.application_with_token(token)
        if application is None:
            raise GatewayClose(4004, "Authentication failed.")
        return application

    def _invalid_session(self, connection: Connection) -> None:
        connection.session = None
        connection.send({"op": wire.INVALID_SESSION, "d": False, "t": None, "s": None})

    # Session starts

    def starts_left(self, application: Application) -> tuple[int, int]:
        """IDENTIFYs left, and milliseconds until all are there again."""
        now = self.world.clock.monotonic()
        starts = self._starts.setdefault(application.id, [])
        starts[:] = [at for at in starts if now - at < _SESSION_STARTS_WINDOW_S]
        left = max(0, application.session_starts_total - len(starts))
        reset = _SESSION_STARTS_WINDOW_S - (now - starts[0]) if starts else 0
        return left, int(reset * 1000)

    def _count_start(self, application: Application) -> None:
        """Over the limit Discord ends all sessions and resets the token; its owner gets a mail."""
        if self.starts_left(application)[0] == 0:
            for session in [one for one in self.sessions if one.application is application]:
                self.sessions.remove(session)
                if session.connection is not None:
                    session.connection.close(4004, "Authentication failed.")
            application.token = f"{application.token}.reset"
            raise GatewayClose(4004, "Authentication failed.")
        self._starts[application.id].append(self.world.clock.monotonic())

    # Events

    def _on_event(self, event: Event) -> None:
        self._forget_expired()
        for session in list(self.sessions):
            if self._concerns(session, event):
                self._send(session, event.name, self._as_seen_by(session, event))

    def _concerns(self, session: Session, event: Event) -> bool:
        application, bot = session.application, session.application.bot
        if event.to is not None and event.to is not application:
            return False
        if not _on_shard(event.guild.id if event.guild else 0, session.shard):
            return False
        direct = event.guild is None
        if not lets_through(session.intents, event.name, direct=direct):
            return False
        if event.name == "INTERACTION_CREATE":
            return True  # also where the bot itself is not: that is what user install is
        if event.to is None and event.guild is not None and bot.id not in event.guild.members:
            return False
        return event.channel is None or self.world.can_see(event.channel, bot)

    def _as_seen_by(self, session: Session, event: Event) -> Json:
        application = session.application
        if event.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            allowed = session.intents & Intent.MESSAGE_CONTENT and may_read_content(application)
            if not allowed:
                return readable(event.payload, application, direct=event.guild is None)
        if event.name == "GUILD_CREATE" and event.guild is not None:
            return guild_create(self.world, event.guild, application, session.intents)
        if event.name == "THREAD_CREATE" and event.channel is not None:
            return event.payload | payloads.thread(event.channel, seen_by=application.bot)
        return event.payload

    def _send(self, session: Session, name: str, payload: Json) -> None:
        connection = session.connection
        fault: GatewayFault | None = self._faults.for_event(name) if connection else None
        if connection is None or fault is None:
            session.send(name, payload)
            return
        if fault.action in {"drop", "silence"}:
            # before: the event waits for RESUME
            self._disturb(connection, fault.action)
            connection.silent = True
        if fault.action == "invalidate":
            self._disturb(connection, fault.action)
            return
        session.send(name, payload)
        if fault.action in {"reconnect", "duplicate"}:
            self._disturb(connection, fault.action)

    def _forget_expired(self) -> None:
        now = self.world.clock.monotonic()
        self.sessions = [
            one
            for one in self.sessions
            if one.left_at is None or now - one.left_at < RESUMABLE_FOR_S
        ]


def _untapped(_connection: Connection, _what: str, _content: Any, _size: int) -> None:
    pass


def _on_shard(guild_id: int, shard: tuple[int, int]) -> bool:
    """Direct messages are guild 0, hence always shard 0."""
    number, count = shard
    return (guild_id >> 22) % count == number


def _shard(value: object) -> tuple[int, int]:
    if value is None:
        return 0, 1
    numbers = cast("list[object]", value) if isinstance(value, list) else []
    match numbers:
        case [int(number), int(count)] if 0 <= number < count:
            return number, count
        case _:
            raise GatewayClose(4010, "Invalid shard.")
