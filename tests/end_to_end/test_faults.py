"""The fault matrix: what can break, each once, while somebody is being answered.

In every cell people see something that helps them, the process survives, and the next question is
answered. More of it: test_faults_in_discord.py (real deletions, rights, a deaf gateway),
test_faults_of_clocks.py (dates that jump), test_kill.py (killed, frozen), test_trouble.py (Discord
in detail), tests/faults (kills, power cuts), tests/storage/test_errors.py (what files and servers
do to the database alone).
"""

import resource
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from sandbox.clock import HandClock
from sandbox.discord.faults import Fault, GatewayFault
from sandbox.driver import Message, User
from sandbox.server import Sandbox
from storage._connections import File

CHAT = "POST /chat/completions"
BEGINNING, REST = "The beginning", " and the rest"
WHOLE = BEGINNING + REST
PAGE = 4096  # bytes, SQLite's
PATIENCE = 1500  # seconds of the bot's clock; only a broken cell needs them all


@dataclass
class Scene:
    """Everything around one question."""

    sandbox: Sandbox
    app: App
    clock: HandClock
    database: Path
    other: sqlite3.Connection | None = None
    undo: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])

    @property
    def ada(self) -> User:
        return self.sandbox.user("ada")

    async def pragma(self, *statements: str) -> None:
        """On the connection that writes, outside of transactions: some faults allow none."""
        source = self.app.database._writing
        assert isinstance(source, File)
        async with source.lane() as lane:
            with lane.engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert driver is not None
                for statement in statements:
                    driver.execute(f"PRAGMA {statement}")

    def answers(self) -> list[Message]:
        seen = [*self.ada.sees("general"), *self.ada.only_seen_by_them("general")]
        return [one for one in seen if one.author == "Switchboard"]

    async def until(self, look: Callable[["Scene"], object], what: str) -> None:
        for _ in range(PATIENCE):
            if look(self):
                return
            await self.clock.advance(1)
        shown = [(one.text, [button.label for button in one.buttons]) for one in self.answers()]
        raise AssertionError(f"{what} never came; there is {shown}")


Act = Callable[[Scene], Awaitable[None] | None]


@dataclass(frozen=True)
class Cell:
    """One fault.

    before  switched on before the question; `during` when its first words are to be seen
    sees    words that the person reads in the end; WHOLE where the fault is overcome
    heals   the fault ends by itself; else it is ended before the next question
    by      "command" or "message"
    """

    sees: str
    before: Act | None = None
    during: Act | None = None
    heals: Act | None = None
    by: str = "command"


def api(kind: str, **details: Any) -> Act:
    def act(scene: Scene) -> None:
        scene.sandbox.openai.faults.add(CHAT, kind, **details)

    return act


def discord(route: str, **details: Any) -> Act:
    def act(scene: Scene) -> None:
        scene.sandbox.discord.faults.add(Fault(route=route, **details))

    return act


def on_event(action: Any, event: str) -> Act:
    def act(scene: Scene) -> None:
        scene.sandbox.discord.faults.add(GatewayFault(action=action, event=event))

    return act


def now(action: Any) -> Act:
    async def act(scene: Scene) -> None:
        await scene.sandbox.discord.gateway.disturb(action)

    return act


def code(number: int, status: int, **more: Any) -> dict[str, Any]:
    return {"status": status, "body": {"code": number, "message": "no", **more}}


async def reconnected(scene: Scene) -> None:
    """A new session, which the client waits a moment for before it asks."""
    ready = scene.sandbox.discord.gateway.until_ready()
    await scene.until(lambda _: ready(), "a new session")


EDITS, ANSWERS = "PATCH /webhooks/*", "P* /channels/*/messages*"

OPENAI = {
    "dropped_once": Cell(WHOLE, api("drop", times=1)),
    "dropped_always": Cell("can't be reached", api("drop")),
    "cut_in_mid_body": Cell("ended before the answer did", api("cut", after=2)),
    "clean_end_without_the_last_event": Cell("ended before the answer did", api("end", after=2)),
    "stalled_in_mid_stream": Cell("said nothing for", api("stall", after=2)),
    "silent_from_the_start": Cell("said nothing for", api("slow_first_byte", seconds=10_000)),
    "a_word_each_five_seconds": Cell(WHOLE, api("slow_events", seconds=5)),
    "429_with_retry_after": Cell(WHOLE, api("status", error="rate_limit", times=1)),
    "429_without": Cell("too many requests", api("status", error="rate_limit_without_retry_after")),
    "no_quota": Cell("credit", api("status", error="insufficient_quota")),
    "500_twice": Cell(WHOLE, api("status", error="server_error", times=2)),
    "500_always": Cell("failed on its side", api("status", error="server_error")),
    "503_html": Cell("failed on its side", api("status", error="html_503")),
    "200_html": Cell("not JSON", api("html")),
    "200_with_an_error": Cell("API", api("error_object")),
    "bad_json_in_the_stream": Cell("could not be read", api("malformed", after=2)),
    "an_error_event": Cell("API", api("error_event", after=2)),
    "every_event_twice": Cell(BEGINNING, api("duplicate")),
    "an_empty_stream": Cell("in one piece", api("empty_stream")),
    "an_empty_body": Cell("API", api("empty_body")),
    "json_instead_of_a_stream": Cell(WHOLE, api("json_for_stream")),
    "401": Cell("key", api("status", error="invalid_api_key")),
    "403": Cell("does not allow", api("status", error="permission_denied")),
    "safety_system": Cell("safety system", api("status", error="content_filter")),
}

REST_API = {
    "500_for_edits": Cell(WHOLE, discord(EDITS, times=3, status=500, body={"message": "oops"})),
    "502_html_for_edits": Cell(WHOLE, discord(EDITS, times=3, status=502, body="<p>")),
    "429_for_edits": Cell(WHOLE, discord(EDITS, times=2, status=429, retry_after=2.0)),
    "429_shared": Cell(WHOLE, discord(EDITS, times=2, status=429, retry_after=2.0, scope="shared")),
    "429_global": Cell(WHOLE, discord(EDITS, times=1, status=429, retry_after=2.0, scope="global")),
    "429_for_messages": Cell(
        WHOLE,
        discord("POST /channels/*/messages", times=2, status=429, retry_after=2.0),
        by="message",
    ),
    "reset_before_it_acts": Cell(WHOLE, discord(EDITS, times=2, drop="before")),
    "reset_after_it_acted": Cell(WHOLE, discord(EDITS, times=2, drop="after")),
    "a_late_first_edit": Cell(WHOLE, discord(EDITS, times=1, delay=8.0)),
    "every_answer_late": Cell(WHOLE, discord(ANSWERS, times=4, delay=5.0), by="message"),
    "10062_for_the_acknowledgement": Cell(
        WHOLE, discord("POST /interactions/*", **code(10062, 404))
    ),
    "50027_token_ended_in_mid_answer": Cell(
        WHOLE, during=discord(EDITS, times=None, **code(50027, 401))
    ),
    "30046_too_many_edits_of_an_old_message": Cell(
        WHOLE, discord("PATCH /channels/*", times=1, **code(30046, 400)), by="message"
    ),
    "20028_write_limit_of_the_channel": Cell(
        WHOLE,
        discord("POST /channels/*/messages", times=1, **code(20028, 400, retry_after=3)),
        by="message",
    ),
    "10008_message_deleted_in_mid_answer": Cell(
        "", during=discord("PATCH *", times=None, **code(10008, 404))
    ),
    "10003_channel_or_thread_deleted_in_mid_answer": Cell(
        "", during=discord("P* /channels/*", times=None, **code(10003, 404)), by="message"
    ),
    "50013_permissions_lost_in_mid_answer": Cell(
        "", during=discord("P* /channels/*", times=None, **code(50013, 403)), by="message"
    ),
    "50083_thread_archived_in_mid_answer": Cell(
        "", during=discord("P* /channels/*", times=None, **code(50083, 400)), by="message"
    ),
}

GATEWAY = {
    "cut_at_the_command": Cell(WHOLE, on_event("drop", "INTERACTION_CREATE")),
    "cut_at_the_message": Cell(WHOLE, on_event("drop", "MESSAGE_CREATE"), by="message"),
    "cut_in_mid_answer": Cell(WHOLE, during=now("drop")),
    "reconnect_at_the_command": Cell(WHOLE, on_event("reconnect", "INTERACTION_CREATE")),
    "reconnect_in_mid_answer": Cell(WHOLE, during=now("reconnect")),
    "invalid_session_in_mid_answer": Cell(WHOLE, during=now("invalidate"), heals=reconnected),
    "each_command_twice": Cell(WHOLE, on_event("duplicate", "INTERACTION_CREATE")),
    "each_message_twice": Cell(WHOLE, on_event("duplicate", "MESSAGE_CREATE"), by="message"),
}


async def lock(scene: Scene) -> None:
    """Another program holds the file; waiting for it takes real time, so only a little."""
    await scene.pragma("busy_timeout = 10")
    await scene.app.database._idle.wait()  # else it would wait for us, on our own thread
    scene.other = sqlite3.connect(scene.database, isolation_level=None)
    scene.other.execute("BEGIN IMMEDIATE")


def unlock(scene: Scene) -> None:
    assert scene.other is not None
    scene.other.close()


async def fill(scene: Scene) -> None:
    await scene.pragma("max_page_count = 1")  # not below what there is


async def free(scene: Scene) -> None:
    await scene.pragma("max_page_count = 1000000")


async def read_only(scene: Scene) -> None:
    await scene.pragma("query_only = ON")


async def writable(scene: Scene) -> None:
    await scene.pragma("query_only = OFF")


def no_more_bytes(scene: Scene) -> None:
    """The disk takes nothing more: every file of this process has to stay as long as it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    scene.undo.append(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))


def bytes_again(scene: Scene) -> None:
    scene.undo.pop()()


async def damage(scene: Scene) -> None:
    """Every page but the first is overwritten, and nothing of them is left in memory."""
    await scene.pragma("wal_checkpoint(TRUNCATE)")
    whole = scene.database.read_bytes()
    scene.undo.append(lambda: scene.database.write_bytes(whole))
    with scene.database.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xff" * (len(whole) - PAGE))
    await scene.pragma("shrink_memory")


async def restore(scene: Scene) -> None:
    scene.undo.pop()()
    await scene.pragma("shrink_memory")


DATABASE = {
    "locked_at_the_question": Cell("busy", lock, heals=unlock),
    "locked_in_mid_answer": Cell(BEGINNING, during=lock, heals=unlock),
    "full_in_mid_answer": Cell(BEGINNING, during=fill, heals=free),
    "read_only_at_the_question": Cell("can't be reached", read_only, heals=writable),
    "read_only_in_mid_answer": Cell(BEGINNING, during=read_only, heals=writable),
}

DISK = {
    "full_at_the_question": Cell("database", no_more_bytes, heals=bytes_again),
    "full_in_mid_answer": Cell(BEGINNING, during=no_more_bytes, heals=bytes_again),
    "damaged_at_the_question": Cell("damaged", damage, heals=restore),
    "damaged_in_mid_answer": Cell(BEGINNING, during=damage, heals=restore),
}

CELLS = {
    f"{part}:{name}": cell
    for part, cells in {
        "openai": OPENAI,
        "rest": REST_API,
        "gateway": GATEWAY,
        "database": DATABASE,
        "disk": DISK,
    }.items()
    for name, cell in cells.items()
}


@pytest.fixture
async def scene(sandbox: Sandbox, app: App, clock: HandClock, tmp_path: Path) -> Any:
    made = Scene(sandbox, app, clock, tmp_path / "bot.db")
    yield made
    for undo in made.undo:
        undo()
    if made.other is not None:
        made.other.close()


async def do(act: Act | None, scene: Scene) -> None:
    if act is not None and (waiting := act(scene)) is not None:
        await waiting


def test_the_matrix_has_at_least_forty_cells() -> None:
    assert len(CELLS) >= 40


@pytest.mark.parametrize("name", CELLS)
async def test_a_fault_ends_in_words_and_the_next_question_is_answered(
    scene: Scene, name: str
) -> None:
    cell = CELLS[name]
    scene.sandbox.openai.answers.queue([BEGINNING, REST])
    gate = scene.sandbox.openai.answers.hold(after=2) if cell.during else None
    await do(cell.before, scene)

    if cell.by == "command":
        await scene.ada.slash("chat", message="hi")
    else:
        await scene.ada.say("@Switchboard hi")
    if gate is not None:
        await scene.until(shows(BEGINNING), "the beginning")
        await do(cell.during, scene)
        gate.release()
    if cell.sees:
        await scene.until(shows(cell.sees), f"{cell.sees!r}")
    else:  # nothing can be told there any more
        await scene.until(nothing_runs, "the end")

    await heal(scene, cell)
    scene.sandbox.openai.answers.queue("Still here")
    await scene.ada.slash("chat", channel="random", message="next", private=True)
    await scene.until(answers_next, "the next answer")
    assert not scene.app.bot.is_closed()


def shows(words: str) -> Callable[[Scene], object]:
    return lambda scene: any(words in one.text for one in scene.answers())


def nothing_runs(scene: Scene) -> bool:
    return not scene.app.services.conversations._engine.busy


def answers_next(scene: Scene) -> bool:
    seen = scene.ada.only_seen_by_them("random") or scene.ada.sees("random")
    return any("Still here" in one.content for one in seen)


async def heal(scene: Scene, cell: Cell) -> None:
    await do(cell.heals, scene)
    scene.sandbox.discord.faults.clear()
    scene.sandbox.openai.faults.clear()
    scene.sandbox.openai.answers.clear()


async def test_an_answer_of_a_hundred_thousand_characters_arrives_whole(scene: Scene) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 60 for n in range(320)).strip()
    assert len(text) > 100_000
    scene.sandbox.openai.answers.queue([text[at : at + 500] for at in range(0, len(text), 500)])

    await scene.ada.slash("chat", message="everything, please")
    await scene.until(lambda scene: scene.answers()[-1:] and scene.answers()[-1].attachments, "it")

    [file] = [each for one in scene.answers() for each in one.attachments]
    assert (await file.read()).decode() == text
