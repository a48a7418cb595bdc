"""Fine-tuning at /fine_tuning/jobs, and at /fine-tunes where a server has only that."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Literal

from bot.ai._deadlines import Deadlines
from bot.ai._form import given
from bot.ai._jobs import checkpoint_of, events_of, job_of, new_body, old_body
from bot.ai._lists import Pages
from bot.ai._sending import Method, Sending
from bot.ai._wire import Kind
from bot.ai.api import Api, is_missing, quoted
from bot.domain.calls import FallbackUsed, Notice, Operation, Record, unrecorded
from bot.domain.chat import ParameterChanged
from bot.domain.errors import (
    BadAnswerError,
    Damage,
    EndpointMissingError,
    RemoteNotFoundError,
    RequestRejectedError,
    UpstreamError,
)
from bot.domain.fine_tuning import NEW, OLD, Checkpoint, Job, JobEvent, JobPage, JobRequest

Items = list[dict[str, Any]]
MAX_PAGES = 50
PAGE = 100
EVERY_S = 10.0
DAYS_S = 7 * 86_400.0
"""How long one stream of events is listened to."""


class OpenAIFineTuning:
    """Implements bot.domain.fine_tuning.FineTuning."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._pages = Pages(api)

    async def create(self, request: JobRequest, record: Record = unrecorded) -> Job:
        """Never sent twice: there would be two jobs, to be paid for.

        Raises:
            OptionGoneError: options that the server's dialect has no place for.
            OptionError: a value that it can't take.
            UpstreamError: one of its leaves.
        """
        async with self._api.deadlines() as deadlines:
            wants_old = bool(request.hyperparameters.only_old)
            if wants_old and await self._has(OLD, deadlines, record):
                return await self._create_old(request, deadlines, record)
            if await self._asks_new():
                try:
                    return await self._create_new(request, deadlines, record)
                except UpstreamError as error:
                    if not is_missing(error) or not await self._has(OLD, deadlines, record):
                        raise
            return await self._create_old(request, deadlines, record)

    async def list(
        self, *, limit: int | None = None, after: str | None = None, record: Record = unrecorded
    ) -> JobPage:
        """One page, newest first; behind the last, those of /fine-tunes."""
        async with self._api.deadlines() as deadlines:
            jobs: list[Job] = []
            more: str | None = None
            missing: UpstreamError | None = None
            if await self._asks_new():
                query = given(limit=limit, after=after)
                try:
                    items, more = await self._pages.page(
                        self._sending("GET", NEW, route=NEW, query=query), deadlines, record
                    )
                    jobs += _jobs(items)
                except UpstreamError as error:
                    if not is_missing(error):
                        raise
                    missing = error
            if more is None and await self._may_have_old():
                try:
                    items, _ = await self._pages.page(
                        self._sending("GET", OLD, route=OLD), deadlines, record
                    )
                except UpstreamError as error:
                    if not is_missing(error):
                        raise
                else:
                    missing = None
                    jobs += reversed(_jobs(items))
            if missing is not None:
                raise missing
        return JobPage(jobs=tuple(jobs), after=more)

    async def get(self, job: str, record: Record = unrecorded) -> Job:
        return await self._act("GET", job, "", record)

    async def cancel(self, job: str, record: Record = unrecorded) -> Job:
        return await self._act("POST", job, "/cancel", record)

    async def pause(self, job: str, record: Record = unrecorded) -> Job:
        return await self._act("POST", job, "/pause", record)

    async def resume(self, job: str, record: Record = unrecorded) -> Job:
        return await self._act("POST", job, "/resume", record)

    async def events(
        self, job: str, *, limit: int | None = None, record: Record = unrecorded
    ) -> tuple[JobEvent, ...]:
        """Those so far, oldest first; the newest `limit` of them."""
        async with self._api.deadlines() as deadlines:
            path = await self._path(job)
            items = await self._all(f"{path}/events", job, limit, deadlines, record)
        # Those of today come newest first, those of 2023 oldest first.
        found = events_of(items)
        found = found if path.startswith(OLD) else found[::-1]
        return tuple(found if limit is None else found[-limit:])

    async def follow(
        self,
        job: str,
        *,
        known: frozenset[str] = frozenset(),
        every_s: float = EVERY_S,
        record: Record = unrecorded,
    ) -> AsyncGenerator[JobEvent | Job, None]:
        """Events but the `known` ones, as they happen, and at last the job that is over.

        Raises:
            UpstreamError: one of its leaves; what failed for a moment is the caller's to repeat.
        """
        told = set(known)
        if (await self._path(job)).startswith(OLD):
            async with aclosing(self._listen(job, record)) as events:
                async for event in events:
                    if event.id not in told:
                        told.add(event.id)
                        yield event
        while True:
            # The state first: what happens between the two questions is told the next time.
            now = await self.get(job, record)
            for event in await self.events(job, record=record):
                if event.id not in told:
                    told.add(event.id)
                    yield event
            if now.status.over:
                yield now
                return
            await self._api.clock.sleep(every_s)

    async def checkpoints(self, job: str, record: Record = unrecorded) -> tuple[Checkpoint, ...]:
        path = await self._path(job)
        if path.startswith(OLD):
            raise EndpointMissingError(operation=f"{path}/checkpoints".removeprefix("/"))
        async with self._api.deadlines() as deadlines:
            items = await self._all(f"{path}/checkpoints", job, None, deadlines, record)
        found = (checkpoint_of(item) for item in items)
        return tuple(each for each in found if each is not None)

    async def delete_model(self, model: str, record: Record = unrecorded) -> None:
        """Jobs themselves can't be deleted. OpenAI wants the Owner role for this.

        Raises:
            ModelNotFoundError: there is no such model.
            EndpointMissingError: this server deletes none.
            UpstreamError: its other leaves.
        """
        sending = Sending(
            operation=Operation.MODELS,
            method="DELETE",
            path=f"/models/{quoted(model)}",
            model=model,
        )
        async with self._api.deadlines() as deadlines:
            answer = await self._api.fields(sending, deadlines, record, creates=True)
        if answer.get("deleted") is False:
            raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)

    async def _create_new(self, request: JobRequest, deadlines: Deadlines, record: Record) -> Job:
        def body(*, older: bool) -> dict[str, Any]:
            return new_body(request, top_level=older)

        may = request.method in (None, "supervised")  # what late 2023 knew
        made, older = await self._create(NEW, body, "method" if may else None, deadlines, record)
        changed = ParameterChanged(parameter="method", renamed_to="hyperparameters")
        return replace(made, notices=(changed,)) if older else made

    async def _create_old(self, request: JobRequest, deadlines: Deadlines, record: Record) -> Job:
        def body(*, older: bool) -> dict[str, Any]:
            return old_body(request, nested=older)

        made, nested = await self._create(OLD, body, "n_epochs", deadlines, record)
        notices: list[Notice] = [FallbackUsed(operation=Operation.FINE_TUNING, path=OLD)]
        if nested:
            notices.append(
                ParameterChanged(parameter="n_epochs", renamed_to="hyperparameters.n_epochs")
            )
        return replace(made, old=True, notices=tuple(notices))

    async def _create(
        self,
        path: str,
        body: Callable[..., dict[str, Any]],
        moved: str | None,
        deadlines: Deadlines,
        record: Record,
    ) -> tuple[Job, bool]:
        """The job, and whether `moved` had to be sent at its other place."""
        first = body(older=False)
        other = False
        try:
            answer = await self._post(path, first, deadlines, record)
        except RequestRejectedError as error:
            refused = error.parameter == moved or (moved or "") in error.detail
            if moved is None or moved not in first or not refused:
                raise
            answer = await self._post(path, body(older=True), deadlines, record)
            other = True
        return _job(answer), other

    async def _post(
        self, path: str, body: dict[str, Any], deadlines: Deadlines, record: Record
    ) -> dict[str, Any]:
        sending = self._sending("POST", path, route=path, body=body, model=str(body["model"]))
        return await self._api.fields(sending, deadlines, record, creates=True)

    async def _act(
        self, method: Literal["GET", "POST"], job: str, action: str, record: Record
    ) -> Job:
        path = await self._path(job)
        if path.startswith(OLD) and action in ("/pause", "/resume"):
            raise EndpointMissingError(operation=f"{path}{action}".removeprefix("/"))
        async with self._api.deadlines() as deadlines:
            sending = self._sending(method, f"{path}{action}")
            try:
                answer = await self._api.fields(
                    sending, deadlines, record, identifier=job, creates=method == "POST"
                )
            except EndpointMissingError as error:
                await self._decide(path, job, error, deadlines, record)
                raise
        found = _job(answer)
        if not path.startswith(OLD):
            return found
        used = FallbackUsed(operation=Operation.FINE_TUNING, path=OLD)
        return replace(found, old=True, notices=(used,))

    async def _listen(self, job: str, record: Record) -> AsyncGenerator[JobEvent, None]:
        """The stream of 2023. Where it breaks, asking goes on; it may be silent for hours."""
        sending = self._sending(
            "GET", f"{await self._path(job)}/events", query={"stream": "true"}, patient=True
        )
        items: list[dict[str, Any]] = []
        try:
            async with (
                Deadlines(self._api.clock, overall=DAYS_S) as deadlines,
                self._api.exchange(sending, deadlines, record, identifier=job) as answer,
                aclosing(answer.pieces()) as pieces,
            ):
                async for piece in pieces:
                    if piece.kind is not Kind.EVENT:
                        return  # its end, or a plain list, which is asked for next
                    items.append(dict(piece.fields))
                    yield events_of(items)[-1]
        except UpstreamError:
            return

    async def _all(
        self, path: str, job: str, limit: int | None, deadlines: Deadlines, record: Record
    ) -> Items:
        items: Items = []
        after: str | None = None
        for _ in range(MAX_PAGES):
            query = {} if path.startswith(OLD) else given(limit=min(limit or PAGE, PAGE))
            if after is not None:
                query["after"] = after
            try:
                page, after = await self._pages.page(
                    self._sending("GET", path, query=query), deadlines, record, identifier=job
                )
            except EndpointMissingError as error:
                await self._decide(path, job, error, deadlines, record)
                raise
            items += page
            if after is None or not page or (limit is not None and len(items) >= limit):
                break
        return items

    async def _path(self, job: str) -> str:
        """By the id where it tells, else by what the server has."""
        one = quoted(job)
        if job.startswith("ftjob-"):
            return f"{NEW}/{one}"
        old = job.startswith("ft-") or await self._api.endpoints.present(NEW) is False
        return f"{OLD if old else NEW}/{one}"

    async def _decide(
        self,
        path: str,
        job: str,
        missing: EndpointMissingError,
        deadlines: Deadlines,
        record: Record,
    ) -> None:
        """A 404 without a word: where the list is there, it is the job that is not."""
        collection = OLD if path.startswith(OLD) else NEW
        plain = path.removeprefix(collection).count("/") == 1
        if missing.status != HTTPStatus.NOT_FOUND or not plain:
            return
        if await self._has(collection, deadlines, record):
            raise RemoteNotFoundError(
                missing.detail, missing.status, missing.request_id, job
            ) from missing

    async def _has(self, path: str, deadlines: Deadlines, record: Record) -> bool:
        """Whether the collection is there; asked where it is not known."""
        known = await self._api.endpoints.present(path)
        if known is None and not (path == OLD and self._api.is_openai):
            try:
                await self._pages.page(self._sending("GET", path, route=path), deadlines, record)
            except UpstreamError as error:
                if not is_missing(error):
                    raise
                return False
            return True
        return bool(known)

    async def _asks_new(self) -> bool:
        """Unless it is known to be missing, and the other not: a server may have been updated."""
        known = await self._api.endpoints.present(NEW)
        return known is not False or not await self._may_have_old()

    async def _may_have_old(self) -> bool:
        known = await self._api.endpoints.present(OLD)
        return not self._api.is_openai if known is None else known

    def _sending(
        self,
        method: Method,
        path: str,
        *,
        route: str = "",
        model: str = "",
        body: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
        patient: bool = False,
    ) -> Sending:
        return Sending(
            operation=Operation.FINE_TUNING,
            method=method,
            path=path,
            route=route,
            model=model,
            body=body,
            query=query or {},
            patient=patient,
        )


def _jobs(items: list[dict[str, Any]]) -> list[Job]:
    found = (job_of(item) for item in items)
    return [job for job in found if job is not None]


def _job(fields: dict[str, Any]) -> Job:
    found = job_of(fields)
    if found is None:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
    return found
