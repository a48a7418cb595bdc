"""Every operation of the API, joined on one server; and what stands in for what, as a table.

docs/operations.md is written from the table, and a test holds the code to it.
"""

from dataclasses import dataclass

from bot.ai.api import Api
from bot.ai.audio import OpenAISound
from bot.ai.chat import OpenAIChat
from bot.ai.completions import OpenAICompletions
from bot.ai.edits import OpenAIEdits
from bot.ai.files import OpenAIFiles
from bot.ai.fine_tuning import OpenAIFineTuning
from bot.ai.images import OpenAIImages
from bot.ai.models import OpenAIModels
from bot.ai.moderations import OpenAIModerations
from bot.domain.calls import Operation
from bot.domain.chat import ChatModel


class Operations:
    """All of them. `chat` is given where it is watched or paid for by somebody above."""

    def __init__(self, api: Api, *, chat: ChatModel | None = None) -> None:
        self.api = api
        self.chat: ChatModel = chat or OpenAIChat(
            api.client,
            clock=api.clock,
            timeouts=api.timeouts,
            learned=api.learned,
            retries=api.retries,
            legacy=api.legacy,
        )
        self.completions = OpenAICompletions(api, self.chat)
        self.edits = OpenAIEdits(api, self.chat)
        self.images = OpenAIImages(api)
        self.sound = OpenAISound(api, self.chat)
        self.moderations = OpenAIModerations(api)
        self.files = OpenAIFiles(api)
        self.fine_tuning = OpenAIFineTuning(api)
        self.models = OpenAIModels(api.client, clock=api.clock, api=api)


@dataclass(frozen=True, slots=True)
class Way:
    """How one thing is done.

    command   where people ask for it
    endpoint  method and path, asked first
    instead   what stands in where the server has no such path; "" where nothing can
    lost      what does not come through that
    """

    operation: Operation
    command: str
    endpoint: str
    instead: str = ""
    lost: str = ""


_O = Operation
WAYS = (
    Way(_O.MODELS, "/models list", "GET /models"),
    Way(_O.MODELS, "/models info", "GET /models/{model}", "GET /models"),
    Way(_O.MODELS, "/finetune delete", "DELETE /models/{model}"),
    Way(
        _O.CHAT,
        "/chat",
        "POST /chat/completions",
        "POST /responses",
        "n, stop, penalties, logit_bias, seed; for models that live there alone",
    ),
    Way(
        _O.COMPLETION,
        "/complete",
        "POST /completions",
        "POST /chat/completions",
        "suffix (becomes an instruction), best_of; echo is put in front by the bot",
    ),
    Way(_O.EDIT, "/edit", "POST /edits", "POST /chat/completions", "model"),
    Way(
        _O.IMAGE_GENERATION,
        "/image generate",
        "POST /images/generations",
    ),
    Way(_O.IMAGE_EDIT, "/image edit", "POST /images/edits"),
    Way(
        _O.IMAGE_VARIATION,
        "/image variation",
        "POST /images/variations",
        "POST /images/edits",
        "model, response_format, size (256x256 and 512x512 become 1024x1024)",
    ),
    Way(_O.TRANSCRIPTION, "/audio transcribe", "POST /audio/transcriptions"),
    Way(
        _O.TRANSLATION,
        "/audio translate",
        "POST /audio/translations",
        "POST /audio/transcriptions, then POST /chat/completions",
        "response_format srt, vtt and verbose_json, where the transcript has no times",
    ),
    Way(_O.SPEECH, "/audio speak", "POST /audio/speech"),
    Way(_O.MODERATION, "/moderate", "POST /moderations"),
    Way(_O.FILES, "/files list", "GET /files"),
    Way(_O.FILES, "/files upload", "POST /files"),
    Way(_O.FILES, "/files info", "GET /files/{id}"),
    Way(_O.FILES, "/files download", "GET /files/{id}/content"),
    Way(_O.FILES, "/files delete", "DELETE /files/{id}"),
    Way(
        _O.FINE_TUNING,
        "/finetune create",
        "POST /fine_tuning/jobs",
        "POST /fine-tunes",
        "nothing: seed, method and beta are refused there, and the classification options, "
        "compute_classification_metrics and prompt_loss_weight here",
    ),
    Way(
        _O.FINE_TUNING,
        "/finetune list",
        "GET /fine_tuning/jobs",
        "GET /fine-tunes",
        "pages",
    ),
    Way(_O.FINE_TUNING, "/finetune info", "GET /fine_tuning/jobs/{id}", "GET /fine-tunes/{id}"),
    Way(
        _O.FINE_TUNING,
        "/finetune cancel",
        "POST /fine_tuning/jobs/{id}/cancel",
        "POST /fine-tunes/{id}/cancel",
    ),
    Way(
        _O.FINE_TUNING,
        "/finetune events",
        "GET /fine_tuning/jobs/{id}/events, asked again and again",
        "GET /fine-tunes/{id}/events?stream=true",
        "numbers of each step",
    ),
    Way(_O.FINE_TUNING, "/finetune pause", "POST /fine_tuning/jobs/{id}/pause"),
    Way(_O.FINE_TUNING, "/finetune resume", "POST /fine_tuning/jobs/{id}/resume"),
    Way(_O.FINE_TUNING, "/finetune checkpoints", "GET /fine_tuning/jobs/{id}/checkpoints"),
)


def document() -> str:
    """docs/operations.md."""
    rows = [
        f"| {_words(way.operation)} | `{way.command}` | `{way.endpoint}` "
        f"| {f'`{way.instead}`' if way.instead else 'none'} | {way.lost or '-'} |"
        for way in WAYS
    ]
    return "\n".join(
        [
            "# Operations",
            "",
            "What each command asks of the API, and what it does where a server lacks it.",
            "An answer that came another way says so in one line.",
            "Parameters that a model refuses are left out or renamed, told, and remembered.",
            "Written by `python -m bot docs`; change bot/ai/operations.py instead.",
            "",
            "| operation | command | endpoint | stands in | is lost then |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _words(operation: Operation) -> str:
    return operation.value.replace("_", " ")
