"""OpenAI's errors, as they stand on the wire: `{"error": {message, type, param, code}}`."""

from collections.abc import Iterable, Mapping
from typing import Any

INVALID_REQUEST = "invalid_request_error"

_NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header"
    " using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
    " You can obtain an API key from https://platform.openai.com/account/api-keys."
)


class ApiError(Exception):
    """An answer that is an error; raised anywhere below the front door, written there."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = INVALID_REQUEST,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return error_body(self.message, kind=self.kind, param=self.param, code=self.code)


def error_body(
    message: str, *, kind: str = INVALID_REQUEST, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def missing_key() -> ApiError:
    return ApiError(_NO_KEY, status=401)


def wrong_key(key: str) -> ApiError:
    """The real server shows the ends of the key it was given, and so does this one."""
    shown = f"{key[:4]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)  # noqa: PLR2004  below that the ends are the key
    return ApiError(
        f"Incorrect API key provided: {shown}."
        " You can find your API key at https://platform.openai.com/account/api-keys.",
        status=401,
        code="invalid_api_key",
    )


def unknown_url(method: str, path: str) -> ApiError:
    return ApiError(f"Invalid URL ({method} {path})", status=404)


def wrong_method(allowed: Iterable[str]) -> ApiError:
    names = sorted(allowed)
    return ApiError(
        f"Only {' and '.join(names)} requests are accepted.",
        status=405,
        code="method_not_supported",
        headers={"Allow": ", ".join(names)},
    )


def not_json() -> ApiError:
    return ApiError(
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't"
        " using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was"
        " sent was not valid JSON.)"
    )


def wrong_content_type(got: str, expected: str) -> ApiError:
    return ApiError(
        f"Invalid Content-Type header ({got or 'none'}), expected {expected}."
        " (HINT: If you're using curl, you can pass -H 'Content-Type: ...')",
        status=415 if expected == "application/json" else 400,
    )


def too_big(limit: int, got: int | None = None) -> ApiError:
    size = f" ({got} bytes read)" if got is not None else ""
    return ApiError(
        f"Maximum content size limit ({limit}) exceeded{size}", status=413, code="content_too_large"
    )


def model_not_found(model: str) -> ApiError:
    return ApiError(
        f"The model `{model}` does not exist or you do not have access to it.",
        status=404,
        code="model_not_found",
    )


def model_gone(model: str) -> ApiError:
    return ApiError(
        f"The model `{model}` has been deprecated, learn more here:"
        " https://platform.openai.com/docs/deprecations",
        status=404,
        code="model_not_found",
    )


def wrong_endpoint(message: str) -> ApiError:
    return ApiError(message, status=404, param="model")


def not_found(message: str, *, param: str | None = "id", code: str | None = None) -> ApiError:
    return ApiError(message, status=404, param=param, code=code)


def unsupported_parameter(name: str, instead: str | None = None) -> ApiError:
    hint = f" Use '{instead}' instead." if instead else ""
    return ApiError(
        f"Unsupported parameter: '{name}' is not supported with this model.{hint}",
        param=name,
        code="unsupported_parameter",
    )


def unsupported_value(name: str, value: object, supported: str) -> ApiError:
    return ApiError(
        f"Unsupported value: '{name}' does not support {value} with this model. {supported}",
        param=name,
        code="unsupported_value",
    )


def context_too_long(limit: int, prompt: int, answer: int, *, param: str) -> ApiError:
    """Both sentences of OpenAI's: one when an answer length was asked for, one when not."""
    if answer:
        message = (
            f"This model's maximum context length is {limit} tokens. However, you requested"
            f" {prompt + answer} tokens ({prompt} in the {param}, {answer} in the completion)."
            f" Please reduce the length of the {param} or completion."
        )
    else:
        message = (
            f"This model's maximum context length is {limit} tokens. However, your {param}"
            f" resulted in {prompt} tokens. Please reduce the length of the {param}."
        )
    return ApiError(message, param=param, code="context_length_exceeded")
