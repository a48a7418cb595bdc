"""Pictures as answers: one call each, whose pictures are shown while they are drawn."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace

from bot.domain.calls import Operation, Record
from bot.domain.chat import ParameterChanged, TextPart
from bot.domain.conversations import Message, ModelReplaced, NothingMarked, PictureCropped, Produced
from bot.domain.errors import BadAnswerError, Damage, RequestRejectedError
from bot.domain.images import (
    Drawing,
    GenerationRequest,
    ImageEditRequest,
    ImageEvent,
    ImageModel,
    ImageParameters,
    VariationRequest,
)
from bot.media import Media
from bot.services.calls import Calls
from bot.services.conversations import LiveAnswer
from bot.services.images._canvas import Canvas
from bot.services.images._estimates import estimate
from bot.services.images._inputs import Inputs
from bot.services.images._rules import DALLE_2, is_dalle_2, is_gpt_image
from storage.database import Database

PARTIAL = 2
"""Partial pictures of one that is streamed: each is billed as about 100 tokens, a fortieth of a
picture of high quality and a third of one of low quality, which comes at once anyway."""

Draw = Callable[[Record], AsyncGenerator[ImageEvent, None]]


@dataclass(slots=True)
class ImageMaker:
    """Makes the answers of IMAGE_GENERATION, IMAGE_EDIT and IMAGE_VARIATION.

    legacy  the operator says that the server speaks as in 2023
    """

    model: ImageModel
    media: Media
    database: Database
    calls: Calls
    default_model: str
    legacy: bool = False
    _square: set[str] = field(default_factory=set[str])
    """Models that refused a picture until it was as those of 2023."""
    _whole: set[str] = field(default_factory=set[str])
    """Models whose pictures this server does not stream."""

    async def make(self, live: LiveAnswer, question: Message) -> None:
        turn = live.turn
        name = turn.answering.model or self.default_model
        live.model = name
        drawing = Drawing.of(turn.answering.details)
        prompt = "".join(part.text for part in question.parts if isinstance(part, TextPart))
        pictures = await Inputs(self.media, self.database).kept(question)
        work = _Work(live, name, prompt, drawing, pictures)
        match turn.answering.operation:
            case Operation.IMAGE_EDIT:
                await self._change(work)
            case Operation.IMAGE_VARIATION:
                await self._vary(work)
            case _:
                await self._generate(work)

    async def _generate(self, work: "_Work") -> None:
        parameters, stream = self._streamed(work)
        request = GenerationRequest(
            model=work.model,
            prompt=work.prompt,
            parameters=parameters,
            stream=stream,
            person=self._person(work),
        )
        canvas = Canvas(work.live, self.media, alt=work.prompt)
        await self._draw(
            work, canvas, parameters, lambda record: self.model.generate(request, record)
        )

    async def _change(self, work: "_Work") -> None:
        square = self.legacy or is_dalle_2(work.model) or work.model in self._square
        try:
            await self._edit(work, square=square)
        except RequestRejectedError as error:
            # Whether a server is one of 2023 shows when it refuses, and that costs nothing.
            refused = error.parameter in ("image", "mask")
            if square or not refused or len(work.pictures) - work.drawing.masked > 1:
                raise
            await self._edit(work, square=True)
            self._square.add(work.model)

    async def _edit(self, work: "_Work", *, square: bool) -> None:
        pictures, mask = list(work.pictures), None
        if work.drawing.masked:
            mask = pictures.pop()
        fitted = await Inputs(self.media, self.database).fit(
            pictures, square=square, mask=mask, region=work.drawing.region
        )
        parameters, stream = self._streamed(work)
        request = ImageEditRequest(
            model=work.model,
            prompt=work.prompt,
            images=fitted.images,
            mask=fitted.mask,
            parameters=parameters,
            stream=stream,
            person=self._person(work),
        )
        canvas = Canvas(work.live, self.media, alt=work.prompt, preview=fitted.preview)
        await self._draw(work, canvas, parameters, lambda record: self.model.edit(request, record))
        if fitted.cropped:
            work.live.notice(PictureCropped(name=pictures[0].name))
        if not fitted.marked:
            work.live.notice(NothingMarked())

    async def _vary(self, work: "_Work") -> None:
        [picture, *_] = work.pictures
        inputs = Inputs(self.media, self.database)
        fitted = await inputs.fit([picture], square=True)
        whole = await inputs.one(picture, square=False)
        parameters = work.drawing.parameters
        # GPT Image has no variations; the model of 2023 that had is the one that servers keep.
        request = VariationRequest(
            model=DALLE_2 if is_gpt_image(work.model) else work.model,
            image=fitted.images[0],
            parameters=parameters,
            edit_model=None if self.legacy else self._editor(work.model),
            edit_image=whole,
            person=self._person(work),
        )
        canvas = Canvas(work.live, self.media, alt=work.prompt)
        await self._draw(
            work,
            canvas,
            parameters,
            lambda record: self.model.vary(request, record),
            instead=request.edit_model,
        )
        unnamed = ParameterChanged(parameter="model") in work.live.notices
        if work.chosen and request.model != work.model and not (canvas.fallback or unnamed):
            work.live.notice(
                ModelReplaced(asked=work.model, used=request.model, option="/image variation")
            )
        if fitted.cropped and not canvas.fallback:
            work.live.notice(PictureCropped(name=picture.name))

    def _person(self, work: "_Work") -> str | None:
        return self.calls.person(work.live.caller.user)

    def _editor(self, model: str) -> str | None:
        """What edits where there are no variations: never a model that is gone."""
        if not is_dalle_2(model):
            return model
        return None if is_dalle_2(self.default_model) else self.default_model

    async def _draw(
        self,
        work: "_Work",
        canvas: Canvas,
        parameters: ImageParameters,
        draw: Draw,
        *,
        instead: str | None = None,
    ) -> None:
        live = work.live
        most = estimate(
            work.prompt,
            parameters,
            pictures_in=len(work.pictures),
            partial=parameters.partial_images or 0,
        )
        call = await self.calls.reserve(
            live.caller,
            live.turn.answering.operation,
            work.model,
            most,
            instead=(instead,) if instead else (),
            chosen=work.chosen,
        )
        live.calls.append(call)
        call.kept.add(work.prompt, live.turn.id, part=0)
        model = frozenset({"model"})
        unasked = frozenset[str]() if work.chosen else model
        kept = model if instead == work.model else frozenset[str]()
        try:
            await canvas.fill(draw(call.record), unasked=unasked, kept=kept)
        except BadAnswerError as error:
            if error.damage is Damage.EMPTY:
                self._whole.add(work.model)  # a stream of nothing; the next try wants none
            raise
        finally:
            if canvas.whole:
                self._whole.add(work.model)

    def _streamed(self, work: "_Work") -> tuple[ImageParameters, bool]:
        """Whether it is shown while it is drawn: only GPT Image can, and one picture at a time."""
        parameters = work.drawing.parameters
        stream = (
            is_gpt_image(work.model)
            and work.model not in self._whole
            and (parameters.n or 1) == 1
            and parameters.quality != "low"
            and parameters.response_format is None
        )
        return (
            (replace(parameters, partial_images=PARTIAL), True) if stream else (parameters, False)
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """One attempt: what is wanted, and of what."""

    live: LiveAnswer
    model: str
    prompt: str
    drawing: Drawing
    pictures: tuple[Produced, ...]

    @property
    def chosen(self) -> bool:
        """Somebody wanted this model: the person, or what is set there."""
        return self.live.turn.answering.model is not None
