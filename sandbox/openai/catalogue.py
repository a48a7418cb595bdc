"""The models, when they end, and what they can be used for.

Names, families and dates: OpenAI's model and deprecation pages as of 2026-11-22; contexts are
those of the families, rounded as OpenAI states them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sandbox.openai.errors import ApiError, model_gone, model_not_found, wrong_endpoint
from sandbox.openai.params import Dialect


class Use(StrEnum):
    CHAT = "chat"
    COMPLETION = "completion"
    EDIT = "edit"
    IMAGE = "image"
    TRANSCRIPTION = "transcription"
    SPEECH = "speech"
    MODERATION = "moderation"


class Family(StrEnum):
    """How a model is to be spoken to; the differences are in chat_rules.py and image_rules.py."""

    PLAIN = "plain"
    REASONING = "reasoning"
    DALLE = "dall-e"
    GPT_IMAGE = "gpt-image"


@dataclass(frozen=True, slots=True)
class Model:
    """context counts prompt and answer together, in tokens.

    ended: gone from api.openai.com by 2026-11-22. legacy: there in April 2023.
    trainable: a base for fine-tuning, then or now.
    """

    id: str
    use: Use
    context: int = 8192
    family: Family = Family.PLAIN
    created: int = 1_700_000_000
    owned_by: str = "openai"
    ends: date | None = None
    ended: bool = False
    legacy: bool = False
    trainable: bool = False
    parent: str | None = None
    root: str | None = None

    @property
    def reads_files(self) -> bool:
        """Takes documents as parts of messages: those that see pictures do."""
        return self.use is Use.CHAT and not self.legacy

    @property
    def own(self) -> bool:
        return self.parent is not None


def _plain() -> Iterator[Model]:
    january = date(2027, 1, 14)
    for name in ("gpt-4o", "gpt-4o-mini"):
        yield Model(name, Use.CHAT, 128_000, ends=january, trainable=True, owned_by="system")
    for name in ("gpt-4.1", "gpt-4.1-mini"):
        yield Model(name, Use.CHAT, 1_047_576, ends=january, trainable=True, owned_by="system")


def _reasoning() -> Iterator[Model]:
    december, april = date(2026, 12, 11), date(2027, 4, 1)
    ends = {
        "gpt-5": december,
        "gpt-5-mini": december,
        "gpt-5-nano": december,
        "o3": december,
        "gpt-5.1": april,
        "gpt-5.4-nano": april,
    }
    names = ("gpt-5.2", "gpt-5.4", "gpt-5.6", "gpt-6-luna", "gpt-6-astra", "gpt-6.1-sol")
    for name in (*ends, *names):
        context = 200_000 if name == "o3" else 1_050_000 if name.startswith("gpt-6") else 400_000
        yield Model(
            name, Use.CHAT, context, Family.REASONING, ends=ends.get(name), owned_by="system"
        )


def _pictures() -> Iterator[Model]:
    december = date(2026, 12, 1)
    for name in ("gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest"):
        yield Model(name, Use.IMAGE, 32_000, Family.GPT_IMAGE, ends=december, owned_by="system")
    for name in ("gpt-image-2", "gpt-image-2.5", "gpt-image-2.6-flare", "gpt-image-2.6-sunburst"):
        yield Model(name, Use.IMAGE, 32_000, Family.GPT_IMAGE, owned_by="system")


def _sound() -> Iterator[Model]:
    february, january = date(2027, 2, 26), date(2027, 1, 6)
    yield Model(
        "whisper-1", Use.TRANSCRIPTION, ends=february, legacy=True, owned_by="openai-internal"
    )
    for name in ("gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize"):
        yield Model(name, Use.TRANSCRIPTION, 16_000, ends=february, owned_by="system")
    yield Model("gpt-transcribe", Use.TRANSCRIPTION, 16_000, owned_by="system")
    for name in ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"):
        yield Model(name, Use.SPEECH, 4096, ends=january, owned_by="openai-internal")


def _moderations() -> Iterator[Model]:
    for name in ("omni-moderation-latest", "omni-moderation-2024-09-26"):
        yield Model(name, Use.MODERATION, 32_768, owned_by="system")
    for name in ("text-moderation-latest", "text-moderation-stable"):
        yield Model(name, Use.MODERATION, 32_768, legacy=True, owned_by="openai-internal")


def _ended() -> Iterator[Model]:
    chat = {
        "gpt-3.5-turbo": 4096,
        "gpt-3.5-turbo-0301": 4096,
        "gpt-4": 8192,
        "gpt-4-0314": 8192,
        "gpt-4-32k": 32_768,
    }
    for name, context in chat.items():
        yield Model(name, Use.CHAT, context, ended=True, legacy=True, trainable=False)
    yield Model("gpt-4-turbo", Use.CHAT, 128_000, ended=True)
    yield Model("gpt-4.1-nano", Use.CHAT, 1_047_576, ended=True, trainable=True)
    for name in ("o1", "o3-mini", "o4-mini"):
        yield Model(name, Use.CHAT, 200_000, Family.REASONING, ended=True)
    for name in ("text-davinci-003", "text-davinci-002"):
        yield Model(name, Use.COMPLETION, 4097, ended=True, legacy=True)
    for name in ("text-curie-001", "text-babbage-001", "text-ada-001"):
        yield Model(name, Use.COMPLETION, 2049, ended=True, legacy=True)
    for name in ("davinci", "curie", "babbage", "ada"):
        yield Model(name, Use.COMPLETION, 2049, ended=True, legacy=True, trainable=True)
    for name in ("gpt-3.5-turbo-instruct", "davinci-002", "babbage-002"):
        context = 4096 if name == "gpt-3.5-turbo-instruct" else 16_384
        yield Model(name, Use.COMPLETION, context, ended=True)
    for name in ("text-davinci-edit-001", "code-davinci-edit-001"):
        yield Model(name, Use.EDIT, 2049, ended=True, legacy=True)
    for name in ("dall-e-2", "dall-e-3"):
        yield Model(name, Use.IMAGE, 4000, Family.DALLE, ended=True)
    yield Model("gpt-image-1", Use.IMAGE, 32_000, Family.GPT_IMAGE, ended=True)


KNOWN = {
    model.id: model
    for make in (_plain, _reasoning, _pictures, _sound, _moderations, _ended)
    for model in make()
}

_PLACES = {
    Use.CHAT: "v1/chat/completions",
    Use.COMPLETION: "v1/completions",
    Use.EDIT: "v1/edits",
}


class Catalogue:
    """The models of one dialect and those that were trained here."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._models = {model.id: model for model in KNOWN.values() if self._serves(model)}

    def all(self) -> list[Model]:
        return list(self._models.values())

    def add(self, model: Model) -> None:
        self._models[model.id] = model

    def remove(self, model_id: str) -> None:
        self._models.pop(model_id, None)

    def get(self, model_id: str) -> Model:
        """The model.

        Raises:
            ApiError: 404; never heard of, or shut down.
        """
        model = self._models.get(model_id)
        if model is not None:
            return model
        if self._dialect is Dialect.MODERN and model_id in KNOWN:
            raise model_gone(model_id)
        raise model_not_found(model_id)

    def usable(self, model_id: str, use: Use) -> Model:
        """The model, if it serves this endpoint.

        Raises:
            ApiError: 404 unknown or of another endpoint, 400 where no name for it helps.
        """
        model = self.get(model_id)
        if model.use is use:
            return model
        raise _wrong_use(model, use)

    def _serves(self, model: Model) -> bool:
        match self._dialect:
            case Dialect.LEGACY:
                return model.legacy
            case Dialect.MODERN:
                return not model.ended
            case Dialect.BOTH:
                return True


def _wrong_use(model: Model, use: Use) -> ApiError:
    if model.use is Use.CHAT and use is Use.COMPLETION:
        return wrong_endpoint(
            "This is a chat model and not supported in the v1/completions endpoint."
            " Did you mean to use v1/chat/completions?"
        )
    if use is Use.CHAT:
        return wrong_endpoint(
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
            f" Did you mean to use {_PLACES.get(model.use, 'another endpoint')}?"
        )
    return ApiError(
        f"Invalid value for 'model': '{model.id}' cannot be used for {use.value}.",
        param="model",
        code="invalid_value",
    )
