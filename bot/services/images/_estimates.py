"""What pictures take, before they are drawn."""

import re

from bot.ai.tokens import text_tokens
from bot.domain.calls import Estimate
from bot.domain.images import ImageParameters

DRAWN = {"low": 272, "medium": 1056, "high": 4160, "xhigh": 6240, "max": 8320}
"""Tokens of a picture of 1024x1024 by its quality; `auto` may be any up to `high`.

Source: OpenAI's guide to image generation, costs.
"""

SEEN = 1500  # tokens that a picture which is sent along is read as, at the usual sizes
PARTIAL = 100  # tokens that each partial picture is billed as
UNIT = 1024 * 1024


def estimate(
    prompt: str, parameters: ImageParameters, *, pictures_in: int, partial: int
) -> Estimate:
    n = parameters.n or 1
    drawn = DRAWN.get(parameters.quality or "", DRAWN["high"])
    size = re.fullmatch(r"(\d+)x(\d+)", parameters.size or "")
    area = int(size[1]) * int(size[2]) / UNIT if size else 1.0
    return Estimate(
        prompt=text_tokens(prompt) + SEEN * pictures_in,
        completion=round(drawn * max(1.0, area)) * n + PARTIAL * partial,
        pictures=n,
        size=parameters.size,
    )
