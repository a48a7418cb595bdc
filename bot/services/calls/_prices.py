"""What a call costs: the operator's own table first, then genai-prices; never a guess.

genai-prices holds the vendors' list prices as data inside the package, so nothing is asked of
anybody. A model that neither knows has no price, and its calls are said to be unpriced.
"""

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import genai_prices
import orjson

from bot.domain.calls import STOPPED, Cost, Estimate, Exchange, Operation
from bot.domain.chat import Usage

MICRO = 1_000_000
FREE = frozenset({Operation.FILES, Operation.MODELS})
"""Keeping files and looking at models is not charged for by anybody known."""
_FIRST_ERROR = 400
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

TRAINING: Mapping[str, float] = {
    "gpt-4.1": 25.0,
    "gpt-4.1-mini": 5.0,
    "gpt-4.1-nano": 1.5,
    "gpt-4o": 25.0,
    "gpt-4o-mini": 3.0,
    "gpt-3.5-turbo": 8.0,
    "davinci-002": 6.0,
    "babbage-002": 0.4,
    "davinci": 30.0,
    "curie": 3.0,
    "babbage": 0.6,
    "ada": 0.4,
}
"""USD per million tokens that OpenAI's models learn from, by their list of prices; the last four
are of 2023. genai-prices has none for training."""


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

    def cost(
        self, exchange: Exchange, *, likely: Usage | None, characters: int, most: int | None = None
    ) -> Cost:
        """Of one exchange. What the server refused costs nothing.

        What somebody stopped is made and paid for there all the same, as a picture is: else Stop
        would be a way around a budget.

        likely      our estimate, for servers that do not count
        characters  that were to be spoken
        most        what was reserved, for what was stopped before anything was counted
        """
        if exchange.status is not None and exchange.status >= _FIRST_ERROR:
            return Cost(microusd=0)
        if exchange.operation in FREE:
            return Cost(microusd=0)
        stopped = exchange.error == STOPPED
        if exchange.status is None and exchange.response is None and exchange.error and not stopped:
            return Cost(microusd=0)  # it never got there, or was never answered
        usage = exchange.usage or likely
        if stopped and usage is None and not characters:
            return Cost(microusd=most, estimated=most is not None)
        if usage is None and not (exchange.pictures or exchange.sound_s or characters):
            return Cost(microusd=None)
        usage = usage or Usage()
        amounts = Amounts(
            prompt=usage.prompt or 0,
            completion=usage.completion or 0,
            cached=usage.cached or 0,
            prompt_image=usage.prompt_image or 0,
            prompt_audio=usage.prompt_audio or 0,
            completion_image=usage.completion_image or 0,
            pictures=exchange.pictures,
            sound_s=exchange.sound_s or 0.0,
            characters=characters,
        )
        microusd = self.of(exchange.model, amounts, at=exchange.started_at)
        return Cost(microusd=microusd, estimated=exchange.usage is None and likely is not None)

    def of_training(self, exchange: Exchange, model: str, tokens: int) -> Cost:
        """Of one exchange about trainings: beginning one is what is paid for, by our own count."""
        begins = exchange.method == "POST" and exchange.path in ("/fine_tuning/jobs", "/fine-tunes")
        if not begins or (exchange.status or _FIRST_ERROR) >= _FIRST_ERROR:
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
            return self.training(model, estimate.training)
        return self.of(
            model,
            Amounts(
                prompt=estimate.prompt or 0,
                completion=estimate.completion or 0,
                pictures=estimate.pictures or 0,
                sound_s=estimate.sound_s or 0.0,
                characters=estimate.characters or 0,
            ),
            at=at,
        )

    def of(self, model: str, amounts: Amounts, *, at: datetime) -> int | None:
        """Microusd, rounded up; None where the model has no known price for what was used."""
        own = self.own.get(model)
        usd = _by_table(own, amounts) if own is not None else _by_vendor(model, amounts, at)
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
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # how it says that a model has no price for a unit
            found = genai_prices.calc_price(
                genai_prices.Usage(**used),
                model_ref=model,
                provider_id="openai",
                genai_request_timestamp=at,
            )
    except (LookupError, ValueError, UserWarning):
        return None
    priced = bool(found.total_price) or "moderation" in model
    return found.total_price if priced else None
