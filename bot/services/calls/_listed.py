"""List prices that genai-prices lacks, in USD, and how sound is counted in tokens.

They are as old as is written beside them, and PRICES_FILE goes before all of them.
"""

from collections.abc import Mapping

LISTED: Mapping[str, Mapping[str, float]] = {
    name: {"input": 5.0, "input_image": 8.0, "output": 30.0}
    for name in ("gpt-image-2.5", "gpt-image-2.6-sunburst")
}
"""Per million tokens, as of 2026-11-22. gpt-image-2.6-flare was not listed then."""

PICTURES: Mapping[str, Mapping[str, float]] = {
    "dall-e-2": {"256x256": 0.016, "512x512": 0.018, "1024x1024": 0.020}
}
"""For each picture of a size, as of 2023; api.openai.com has not had it since 2026-05-12."""

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
"""Per million tokens that OpenAI's models learn from: its price list of autumn 2025, of which a
copy was at hand; the last four are of April 2023. Whoever trains today compares first."""

HEARD = (15.0, 8.0)
"""Tokens that a second of sound is at the most: of sound to hear, and of text that is written down.

OpenAI's own estimates (0.006 USD a minute for gpt-4o-transcribe) are two thirds of that.
"""

SPOKEN = 2.0
"""Audio tokens for each character that is read aloud, at the most. gpt-4o-mini-tts is said to cost
0.015 USD a minute at 12 USD per million tokens, and nobody reads less than 700 characters in it."""
