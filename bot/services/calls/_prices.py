"""What a call costs: the operator's own table first, then genai-prices, then what it lacks.

genai-prices holds the vendors' list prices as data inside the package, so nothing is asked of
anybody. A model that none of them knows has no price, and its calls are said to be unpriced.
"""

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import genai_prices
import orjson
from genai_prices.data_snapshot import get_snapshot

from bot.domain.calls import Cost, Estimate, Exchange, Operation
from bot.domain.chat import Usage
from bot.services.calls._list_prices import VENDOR
from bot.services.calls._listed import HEARD, LISTED, PICTURES, SPOKEN, TRAINING

MICRO = 1_000_000
FREE = frozenset({Operation.FILES, Operation.MODELS})
"""Keeping files and looking at models is not charged for by anybody known."""
DRAWING = frozenset({Operation.IMAGE_GENERATION, Operation.IMAGE_EDIT, Operation.IMAGE_VARIATION})
_FIRST_ERROR, _FIRST_FAULT = 400, 500
_RATES = (
    "input",
    "cached",
    "output",
    "input_image",
    "input_audio",
    "output_image",
    "picture",
    "minute",
    "characters",
    "training",
)


class PricesError(Exception):
    """PRICES_FILE can't be used, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What there is to pay for; 0 where it does not apply."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    prompt_image: int = 0
    prompt_audio: int = 0
    completion_image: int = 0
    pictures: int = 0
    size: str = ""
    sound_s: float = 0.0
    characters: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by model.

    own  USD by model and unit: input, cached, output, input_image, input_audio, output_image per
         million tokens; picture for each; minute of sound; characters per million;
         training per million tokens that are learnt
    """

    own: Mapping[str, Mapping[str, float]]

    @classmethod
    def read(cls, path: Path | None) -> "Prices":
        """From a JSON file {"model": {"input": 0.1, "output": 0.5}}, which goes before all else.

        Raises:
            PricesError: it can't be read, or has something else in it.
        """
        if path is None:
            return cls({})
        try:
            table: object = orjson.loads(path.read_bytes())
        except OSError as error:
            raise PricesError(f"{path}: {error.strerror}") from None
        except orjson.JSONDecodeError as error:
            raise PricesError(f"{path}: {error}") from None
        if not isinstance(table, dict):
            raise PricesError(f"{path}: write an object of models")
        own: dict[str, Mapping[str, float]] = {}
        for model, rates in cast("dict[str, object]", table).items():
            own[model] = _rates(rates, f"{path}: {model}")
        return cls(own)

    def cost(self, exchange: Exchange, *, likely: Usage | None, characters: int) -> Cost | None:
        """Of one exchange. What the server refused costs nothing.

        None where nobody can say what was made: the answer was stopped, got lost or broke off, or
        was not counted. A picture is made and paid for there all the same.

        likely      our estimate, for servers that do not count
        characters  that were to be spoken
        """
        if exchange.unmade or (exchange.status or 0) >= _FIRST_ERROR:
            return Cost(microusd=0)
        if exchange.operation in FREE or self._is_free(exchange):
            return Cost(microusd=0)
        broken = exchange.error is not None
        # Of a stream that broke off, what came is what was made.
        estimate = likely if exchange.streamed or not broken else None
        usage = exchange.usage or estimate
        counted = usage or characters or (not broken and (exchange.pictures or exchange.sound_s))
        if not counted:
            return None
        usage = usage or Usage()
        completion, drawn = usage.completion or 0, usage.completion_image
        if drawn is None and exchange.operation in DRAWING:
            drawn = completion  # few servers say so of what is nothing else
        amounts = Amounts(
            prompt=usage.prompt or 0,
            completion=completion,
            cached=usage.cached or 0,
            prompt_image=usage.prompt_image or 0,
            prompt_audio=usage.prompt_audio or 0,
            completion_image=drawn or 0,
            pictures=exchange.pictures,
            size=_size(exchange.request),
            sound_s=exchange.sound_s or 0.0,
            characters=characters,
        )
        microusd = self.of(exchange.model, amounts, at=exchange.started_at)
        guessed = exchange.usage is None and (
            likely is not None or self._converts(exchange, amounts)
        )
        return Cost(microusd=microusd, estimated=guessed and microusd is not None)

    def _converts(self, exchange: Exchange, amounts: Amounts) -> bool:
        """Sound that has a price in tokens alone, whose number is worked out from its length."""
        if not (amounts.characters or amounts.sound_s) or exchange.model in self.own:
            return False
        return _by_vendor(exchange.model, amounts, exchange.started_at) is None

    def _is_free(self, exchange: Exchange) -> bool:
        """OpenAI's moderation is, which nobody counts."""
        if exchange.operation is not Operation.MODERATION:
            return False
        return self.of(exchange.model, Amounts(prompt=1), at=exchange.started_at) == 0

    def of_training(
        self, exchange: Exchange, model: str, tokens: int, *, begun: bool = False
    ) -> Cost:
        """Of one exchange about trainings: beginning one is what is paid for, by our own count.

        begun  it may have been, although the server answered with a fault
        """
        begins = exchange.method == "POST" and exchange.path in ("/fine_tuning/jobs", "/fine-tunes")
        status = exchange.status or 0
        refused = status >= _FIRST_ERROR and not (begun and status >= _FIRST_FAULT)
        if not begins or exchange.unmade or refused:
            return Cost(microusd=0)
        return Cost(microusd=self.training(model, tokens) if tokens else None, estimated=True)

    def training(self, model: str, tokens: int) -> int | None:
        """Microusd for so many tokens; None where the price is unknown."""
        base = _base_of(model)
        own = self.own.get(model, self.own.get(base, {})).get("training")
        usd = TRAINING.get(base) if own is None else own
        return None if usd is None else math.ceil(tokens * usd)

    def most(self, model: str, estimate: Estimate, *, at: datetime) -> int | None:
        """What a call may cost at the most, in microusd; None where the price is unknown."""
        if estimate.training is not None:
            # 0 is not known: every training learns from something.
            return self.training(model, estimate.training) if estimate.training else None
        draws = bool(estimate.pictures)  # then nearly all of its tokens are those of pictures
        prompt, completion = estimate.prompt or 0, estimate.completion or 0
        return self.of(
            model,
            Amounts(
                prompt=prompt,
                completion=completion,
                prompt_image=prompt if draws else 0,
                completion_image=completion if draws else 0,
                pictures=estimate.pictures or 0,
                size=estimate.size or "",
                sound_s=estimate.sound_s or 0.0,
                characters=estimate.characters or 0,
            ),
            at=at,
        )

    def of(self, model: str, amounts: Amounts, *, at: datetime) -> int | None:
        """Microusd, rounded up; None where the model has no known price for what was used."""
        own = self.own.get(model)
        usd = _by_table(own, amounts) if own is not None else _by_list(model, amounts, at)
        return None if usd is None else math.ceil(usd * MICRO)


def _base_of(model: str) -> str:
    """What a model was made of: "ft:gpt-4o-mini:org::1", "curie:ft-org-x", "gpt-4o-2024-08-06"."""
    parts = model.split(":")
    name = parts[1] if parts[0] == "ft" and len(parts) > 1 else parts[0]
    return re.sub(r"-(\d{4}-\d\d-\d\d|\d{4})$", "", name)


def _rates(rates: object, where: str) -> dict[str, float]:
    if not isinstance(rates, dict):
        raise PricesError(f"{where}: write an object of prices")
    found: dict[str, float] = {}
    for unit, usd in cast("dict[str, object]", rates).items():
        if unit not in _RATES:
            raise PricesError(f"{where}: {unit} is none of {', '.join(_RATES)}")
        if isinstance(usd, bool) or not isinstance(usd, int | float) or not 0 <= usd < math.inf:
            raise PricesError(f"{where}: {unit} has to be US dollars, 0 or more")
        found[unit] = float(usd)
    return found


def _by_table(rates: Mapping[str, float], amounts: Amounts) -> float:
    def rate(name: str, instead: str) -> float:
        return rates.get(name, rates.get(instead, 0.0))

    plain = amounts.prompt - amounts.cached - amounts.prompt_image - amounts.prompt_audio
    tokens = (
        max(0, plain) * rates.get("input", 0.0)
        + amounts.cached * rate("cached", "input")
        + amounts.prompt_image * rate("input_image", "input")
        + amounts.prompt_audio * rate("input_audio", "input")
        + max(0, amounts.completion - amounts.completion_image) * rates.get("output", 0.0)
        + amounts.completion_image * rate("output_image", "output")
        + amounts.characters * rates.get("characters", 0.0)
    )
    each = amounts.pictures * rates.get("picture", 0.0)
    return tokens / 1_000_000 + each + amounts.sound_s / 60 * rates.get("minute", 0.0)


def _by_list(model: str, amounts: Amounts, at: datetime) -> Decimal | float | None:
    if (sizes := PICTURES.get(model)) is not None:
        # Where none was named, the dearest is the default.
        each = sizes.get(amounts.size, max(sizes.values()))
        return amounts.pictures * each if amounts.pictures else None
    usd = _by_vendor(model, amounts, at)
    if usd is None and model in LISTED:
        counted = amounts.prompt or amounts.completion
        usd = _by_table(LISTED[model], amounts) if counted else None
    if usd is None and amounts.sound_s and not (amounts.prompt or amounts.completion):
        heard, written = (math.ceil(amounts.sound_s * rate) for rate in HEARD)
        usd = _by_vendor(model, Amounts(prompt=heard, prompt_audio=heard, completion=written), at)
    if usd is None and amounts.characters:
        spoken = math.ceil(amounts.characters * SPOKEN)
        usd = _by_vendor(model, Amounts(prompt=amounts.characters, completion=spoken), at)
    return usd


def _size(request: object) -> str:
    size = cast("dict[str, object]", request).get("size") if isinstance(request, dict) else None
    return size if isinstance(size, str) else ""


@lru_cache(maxsize=256)
def _is_unlisted(model: str) -> bool:
    """genai-prices remembers the models that it found; for any other it tries all its patterns."""
    try:
        get_snapshot().find_provider_model(model, None, VENDOR, None)
    except LookupError:
        return True
    return False


def _by_vendor(model: str, amounts: Amounts, at: datetime) -> Decimal | None:
    usage: dict[str, Any] = {
        "input_tokens": amounts.prompt,
        "output_tokens": amounts.completion,
        "cache_read_tokens": amounts.cached,
        "input_image_tokens": amounts.prompt_image,
        "input_audio_tokens": amounts.prompt_audio,
        "output_image_tokens": amounts.completion_image,
        "audio_seconds": amounts.sound_s,
        "input_characters": amounts.characters,
    }
    used = {name: value for name, value in usage.items() if value}
    if not used:
        return Decimal(0) if amounts == Amounts() else None  # pictures alone have no list price
    if _is_unlisted(model):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # how it says that a model has no price for a unit
            found = genai_prices.calc_price(
                genai_prices.Usage(**used),
                model_ref=model,
                provider_id=VENDOR,
                genai_request_timestamp=at,
            )
    except (LookupError, ValueError, UserWarning):
        return None
    priced = bool(found.total_price) or "moderation" in model
    return found.total_price if priced else None
