"""Whether a refusal is about the documents in a question."""

import re
from dataclasses import dataclass

from bot.ai._facts import Facts

_KINDS = re.compile(
    r"(?:invalid value|unknown (?:variant|part type|content type)|unsupported)[^.]{0,20}\bfile\b"
    r"|\bfiles?\b[^.]{0,30}not (?:\w+ )?support|not support[^.]{0,20}\bfiles?\b"
    r"|unsupported content\[\]\.type|content\[?\d*\]?\.type"
    r"|invalid (?:message|content) (?:format|type|content type)"
    r"|content['\"`]? must be a string|value must be a string|valid string"
    r"|expected (?:a )?string",
    re.IGNORECASE,
)
_THIS_ONE = re.compile(r"\b(?:file|files|file_data|pdf|document)\b", re.IGNORECASE)
_TOO_LARGE = 413
_STATUSES = (None, 400, 404, _TOO_LARGE, 415, 422, 500, 501)


@dataclass(frozen=True, slots=True)
class RefusedFiles:
    """lasting  the model takes none at all, rather than not this one: worth remembering"""

    lasting: bool


def about_files(facts: Facts) -> RefusedFiles | None:
    """None where it is about something else.

    Understood: OpenAI ("This model does not support file content types"), vLLM ("Unknown part
    type: file"), llama.cpp ("unsupported content[].type"), serde ("unknown variant `file`"), Ollama
    ("invalid message format"), Groq and servers of 2023, whose content must be a string.
    """
    if facts.status not in _STATUSES:
        return None
    if _KINDS.search(facts.message):
        return RefusedFiles(lasting=True)
    named = ".file" in facts.param or facts.status == _TOO_LARGE or _THIS_ONE.search(facts.message)
    return RefusedFiles(lasting=False) if named else None
