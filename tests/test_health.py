import asyncio
import socket
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer, unused_port

from bot import metrics
from bot.domain.errors import DatabaseFullError
from bot.health import DEAF_AFTER_S, MEASURED_EVERY_S, Health, Vitals, health_app, serve_health


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []
        self.someone_sleeps = asyncio.Event()

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        wake = asyncio.Event()
        self._sleepers.append((self._passed + seconds, wake))
        self.someone_sleeps.set()
        await wake.wait()

    def advance(self, seconds: float) -> None:
        self._passed += seconds
        self.someone_sleeps.clear()
        for until, wake in self._sleepers:
            if until <= self._passed:
                wake.set()
        self._sleepers = [each for each in self._sleepers if each[0] > self._passed]


class Patient:
    """A bot whose parts are as well as a test says."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.shards: dict[int, float | None] = {0: 1.0}
        self.latencies: dict[int, float] = {0: 0.05}
        self.database_error: Exception | None = None
        self.database_goes_on = asyncio.Event()
        self.database_goes_on.set()
        self.writes = 0
        self.api: str | None = None
        self.vitals = Vitals(
            heartbeats=self._heartbeats,
            latencies=lambda: self.latencies,
            write=self._write,
            last_api=lambda: self.api,
        )
        self.health = Health(self.vitals, self.clock)

    def _heartbeats(self) -> Mapping[int, float | None]:
        return self.shards

    async def _write(self) -> None:
        self.writes += 1
        await self.database_goes_on.wait()
        if self.database_error is not None:
            raise self.database_error


@pytest.fixture
async def patient() -> Patient:
    return Patient()


@pytest.fixture
async def outside(patient: Patient) -> AsyncGenerator[TestClient, None]:
    async with TestClient(TestServer(health_app(patient.health))) as client:
        yield client


async def test_a_bot_that_is_well_says_so_to_whoever_asks(
    patient: Patient, outside: TestClient
) -> None:
    patient.api = "ok"

    answer = await outside.get("/healthz")

    assert answer.status == 200
    assert await answer.json() == {
        "healthy": True,
        "gateway": "ok",
        "database": "ok",
        "api": "ok",
    }


async def test_a_quiet_gateway_is_well_and_so_is_one_nobody_called_the_api_on(
    patient: Patient,
) -> None:
    patient.shards = {0: DEAF_AFTER_S - 1, 1: 0.0}

    report = await patient.health.report()

    assert report["healthy"] is True
    assert report["api"] == "not called yet"


@pytest.mark.parametrize(
    ("shards", "words"),
    [
        ({}, "not connected"),
        ({0: 1.0, 1: None, 2: None}, "not connected: shard 1, 2"),
        ({0: 1.0, 7: DEAF_AFTER_S + 1}, "deaf: shard 7"),
    ],
)
async def test_a_deaf_gateway_is_not_well(
    patient: Patient, outside: TestClient, shards: dict[int, float | None], words: str
) -> None:
    patient.shards = shards

    answer = await outside.get("/healthz")

    assert answer.status == 503
    assert (await answer.json())["gateway"] == words


async def test_a_database_that_cannot_be_written_is_not_well_until_it_can(
    patient: Patient, outside: TestClient
) -> None:
    patient.database_error = DatabaseFullError()
    full = await outside.get("/healthz")
    patient.database_error = None
    mended = await outside.get("/healthz")

    assert (full.status, (await full.json())["database"]) == (503, "DatabaseFullError")
    assert mended.status == 200


async def test_a_database_that_does_not_answer_is_not_waited_for_and_not_asked_twice(
    patient: Patient,
) -> None:
    patient.database_goes_on.clear()
    asking = asyncio.ensure_future(patient.health.report())
    await patient.clock.someone_sleeps.wait()
    patient.clock.advance(5)
    first = await asking

    asking = asyncio.ensure_future(patient.health.report())
    await patient.clock.someone_sleeps.wait()
    patient.database_goes_on.set()
    second = await asking

    assert first["database"] == "no answer within 5 s"
    assert first["healthy"] is False
    assert second["database"] == "ok"
    assert patient.writes == 1


async def test_a_failing_api_is_shown_but_a_restart_would_not_help(patient: Patient) -> None:
    patient.api = "KeyRejectedError"

    report = await patient.health.report()

    assert report["healthy"] is True
    assert report["api"] == "KeyRejectedError"


async def test_metrics_are_served_as_prometheus_reads_them(outside: TestClient) -> None:
    answer = await outside.get("/metrics")

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE switchboard_turns_total counter" in await answer.text()


async def test_latency_and_lag_are_measured_while_it_serves(patient: Patient) -> None:
    patient.latencies = {3: 0.25}
    before = _lags()

    async with serve_health(patient.vitals, host="127.0.0.1", port=0, clock=patient.clock) as at:
        await patient.clock.someone_sleeps.wait()
        patient.clock.advance(MEASURED_EVERY_S + 0.02)
        await patient.clock.someone_sleeps.wait()

    assert at is None
    assert _lags() == before + 1
    assert metrics.registry.get_sample_value(
        "switchboard_gateway_latency_seconds", {"shard": "3"}
    ) == pytest.approx(0.25)


def _lags() -> float:
    return metrics.registry.get_sample_value("switchboard_loop_lag_seconds_count") or 0


async def test_it_listens_where_it_was_told_to_and_stops_with_its_block(patient: Patient) -> None:
    port = unused_port()

    async with (
        serve_health(patient.vitals, host="127.0.0.1", port=port, clock=patient.clock) as address,
        ClientSession() as http,
        http.get(f"{address}/healthz") as answer,
    ):
        assert answer.status == 200

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_port_that_is_taken_is_told_and_the_bot_goes_on(
    patient: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with serve_health(
            patient.vitals, host="127.0.0.1", port=port, clock=patient.clock
        ) as address:
            assert address is None

    assert f"port {port}" in caplog.text
    assert "Set HTTP_PORT" in caplog.text
