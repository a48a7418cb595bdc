"""What the outside can see of this process: /healthz for whoever restarts it, /metrics for graphs.

Neither shows anything of a person, and neither asks for a password: HTTP_HOST decides who reaches
them.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot import metrics
from bot.domain.clock import Clock
from bot.domain.errors import StorageError
from bot.tasks import spawn

log = logging.getLogger(__name__)

DEAF_AFTER_S = 100.0
"""More than two of Discord's heartbeats (41.25 s each) that nobody answered."""
DATABASE_PATIENCE_S = 5.0
MEASURED_EVERY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Where the health of each part is asked for.

    heartbeats  seconds since the gateway last answered each shard; None where it is not connected
    latencies   the newest round trip of each shard, in seconds
    write       commits a row (`Database.writable`)
    last_api    how the last API call ended: "ok" or the error's name; None before the first
    """

    heartbeats: Callable[[], Mapping[int, float | None]]
    latencies: Callable[[], Mapping[int, float]]
    write: Callable[[], Awaitable[None]]
    last_api: Callable[[], str | None]


class Health:
    def __init__(self, vitals: Vitals, clock: Clock) -> None:
        self._vitals = vitals
        self._clock = clock
        self._writing: asyncio.Task[None] | None = None
        self._written = "not asked yet"

    async def report(self) -> dict[str, Any]:
        """Every part in a word, and `healthy`: whether a restart could not make it better.

        A quiet gateway is well as long as it answers heartbeats. A failing API is shown, but it is
        not our ill.
        """
        gateway, database = self._gateway(), await self._database()
        return {
            "healthy": gateway == "ok" and database == "ok",
            "gateway": gateway,
            "database": database,
            "api": self._vitals.last_api() or "not called yet",
        }

    def _gateway(self) -> str:
        shards = self._vitals.heartbeats()
        if not shards:
            return "not connected"
        if apart := [shard for shard, age in shards.items() if age is None]:
            return f"not connected: shard {', '.join(map(str, apart))}"
        if deaf := [shard for shard, age in shards.items() if (age or 0) > DEAF_AFTER_S]:
            return f"deaf: shard {', '.join(map(str, deaf))}"
        return "ok"

    async def _database(self) -> str:
        """The result of one write, shared by all who ask at the same time; never cancelled."""
        if self._writing is None or self._writing.done():
            self._writing = spawn(self._write(), name="health: database")
        patience = asyncio.ensure_future(self._clock.sleep(DATABASE_PATIENCE_S))
        try:
            await asyncio.wait({self._writing, patience}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()
        if not self._writing.done():
            return f"no answer within {DATABASE_PATIENCE_S:g} s"
        return self._written

    async def _write(self) -> None:
        try:
            await self._vitals.write()
        except StorageError as error:
            self._written = type(error).__name__
            metrics.database_errors.labels(error=self._written).inc()
        else:
            self._written = "ok"

    async def keep_measuring(self) -> None:
        """Put gateway latency and event-loop lag on record, until cancelled."""
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(MEASURED_EVERY_S)
            lag = self._clock.monotonic() - before - MEASURED_EVERY_S
            metrics.loop_lag_seconds.observe(max(lag, 0.0))
            for shard, seconds in self._vitals.latencies().items():
                metrics.gateway_latency_seconds.labels(shard=str(shard)).set(seconds)


def health_app(health: Health) -> web.Application:
    async def healthz(_request: web.Request) -> web.Response:
        report = await health.report()
        return web.json_response(report, status=200 if report["healthy"] else 503)

    async def exposition(_request: web.Request) -> web.Response:
        # The header is given whole: it has a version that aiohttp's content_type does not take.
        header = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=metrics.exposition(), headers=header)

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", exposition)])
    return app


@asynccontextmanager
async def serve_health(
    vitals: Vitals, *, host: str, port: int, clock: Clock
) -> AsyncGenerator[str | None, None]:
    """Serve until the block ends; gives the address, or None where there is no server.

    port  0 means none. One that is taken is said and not fatal: a second process on this machine
          answers people just as well
    """
    health = Health(vitals, clock)
    measuring = spawn(health.keep_measuring(), name="health: measuring")
    runner = web.AppRunner(health_app(health), access_log=None, shutdown_timeout=1)
    address = None
    try:
        if port:
            await runner.setup()
            try:
                await web.TCPSite(runner, host, port).start()
                address = f"http://{host}:{port}"
                log.info("Health and metrics at %s/healthz and %s/metrics", address, address)
            except OSError as error:
                log.error(  # noqa: TRY400  one line says it
                    "No /healthz and /metrics, %s port %d: %s. Set HTTP_PORT to a free one or 0.",
                    host,
                    port,
                    error.strerror,
                )
        yield address
    finally:
        measuring.cancel()
        await runner.cleanup()
