"""One API server, as every operation speaks to it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import openai
import structlog
from openai import AsyncOpenAI

from bot.ai._deadlines import Deadlines
from bot.ai._errors import Call, ServerSaidError, facts_of, translated
from bot.ai._facts import Facts
from bot.ai._form import Form
from bot.ai._parameters import put_differently
from bot.ai._recording import Note
from bot.ai._sending import Sending
from bot.ai._wire import Answer, sent
from bot.ai.capabilities import PROBED, Dialect, Endpoints, InMemoryEndpoints, LearnedEndpoints
from bot.ai.client import Timeouts, secrets_of
from bot.ai.learned import InMemoryParameters, LearnedParameters
from bot.ai.retries import ONLY_UNTOUCHED, RetryPolicy
from bot.domain.calls import Capabilities, Json, Notice, Operation, Record, unrecorded
from bot.domain.chat import ParameterChanged, StreamingDropped
from bot.domain.clock import Clock
from bot.domain.errors import (
    BadAnswerError,
    ContentRejectedError,
    ContextLengthError,
    Damage,
    EndpointMissingError,
    ModelNotFoundError,
    RemoteNotFoundError,
    RequestRejectedError,
    StorageError,
    UpstreamError,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")
Reader = Callable[[Answer], AsyncGenerator[T, None]]
"""Makes events of an answer; called once for each try."""

_PRESENT = (
    ContentRejectedError,
    ContextLengthError,
    ModelNotFoundError,
    RemoteNotFoundError,
    RequestRejectedError,
)


class Api:
    """Where the API is, what is known of it, and how long and how often it is asked.

    learned    parameters that models refused
    endpoints  paths that are there, and that are not
    dialect    `OPENAI_DIALECT`
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        *,
        clock: Clock,
        timeouts: Timeouts | None = None,
        learned: LearnedParameters | None = None,
        endpoints: LearnedEndpoints | None = None,
        retries: RetryPolicy | None = None,
        dialect: Dialect = "auto",
    ) -> None:
        self.client = client
        self.clock = clock
        self.timeouts = timeouts or Timeouts()
        self.learned = learned or InMemoryParameters()
        self.retries = retries or RetryPolicy()
        self.server = str(client.base_url)
        self.endpoints = Endpoints(
            self.server, endpoints or InMemoryEndpoints(), clock=clock, dialect=dialect
        )

    @property
    def is_openai(self) -> bool:
        """OpenAI's own hosts, regional ones included."""
        return is_openai(self.server)

    @property
    def legacy(self) -> bool:
        """The operator says that it speaks as in 2023."""
        return self.endpoints.dialect == "legacy"

    def person(self, person: str | None) -> dict[str, str]:
        """Who asked, as a field, where it is known to be taken; other servers may refuse it."""
        return {"user": person} if person and (self.is_openai or self.legacy) else {}

    def deadlines(self) -> Deadlines:
        return Deadlines(self.clock, overall=self.timeouts.overall)

    @asynccontextmanager
    async def exchange(
        self, sending: Sending, deadlines: Deadlines, record: Record, *, identifier: str = ""
    ) -> AsyncGenerator[Answer, None]:
        """One try. Its errors come out as ours; whether the endpoint is there is learnt.

        Raises:
            UpstreamError: one of its leaves; its cause is what was raised below.
        """
        call = Call(
            operation=sending.path.removeprefix("/"),
            model=sending.model,
            identifier=identifier,
            secrets=secrets_of(self.client),
            connect=self.timeouts.connect,
            read=self.timeouts.first,
        )
        note = Note(sending, record, call=call, clock=self.clock)
        answer: Answer | None = None
        try:
            async with sent(
                self.client, sending, note, deadlines=deadlines, timeouts=self.timeouts
            ) as answer:
                yield answer
        except Exception as cause:
            error = translated(cause, call, now=self.clock.now())
            if error is None:
                raise
            if answer is not None and error.request_id is None:
                error.request_id = answer.request_id
            if isinstance(error, BadAnswerError) and error.status is None:
                error.status = HTTPStatus.OK
            await self._learn(sending, error)
            if error is cause:
                raise
            raise error from cause
        else:
            await self._learn(sending, None)

    async def _learn(self, sending: Sending, error: UpstreamError | None) -> None:
        if sending.route:
            await learn_from(self.endpoints, sending.route, error)

    async def json(
        self,
        sending: Sending,
        deadlines: Deadlines,
        record: Record,
        *,
        identifier: str = "",
        creates: bool = False,
    ) -> Json:
        """A whole answer; what creates is tried again only where the server can't have begun.

        Raises:
            UpstreamError: one of its leaves.
        """
        tried_again = 0
        policy = ONLY_UNTOUCHED if creates else self.retries
        while True:
            try:
                async with self.exchange(
                    sending, deadlines, record, identifier=identifier
                ) as answer:
                    return answer.payload(await answer.body())
            except UpstreamError as error:
                pause = policy.pause(error, tried_again=tried_again)
                if pause is None:
                    raise
                tried_again += 1
                await deadlines.wait(self.clock.sleep(pause))

    async def fields(
        self,
        sending: Sending,
        deadlines: Deadlines,
        record: Record,
        *,
        identifier: str = "",
        creates: bool = False,
    ) -> dict[str, Any]:
        """The same where it has to be an object."""
        answer = await self.json(sending, deadlines, record, identifier=identifier, creates=creates)
        if not isinstance(answer, dict):
            raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.WRONG_SHAPE)
        return cast("dict[str, Any]", answer)

    async def ask(
        self,
        form: Form,
        read: Reader[T],
        deadlines: Deadlines,
        record: Record,
        *,
        creates: bool = False,
    ) -> AsyncGenerator[T | ParameterChanged | StreamingDropped, None]:
        """Events of `read`; what is refused is left out, and what never began is tried again.

        creates  it is asked again only where the server can't have begun

        Raises:
            UpstreamError: one of its leaves. What was yielded before stays valid.
        """
        for change in form.apply(await self.learned.of(self.server, form.scope)):
            yield change
        policy = ONLY_UNTOUCHED if creates else self.retries
        tried_again = 0
        while True:
            begun = False
            try:
                async with self.exchange(form.put(), deadlines, record) as answer:
                    answer.wants_stream = form.streams
                    async with aclosing(read(answer)) as events:
                        async for event in events:
                            # What is told about the answer is not yet a part of it.
                            begun = answer.begun = begun or not isinstance(event, StreamingDropped)
                            yield event
            except UpstreamError as error:
                if begun:
                    raise
                told = await self._put_differently(form, error, creates=creates)
                if told is None:
                    pause = policy.pause(error, tried_again=tried_again)
                    if pause is None:
                        raise
                    log.info("api_again", path=form.sending.path, error=type(error).__name__)
                    tried_again += 1
                    await deadlines.wait(self.clock.sleep(pause))
            else:
                return
            for change in told or ():
                yield change

    async def _put_differently(
        self, form: Form, error: UpstreamError, *, creates: bool
    ) -> Sequence[ParameterChanged | StreamingDropped] | None:
        if form.streams and is_silence(error):
            return None if creates else form.unstream()  # it may well have been made
        facts = self._facts(error)
        if facts is None:
            return None
        learn = partial(self.learned.learn, self.server, form.scope)
        return await put_differently(form, facts, learn)

    async def probe(
        self, record: Record = unrecorded, *, limit_s: float | None = None
    ) -> Capabilities:
        """Ask each endpoint that is not known whether it is there, harmlessly and free of charge.

        Gives what is known then. What was learnt before an error stays learnt.

        limit_s  for all of it; None: as long as a call may take

        Raises:
            UpstreamError: the server can't be reached, refuses the key, or limits our calls.
        """
        overall = self.timeouts.overall if limit_s is None else limit_s
        async with Deadlines(self.clock, overall=overall) as deadlines:
            for path, method in PROBED.items():
                if await self.endpoints.present(path) is not None:
                    continue
                sending = Sending(
                    operation=_OPERATIONS.get(path, Operation.MODELS),
                    method="GET" if method == "GET" else "POST",
                    path=path,
                    route=path,
                    body=None if method == "GET" else {},
                )
                try:
                    async with self.exchange(sending, deadlines, record) as answer:
                        answer.payload(await answer.body())
                except (EndpointMissingError, BadAnswerError, *_PRESENT):
                    pass
                except UpstreamError as error:
                    if error.status is None or error.status in _HOPELESS:
                        raise
        return await self.endpoints.table()

    def _facts(self, error: UpstreamError) -> Facts | None:
        match error.__cause__:
            case openai.APIStatusError() as cause:
                return facts_of(cause, now=self.clock.now())
            case ServerSaidError(facts=facts):
                return facts
            case _:
                return None


_HOPELESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)
_OPERATIONS = {
    "/completions": Operation.COMPLETION,
    "/chat/completions": Operation.CHAT,
    "/responses": Operation.CHAT,
    "/edits": Operation.EDIT,
    "/images/generations": Operation.IMAGE_GENERATION,
    "/images/edits": Operation.IMAGE_EDIT,
    "/images/variations": Operation.IMAGE_VARIATION,
    "/audio/transcriptions": Operation.TRANSCRIPTION,
    "/audio/translations": Operation.TRANSLATION,
    "/audio/speech": Operation.SPEECH,
    "/moderations": Operation.MODERATION,
    "/files": Operation.FILES,
    "/fine_tuning/jobs": Operation.FINE_TUNING,
    "/fine-tunes": Operation.FINE_TUNING,
}


def is_openai(base_url: str) -> bool:
    """OpenAI's own hosts, regional ones included: known to take stream_options with every model."""
    host = urlsplit(base_url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")


def is_missing(error: UpstreamError) -> bool:
    """The endpoint is not there; a page of HTML instead of an answer means the same."""
    if isinstance(error, BadAnswerError):
        return error.damage is Damage.NOT_JSON and error.detail == "HTML"
    return isinstance(error, EndpointMissingError)


async def learn_from(endpoints: Endpoints, path: str, error: UpstreamError | None) -> None:
    """What an answer says about its path, or a refusal; most errors say nothing about it."""
    missing = error is not None and is_missing(error)
    if not (missing or error is None or isinstance(error, _PRESENT)):
        return
    try:
        await endpoints.learn(path, present=not missing)
    except StorageError as failed:
        # The answer is there all the same, and the next one teaches it again.
        log.warning("endpoint_not_learnt", error=type(failed).__name__)


def is_silence(error: UpstreamError) -> bool:
    """A stream without a single event: some servers can't stream and say nothing at all."""
    return isinstance(error, BadAnswerError) and error.damage is Damage.EMPTY


def quoted(identifier: str) -> str:
    """An id as one part of a path.

    Raises:
        RemoteNotFoundError: it would be another path.
    """
    if not identifier.strip() or identifier in (".", ".."):
        raise RemoteNotFoundError(identifier=identifier)
    return quote(identifier, safe=":")


async def first_or(
    first: AsyncGenerator[T, None],
    instead: Callable[[UpstreamError], AsyncGenerator[T, None] | None],
) -> AsyncGenerator[T, None]:
    """Events of `first`, or of what `instead` has for the error that it ended with."""
    try:
        async with aclosing(first):
            async for event in first:
                yield event
    except UpstreamError as error:
        second = instead(error)
        if second is None:
            raise
    else:
        return
    async with aclosing(second):
        async for event in second:
            yield event


async def only(
    events: AsyncGenerator[T | ParameterChanged | StreamingDropped, None], kind: type[T]
) -> tuple[T, tuple[Notice, ...]]:
    """The one result among events, and what was told beside it."""
    notices: list[Notice] = []
    found: T | None = None
    async with aclosing(events):
        async for event in events:
            if isinstance(event, kind):
                found = event
            elif isinstance(event, ParameterChanged | StreamingDropped):
                notices.append(event)
    if found is None:
        raise BadAnswerError(status=HTTPStatus.OK, damage=Damage.EMPTY)
    return found, tuple(notices)
