from bot.domain.calls import Capability
from bot.services.learned import KeptEndpoints, KeptParameters
from sandbox.clock import HandClock
from storage.database import Database

SERVER = "http://localhost/v1"


async def test_what_was_learnt_outlives_the_process(database: Database, clock: HandClock) -> None:
    first = KeptParameters(database, clock)
    assert await first.of(SERVER, "o9") == {}
    await first.learn(SERVER, "o9", "max_tokens", "max_completion_tokens")
    await first.learn(SERVER, "o9", "temperature", None)

    after_restart = KeptParameters(database, clock)

    learnt = {"max_tokens": "max_completion_tokens", "temperature": None}
    assert await first.of(SERVER, "o9") == learnt
    assert await after_restart.of(SERVER, "o9") == learnt
    assert await after_restart.of(SERVER, "another") == {}
    assert await after_restart.of("http://elsewhere/v1", "o9") == {}


async def test_what_a_server_has_outlives_the_process(database: Database, clock: HandClock) -> None:
    lesson = Capability(path="/edits", present=False, learnt_at=clock.now())
    await KeptEndpoints(database).learn("http://here", lesson)

    after_restart = KeptEndpoints(database)

    assert await after_restart.of("http://here") == {"/edits": lesson}
    assert await after_restart.of("http://there") == {}
