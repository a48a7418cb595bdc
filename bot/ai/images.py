"""POST /images/generations, /images/edits, /images/variations."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.ai._form import Form, given
from bot.ai._image_reader import ImageReader
from bot.ai._image_rules import check_2023
from bot.ai._links import Links
from bot.ai._sending import Sending, Upload
from bot.ai.api import Api, first_or, is_missing
from bot.domain.calls import FallbackUsed, Operation, Record, unrecorded
from bot.domain.errors import ModelNotFoundError, RequestRejectedError, UpstreamError
from bot.domain.images import (
    GenerationRequest,
    ImageEditRequest,
    ImageEvent,
    ImageInput,
    ImageParameters,
    VariationRequest,
)

GENERATIONS, EDITS, VARIATIONS = "/images/generations", "/images/edits", "/images/variations"
KEPT = frozenset({"prompt"})
VARY = "Make a variation of this image."
SMALL = ("256x256", "512x512")
"""Sizes of 2023 that models of today do not draw."""


class OpenAIImages:
    """Implements bot.domain.images.ImageModel."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._links = Links(api.server, api.clock)

    async def generate(
        self, request: GenerationRequest, record: Record = unrecorded
    ) -> AsyncGenerator[ImageEvent, None]:
        """Events as they arrive; the last is `PicturesFinished`.

        Raises:
            UpstreamError: one of its leaves. Pictures that came before stay valid.
            OptionError: OPENAI_DIALECT is legacy, and 2023 had no such thing.
        """
        if self._api.legacy:
            check_2023(request.parameters, prompt=request.prompt)
        body = {
            **self._model(request.model),
            "prompt": request.prompt,
            **self._parameters(request.parameters, stream=request.stream),
            **self._api.person(request.person),
        }
        sending = Sending(
            operation=Operation.IMAGE_GENERATION,
            path=GENERATIONS,
            route=GENERATIONS,
            model=request.model,
            body=body,
            patient=True,
        )
        async with aclosing(self._draw(sending, record)) as events:
            async for event in events:
                yield event

    async def edit(
        self, request: ImageEditRequest, record: Record = unrecorded
    ) -> AsyncGenerator[ImageEvent, None]:
        """The same, of pictures that are sent along.

        Raises:
            UpstreamError: one of its leaves.
            OptionError: OPENAI_DIALECT is legacy, and 2023 had no such thing.
            FileError: likewise, and a picture is too large.
        """
        sending = self._edit(request, Operation.IMAGE_EDIT)
        async with aclosing(self._draw(sending, record)) as events:
            async for event in events:
                yield event

    async def vary(
        self, request: VariationRequest, record: Record = unrecorded
    ) -> AsyncGenerator[ImageEvent, None]:
        """Others like a picture; where the endpoint is gone, by editing it.

        Raises:
            UpstreamError: one of its leaves.
            OptionError: OPENAI_DIALECT is legacy, and 2023 had no such thing.
            FileError: likewise, and the picture is too large.
        """
        known = await self._api.endpoints.present(VARIATIONS)
        there = not self._api.is_openai if known is None else known
        if request.edit_model is not None and not there:
            answer = self._by_edit(request, request.edit_model, record)
        else:

            def instead(error: UpstreamError) -> AsyncGenerator[ImageEvent, None] | None:
                if request.edit_model is None or not _wants_another(error):
                    return None
                return self._by_edit(request, request.edit_model, record)

            answer = first_or(self._vary(request, record), instead)
        async with aclosing(answer) as events:
            async for event in events:
                yield event

    async def _vary(
        self, request: VariationRequest, record: Record
    ) -> AsyncGenerator[ImageEvent, None]:
        wanted = request.parameters
        if self._api.legacy:
            check_2023(wanted, images=(request.image,))
        body = {
            **self._model(request.model),
            **given(n=wanted.n, size=wanted.size, response_format=wanted.response_format),
            **self._api.person(request.person),
        }
        sending = Sending(
            operation=Operation.IMAGE_VARIATION,
            path=VARIATIONS,
            route=VARIATIONS,
            model=request.model,
            body=body,
            files=(("image", _upload(request.image)),),
            patient=True,
        )
        async with aclosing(self._draw(sending, record)) as events:
            async for event in events:
                yield event

    async def _by_edit(
        self, request: VariationRequest, model: str, record: Record
    ) -> AsyncGenerator[ImageEvent, None]:
        yield FallbackUsed(
            operation=Operation.IMAGE_VARIATION, path=EDITS, lost=lost(request, model)
        )
        size = request.parameters.size
        edit = ImageEditRequest(
            model=model,
            prompt=VARY,
            images=(request.edit_image or request.image,),
            parameters=ImageParameters(
                n=request.parameters.n, size="1024x1024" if size in SMALL else size
            ),
            person=request.person,
        )
        sending = self._edit(edit, Operation.IMAGE_VARIATION)
        async with aclosing(self._draw(sending, record)) as events:
            async for event in events:
                yield event

    def _edit(self, request: ImageEditRequest, operation: Operation) -> Sending:
        if self._api.legacy:
            check_2023(
                request.parameters,
                prompt=request.prompt,
                images=request.images,
                mask=request.mask,
            )
        # Servers of 2023 know one picture, by this name alone.
        name = "image" if len(request.images) == 1 else "image[]"
        files = [(name, _upload(image)) for image in request.images]
        if request.mask is not None:
            files.append(("mask", _upload(request.mask)))
        return Sending(
            operation=operation,
            path=EDITS,
            route=EDITS,
            model=request.model,
            body={
                **self._model(request.model),
                "prompt": request.prompt,
                **self._parameters(request.parameters, stream=request.stream),
                **self._api.person(request.person),
            },
            files=tuple(files),
            patient=True,
        )

    def _model(self, model: str) -> dict[str, str]:
        """In 2023 this was no parameter."""
        return {} if self._api.legacy else {"model": model}

    def _parameters(self, wanted: ImageParameters, *, stream: bool) -> dict[str, object]:
        body = given(
            n=wanted.n,
            size=wanted.size,
            quality=wanted.quality,
            background=wanted.background,
            output_format=wanted.output_format,
            output_compression=wanted.output_compression,
            response_format=wanted.response_format,
            moderation=wanted.moderation,
            input_fidelity=wanted.input_fidelity,
        )
        if stream and not self._api.legacy:
            body |= {"stream": True, **given(partial_images=wanted.partial_images)}
        return body

    async def _draw(self, sending: Sending, record: Record) -> AsyncGenerator[ImageEvent, None]:
        form = Form(sending, KEPT)
        async with self._api.deadlines() as deadlines:
            reader = ImageReader(self._links, deadlines, sending.model)
            asking = self._api.ask(form, reader.read, deadlines, record, creates=True)
            async with aclosing(asking) as events:
                async for event in events:
                    yield event


def lost(request: VariationRequest, model: str) -> tuple[str, ...]:
    """What an edit has nothing for; pictures come as bytes whatever the format was."""
    wanted = request.parameters
    names = {
        "model": request.model != model,
        "size": wanted.size in SMALL,
        "response_format": wanted.response_format is not None,
    }
    return tuple(name for name, is_lost in names.items() if is_lost)


def _wants_another(error: UpstreamError) -> bool:
    """The endpoint or the only models it knew are gone."""
    refused = isinstance(error, RequestRejectedError) and error.parameter == "model"
    return is_missing(error) or isinstance(error, ModelNotFoundError) or refused


def _upload(image: ImageInput) -> Upload:
    return Upload(image.filename, image.data, image.mime)
