"""Every operation of the API, joined on one server; and what stands in for what, as a table.

docs/operations.md is written from the table; tests/ai/test_ways.py walks every row against a server
that lacks the endpoint, and sees what is said here happen.
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
            endpoints=api.endpoints,
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
    models    it stands in only for such models, whose own place it is
    lost      parameters that may not come through that, which the answer then says
    note      what else is otherwise
    """

    operation: Operation
    command: str
    endpoint: str
    instead: str = ""
    models: str = ""
    lost: tuple[str, ...] = ()
    note: str = ""


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
        models="models that are there alone",
        lost=("n", "stop", "presence_penalty", "frequency_penalty", "logit_bias", "seed"),
    ),
    Way(
        _O.COMPLETION,
        "/complete",
        "POST /completions",
        "POST /chat/completions",
        lost=("model", "suffix", "best_of"),
        note="the suffix becomes an instruction; echo is put in front by the bot",
    ),
    Way(_O.EDIT, "/edit", "POST /edits", "POST /chat/completions", lost=("model",)),
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
        lost=("model", "size", "response_format"),
        note="256x256 and 512x512 become 1024x1024",
    ),
    Way(_O.TRANSCRIPTION, "/audio transcribe", "POST /audio/transcriptions"),
    Way(
        _O.TRANSLATION,
        "/audio translate",
        "POST /audio/translations",
        "POST /audio/transcriptions, then POST /chat/completions",
        lost=("model", "response_format"),
        note="srt, vtt and verbose_json where the transcript has no times",
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
        note="seed, method and beta are refused there, and the classification options, "
        "compute_classification_metrics and prompt_loss_weight here",
    ),
    Way(
        _O.FINE_TUNING,
        "/finetune list",
        "GET /fine_tuning/jobs",
        "GET /fine-tunes",
        note="in one piece, without pages",
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
        note="without the numbers of each step",
    ),
    Way(_O.FINE_TUNING, "/finetune pause", "POST /fine_tuning/jobs/{id}/pause"),
    Way(_O.FINE_TUNING, "/finetune resume", "POST /fine_tuning/jobs/{id}/resume"),
    Way(_O.FINE_TUNING, "/finetune checkpoints", "GET /fine_tuning/jobs/{id}/checkpoints"),
)


def document() -> str:
    """docs/operations.md."""
    rows = [
        f"| {_words(way.operation)} | `{way.command}` | `{way.endpoint}` "
        f"| {_instead(way)} | {', '.join(way.lost) or '-'} | {way.note or '-'} |"
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
            "| operation | command | endpoint | stands in | may be lost then | and |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _instead(way: Way) -> str:
    if not way.instead:
        return "none"
    return f"`{way.instead}`" + (f", for {way.models}" if way.models else "")


def _words(operation: Operation) -> str:
    return operation.value.replace("_", " ")
