"""The gateway's frames, both ways, and how long an interaction waited for its answer."""

import re
from collections import OrderedDict
from typing import Any

from sandbox.discord.gateway import connection as wire
from sandbox.discord.gateway.connection import Connection
from sandbox.discord.model import Json
from sandbox.inspector.timeline import Entry, Timeline

OPS = {
    0: "DISPATCH",
    wire.HEARTBEAT: "HEARTBEAT",
    wire.IDENTIFY: "IDENTIFY",
    wire.PRESENCE: "PRESENCE_UPDATE",
    wire.VOICE_STATE: "VOICE_STATE_UPDATE",
    wire.RESUME: "RESUME",
    wire.RECONNECT: "RECONNECT",
    wire.REQUEST_MEMBERS: "REQUEST_GUILD_MEMBERS",
    wire.INVALID_SESSION: "INVALID_SESSION",
    wire.HELLO: "HELLO",
    wire.HEARTBEAT_ACK: "HEARTBEAT_ACK",
}
_CALLBACK = re.compile(r".*/interactions/(\d+)/[^/]+/callback")
_WAITING = 500  # interactions whose answer is looked out for


class Frames:
    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._waiting: OrderedDict[str, Entry] = OrderedDict()
        self._beats: dict[Connection, Entry] = {}

    def tap(self, connection: Connection, what: str, content: Any, size: int) -> None:
        """what: opened, in, out, closed; content: a frame, or how it closed."""
        session = connection.session
        about = session.application.name if session is not None else None
        if what in {"opened", "closed"}:
            self._beats.pop(connection, None)
            self._timeline.add("gateway", f"connection {what}", about=about, frame=content)
            return
        # A bot may send anything; what is no number has no name, and no place in a set.
        said = content.get("op")
        op = said if isinstance(said, int) else -1
        name = str(content.get("t") or OPS.get(op) or f"op {said}")
        beat = op in {wire.HEARTBEAT, wire.HEARTBEAT_ACK}
        entry = self._timeline.add(
            "gateway",
            name,
            direction="sent" if what == "in" else "received",  # as the bot sees it
            about=about,
            size=size,
            heartbeat=beat,
            frame=content,
        )
        if op == wire.HEARTBEAT and what == "in":
            self._beats[connection] = entry
        elif op == wire.HEARTBEAT_ACK and (asked := self._beats.pop(connection, None)):
            self._timeline.change(asked, ended=True)
        elif name == "INTERACTION_CREATE":
            self._wait(entry, content["d"])

    def answered(self, path: str) -> None:
        """A callback went well: the interaction's event gets its duration."""
        found = _CALLBACK.fullmatch(path)
        entry = self._waiting.pop(found[1], None) if found else None
        if entry is not None:
            self._timeline.change(entry, ended=True, state="done")

    def _wait(self, entry: Entry, interaction: Json) -> None:
        self._timeline.change(entry, state="open")
        self._waiting[str(interaction["id"])] = entry
        if len(self._waiting) > _WAITING:
            self._waiting.popitem(last=False)
