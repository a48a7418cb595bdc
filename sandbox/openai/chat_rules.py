"""Which chat parameters a model takes (openai/API.md section 4), as api.openai.com enforces it."""

from typing import Any

from sandbox.openai.catalogue import Family, Model
from sandbox.openai.errors import ApiError, unsupported_parameter, unsupported_value

_FIXED = (
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "logit_bias",
)
_DEFAULTS: dict[str, object] = {
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logprobs": False,
}
_WITHOUT_NONE = ("gpt-5-mini", "gpt-5-nano", "gpt-6-astra", "gpt-6.1-sol", "o1", "o3", "o4")
_WITHOUT_STOP = ("o3", "o4-mini")
_TOOLS_ELSEWHERE = ("gpt-5.6", "gpt-6")

# Hidden thinking per effort; it counts against max_completion_tokens.
_THINKING = {
    "none": 0,
    "minimal": 0,
    "low": 32,
    "medium": 64,
    "high": 256,
    "xhigh": 512,
    "max": 1024,
}


def check(args: dict[str, Any], model: Model) -> None:
    """Raises ApiError 400 with the code that tells clients what to rename or to drop."""
    if "max_tokens" in args and "max_completion_tokens" in args:
        raise ApiError(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )
    if model.family is not Family.REASONING:
        if "reasoning_effort" in args:
            raise unsupported_parameter("reasoning_effort")
        if args.get("verbosity", "medium") != "medium":
            raise unsupported_value(
                "verbosity", f"'{args['verbosity']}'", "Supported values are: 'medium'."
            )
        return
    _reasoning(args, model)


def thinking_tokens(args: dict[str, Any], model: Model) -> int:
    if model.family is not Family.REASONING:
        return 0
    return _THINKING.get(str(args.get("reasoning_effort", "medium")), 0)


def _reasoning(args: dict[str, Any], model: Model) -> None:
    if "max_tokens" in args:
        raise unsupported_parameter("max_tokens", "max_completion_tokens")
    effort = args.get("reasoning_effort")
    if effort == "none" and (model.id == "gpt-5" or model.id.startswith(_WITHOUT_NONE)):
        raise unsupported_value(
            "reasoning_effort", "'none'", "Supported values are: 'low', 'medium', and 'high'."
        )
    if effort != "none":
        if args.get("temperature", 1) != 1:
            raise unsupported_value(
                "temperature", args["temperature"], "Only the default (1) value is supported."
            )
        for name in _FIXED:
            if name in args and args[name] != _DEFAULTS.get(name):
                raise unsupported_parameter(name)
    if args.get("stop") and model.id.startswith(_WITHOUT_STOP):
        raise unsupported_parameter("stop")
    if args.get("tools") and effort != "none" and model.id.startswith(_TOOLS_ELSEWHERE):
        raise ApiError(
            f"Function tools with reasoning_effort are not supported for {model.id} in"
            " /v1/chat/completions. Please use /v1/responses instead.",
            param="reasoning_effort",
        )
