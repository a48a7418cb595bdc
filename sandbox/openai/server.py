"""The front door: finds the operation, checks key and parameters, records, and answers."""

import asyncio
from secrets import token_hex
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from sandbox._kept import trim
from sandbox.clock import Clock
from sandbox.openai import (
    audio,
    chat,
    completions,
    edits,
    errors,
    files,
    fine_tunes,
    fine_tuning_jobs,
    image_edits,
    images,
    models,
    moderations,
    responses,
    speech,
    tokens,
)
from sandbox.openai.answers import Answers
from sandbox.openai.call import MIB, Body, Call, Operation, State
from sandbox.openai.catalogue import Catalogue
from sandbox.openai.errors import ApiError
from sandbox.openai.faults import FaultKind, Faults
from sandbox.openai.file_store import FileStore
from sandbox.openai.headers import RateLimits, authorize
from sandbox.openai.params import Dialect, check
from sandbox.openai.pictures import PictureStore
from sandbox.openai.reading import arguments, read
from sandbox.openai.recorded import RecordedRequest
from sandbox.openai.routes import Pattern, template
from sandbox.openai.streams import Answer
from sandbox.openai.training import Trainings
from sandbox.openai.writer import DroppedError, Tap, Writer, untapped

OPERATIONS: tuple[Operation, ...] = (
    *models.OPERATIONS,
    *completions.OPERATIONS,
    *chat.OPERATIONS,
    *edits.OPERATIONS,
    *images.OPERATIONS,
    *image_edits.OPERATIONS,
    *audio.OPERATIONS,
    *speech.OPERATIONS,
    *files.OPERATIONS,
    *fine_tunes.OPERATIONS,
    *fine_tuning_jobs.OPERATIONS,
    *moderations.OPERATIONS,
    *responses.OPERATIONS,
)

PREFIX = "/v1"
# with their uploads, so that a sandbox can stay up for days
KEPT_REQUESTS, KEPT_BYTES = 2000, 128 * MIB
DEFAULT_LIMIT = 64 * MIB  # bytes of a body that no operation asked for


class OpenAIServer:
    """One account of an OpenAI-like server, under /v1 of the application it is mounted on.

    requests  what was asked, oldest first; the last 2,000, and of these the last `kept_bytes`
    faults    switched on and off by tests, a file or the control route
    answers   what is answered next
    state     the models, files and jobs of the account
    tap       told of each request once it is read (with no bytes), and of the bytes of its answer
    """

    def __init__(self, clock: Clock, api_key: str, dialect: Dialect | str = "both") -> None:
        self.dialect = Dialect(dialect)
        self.api_key = api_key
        self.requests: list[RecordedRequest] = []
        self.kept_bytes = KEPT_BYTES
        self.faults = Faults()
        self.answers = Answers()
        self.tap: Tap = untapped
        self.rate_limits = RateLimits(clock)
        self.state = State(
            clock=clock,
            dialect=self.dialect,
            answers=self.answers,
            catalogue=Catalogue(self.dialect),
            files=FileStore(),
            pictures=PictureStore(),
            trainings=Trainings(),
        )
        self._clock = clock
        self._arrived = asyncio.Event()
        self._table = [
            (template(each.path), each)
            for each in OPERATIONS
            if each.params(self.dialect) is not None
        ]

    def routes(self) -> list[web.RouteDef]:
        """To be added to the application: everything under /v1."""
        return [web.route("*", PREFIX + "{path:(?:/.*)?}", self.handle)]

    def close(self) -> None:
        """Let go of everything that is held or stalled, so that the server can end."""
        self.answers.clear()
        self.faults.clear()

    async def asked(self, route: str, times: int = 1) -> RecordedRequest:
        """The n-th request on a route such as "POST /chat/completions", once it has come."""
        pattern = Pattern(route)
        while True:
            fitting = [each for each in self.requests if pattern.matches(each.method, each.path)]
            if len(fitting) >= times:
                return fitting[times - 1]
            await self._arrived.wait()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        began = self._clock.monotonic()
        path = request.path.removeprefix(PREFIX)
        record = RecordedRequest(
            id=f"req_{token_hex(16)}",
            method=request.method,
            path=path,
            query=dict(request.query),
            headers=CIMultiDictProxy(CIMultiDict(request.headers)),
        )
        self.requests.append(record)
        del self.requests[:-KEPT_REQUESTS]
        self._arrived.set()
        self._arrived = asyncio.Event()
        writer = Writer(
            request=request,
            record=record,
            headers={
                "x-request-id": record.id,
                "openai-version": "2020-10-01",
                "openai-organization": self.state.organization,
            },
            clock=self._clock,
            faults=self.faults,
            fault=self.faults.take(request.method, path),
            gate=self.answers.gate_for(request.method, path),
            pace=self.answers.pace,
            tap=self.tap,
        )
        record.fault = None if writer.fault is None else writer.fault.kind.value
        try:
            return await self._answer(request, record, writer, began)
        except (DroppedError, ConnectionError):
            record.disconnected = True
            # Never seen by anybody, but aiohttp wants a response to close its books on.
            return writer.response or web.Response(status=499)
        finally:
            trim(self.requests, self.kept_bytes)
            record.ended.set()

    async def _answer(
        self, request: web.Request, record: RecordedRequest, writer: Writer, began: float
    ) -> web.StreamResponse:
        found = self._find(request)
        expected, limit = (found.body, found.limit) if found else (Body.NONE, DEFAULT_LIMIT)
        problem = await read(request, record, expected, limit)
        self.tap(request, record, b"")
        if (early := await writer.before()) is not None:
            return early
        try:
            answer = await self._operate(request, record, writer, problem)
        except ApiError as error:
            writer.headers["openai-processing-ms"] = self._passed(began)
            return await writer.json(error.body(), error.status, error.headers)
        size = request.content_length or 0
        writer.headers.update(self.rate_limits.spend(size // tokens.CHARACTERS))
        writer.headers["openai-processing-ms"] = self._passed(began)
        return await writer.write(answer)

    async def _operate(
        self,
        request: web.Request,
        record: RecordedRequest,
        writer: Writer,
        problem: ApiError | None,
    ) -> Answer:
        operation = self._find(request)
        if operation is None or not operation.public:
            authorize(request, self.api_key)
        if operation is None:
            raise self._nowhere(request, record)
        if problem is not None:
            raise problem
        params = operation.params(self.dialect) or {}
        lists = self.dialect is not Dialect.LEGACY
        given = arguments(record, operation.body, params, lists=lists)
        match = template(operation.path).fullmatch(_raw_path(request))
        ids = match.groupdict() if match else {}
        call = Call(
            state=self.state,
            origin=f"{request.url.origin()}{PREFIX}",
            ids={name: unquote(value) for name, value in ids.items()},
            args=check(given, params, self.dialect),
        )
        if writer.fault is not None and writer.fault.kind is FaultKind.JSON_FOR_STREAM:
            call.args.pop("stream", None)
            call.args.pop("stream_options", None)
        return await operation.handler(call)

    def _find(self, request: web.Request) -> Operation | None:
        raw = _raw_path(request)
        for pattern, operation in self._table:
            if operation.method == request.method and pattern.fullmatch(raw):
                return operation
        return None

    def _nowhere(self, request: web.Request, record: RecordedRequest) -> ApiError:
        raw = _raw_path(request)
        allowed = {each.method for pattern, each in self._table if pattern.fullmatch(raw)}
        if allowed:
            return errors.wrong_method(allowed)
        return errors.unknown_url(request.method, PREFIX + record.path)

    def _passed(self, began: float) -> str:
        return str(round((self._clock.monotonic() - began) * 1000))


def _raw_path(request: web.Request) -> str:
    """Still quoted: a %2F in an id is no slash of the route."""
    return request.rel_url.raw_path.removeprefix(PREFIX)
