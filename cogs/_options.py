"""What Discord can't check about a command's options, or should have and did not."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard, cast

import discord
from discord import app_commands

from bot.domain.errors import OptionError

STOPS = 4  # OpenAI API reference, POST /v1/chat/completions
STOP_FORM = f"1..{STOPS} texts: a | b, or a JSON array"
BIAS_FORM = '{"token id": -100..100, ...}'
BIAS = 100
ESCAPES = {"n": "\n", "t": "\t", "|": "|", "\\": "\\"}


def check_ranges(interaction: discord.Interaction) -> None:
    """Hold the values to what the command declares.

    Discord's client does so before it sends; discord.py takes whatever arrives.

    Raises:
        OptionError: which option, the value, and its range.
    """
    command = interaction.command
    if not isinstance(command, app_commands.Command):
        return
    given = cast("Mapping[str, Any]", vars(interaction.namespace))
    for parameter in command.parameters:
        value = given.get(parameter.display_name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            _check(parameter, value)


def _check(parameter: app_commands.Parameter, value: str | float) -> None:
    name = parameter.display_name
    if parameter.choices:
        if value not in [choice.value for choice in parameter.choices]:
            allowed = ", ".join(str(choice.value) for choice in parameter.choices)
            raise OptionError(name, str(value), allowed)
        return
    size = len(value) if isinstance(value, str) else value
    low, high = parameter.min_value, parameter.max_value
    # "not inside" rather than "outside": NaN is neither
    if not (low is None or size >= low) or not (high is None or size <= high):
        unit = " characters" if isinstance(value, str) else ""
        raise OptionError(name, str(value), f"{_bound(low)}..{_bound(high)}{unit}")


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"


def stops(text: str | None) -> tuple[str, ...] | None:
    r"""The option `stop`: a JSON array of texts, or texts between `|` with \n, \t, \| and \\.

    Raises:
        OptionError: none, an empty one, or more than four.
    """
    if text is None:
        return None
    found = tuple(_array(text) or _split(text))
    if not 1 <= len(found) <= STOPS or not all(found):
        raise OptionError("stop", text, STOP_FORM)
    return found


def unescaped(text: str | None) -> str | None:
    r"""The option `suffix`: a desktop can't type newlines and tabs, so \n and \t are."""
    return None if text is None else "|".join(_split(text))


def _array(text: str) -> list[str] | None:
    """The texts of a JSON array; None for anything else, which `[` alone may well be."""
    if not text.lstrip().startswith("["):
        return None
    value = _json(text)
    if not isinstance(value, list):
        return None
    texts = cast("list[object]", value)
    if not all(isinstance(each, str) for each in texts) or not texts:
        raise OptionError("stop", text, STOP_FORM)
    return cast("list[str]", texts)


def _split(text: str) -> Iterator[str]:
    part, escaped = "", False
    for char in text:
        if escaped:
            part += ESCAPES.get(char, f"\\{char}")
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "|":
            yield part
            part = ""
        else:
            part += char
    yield part + "\\" * escaped


def logit_bias(text: str | None) -> dict[str, float] | None:
    """The option `logit_bias`: how much likelier each token id becomes.

    Raises:
        OptionError: not a JSON object of numbers by token id, or a number out of range.
    """
    if text is None:
        return None
    value = _json(text)
    if not isinstance(value, dict):
        raise OptionError("logit_bias", text, BIAS_FORM)
    biases: dict[str, float] = {}
    for token, bias in cast("dict[str, object]", value).items():
        if not (token.isascii() and token.isdigit() and _is_bias(bias)):
            raise OptionError("logit_bias", json.dumps({token: bias}), BIAS_FORM)
        biases[token] = bias
    return biases


def _is_bias(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -BIAS <= value <= BIAS


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
