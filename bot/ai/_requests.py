"""Our question in the words of /chat/completions and, for models of only that, of /responses.

Nothing is sent that the person did not set, but `stream_options` and who asked, and those only
where the server is known to take them.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.ai._parameters import BOUND_TO_EFFORT
from bot.domain.chat import (
    ChatMessage,
    ChatRequest,
    DocumentData,
    DocumentsAsText,
    ImageData,
    ParameterChanged,
    StreamingDropped,
    joined,
)

Route = Literal["chat/completions", "responses"]

_PLAIN = (
    "temperature",
    "top_p",
    "n",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "seed",
    "reasoning_effort",
    "verbosity",
)
_NOT_IN_RESPONSES = frozenset(
    {"n", "stop", "presence_penalty", "frequency_penalty", "logit_bias", "seed"}
)
_RESPONSES_NAMES = {
    "max_output_tokens": "max_tokens",
    "reasoning": "reasoning_effort",
    "reasoning.effort": "reasoning_effort",
    "text.verbosity": "verbosity",
    "text.format": "response_format",
    "include": "logprobs",
}
_KEPT = frozenset({"model", "messages", "input"})
"""Without these there is no question."""

FILES = "file"
"""A part of a message that holds a document; learnt like a parameter."""

_LENGTHS = ("max_tokens", "max_completion_tokens")


@dataclass(slots=True)
class Shape:
    """How one question is put: changed as the server refuses parts of it.

    left_out  parameters in the names of /chat/completions
    length    the name that max_tokens goes under
    usage     ask for token counts at the end of a stream
    identify  the field for who asked; "" where the server is not told
    changes   refusals that were answered by putting it differently
    """

    request: ChatRequest
    stream: bool
    usage: bool = False
    identify: str = ""
    route: Route = "chat/completions"
    length: str = "max_tokens"
    changes: int = 0
    left_out: set[str] = field(default_factory=set[str])
    _lengths_refused: set[str] = field(default_factory=set[str])

    def apply(self, known: Mapping[str, str | None]) -> list[ParameterChanged]:
        """Use what was learnt; say what that changes."""
        changes: list[ParameterChanged] = []
        free = self.request.parameters.reasoning_effort == "none" and (
            known.get("reasoning_effort", "") is not None
        )
        for name, sent_as in known.items():
            if name == "max_tokens" and sent_as in _LENGTHS:
                self.length = sent_as
                if sent_as != name and self.is_set(name):
                    changes.append(ParameterChanged(parameter=name, renamed_to=sent_as))
            elif sent_as is None and not (free and name in BOUND_TO_EFFORT):
                changes += self._leave_out(name)
        return changes

    def refuse(self, name: str) -> tuple[str | None, list[ParameterChanged]]:
        """`name` is not taken: the name it goes under now (None: left out), and what to say."""
        if name == "max_tokens" and self.route == "chat/completions":
            self._lengths_refused.add(self.length)
            other = next((other for other in _LENGTHS if other not in self._lengths_refused), None)
            if other:
                self.length = other
                renamed = other if other != name else None
                told = [ParameterChanged(parameter=name, renamed_to=renamed)] if renamed else []
                return other, told
        return None, self._leave_out(name)

    def use_responses(self) -> list[ParameterChanged]:
        """Turn to /responses, which takes fewer parameters."""
        self.route = "responses"
        return [change for name in sorted(_NOT_IN_RESPONSES) for change in self._leave_out(name)]

    def is_set(self, name: str) -> bool:
        if name == "top_logprobs":
            return bool(self.request.parameters.logprobs)
        return getattr(self.request.parameters, name, None) is not None

    def body(self) -> dict[str, Any]:
        return self._chat() if self.route == "chat/completions" else self._responses()

    def names(self) -> dict[str, str]:
        """What the server may call a parameter that is in the body -> our name for it."""
        body = self.body()
        names = {name: name for name in body if name not in _KEPT}
        if self.length in body:
            names[self.length] = "max_tokens"
        if self.route == "responses":
            names |= {
                theirs: ours
                for theirs, ours in _RESPONSES_NAMES.items()
                if theirs.partition(".")[0] in body
            }
        return names

    def unstream(self) -> list[StreamingDropped]:
        self.stream = False
        return [StreamingDropped()]

    @property
    def sends_files(self) -> bool:
        """A document goes as it is."""
        contents = (message.content for message in self.request.messages)
        return self._files and any(
            isinstance(part, DocumentData)
            for content in contents
            if not isinstance(content, str)
            for part in content
        )

    def without_files(self) -> list[DocumentsAsText]:
        """Send the words of documents instead; say so where the question itself has some."""
        self.left_out.add(FILES)
        question = self.request.messages[-1].content
        names = [part.name for part in question if isinstance(part, DocumentData)]
        return [DocumentsAsText(files=tuple(names))] if names else []

    @property
    def _files(self) -> bool:
        return FILES not in self.left_out

    def _leave_out(self, name: str) -> list[ParameterChanged]:
        if name in self.left_out:
            return []
        self.left_out.add(name)
        return [ParameterChanged(parameter=name)] if self.is_set(name) else []

    def _set(self, name: str) -> Any:
        return None if name in self.left_out else getattr(self.request.parameters, name)

    def _chat(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.request.model,
            "messages": [
                _chat_message(message, files=self._files) for message in self.request.messages
            ],
        }
        for name in _PLAIN:
            if (value := self._set(name)) is not None:
                body[name] = dict(value) if name == "logit_bias" else value
        if (length := self._set("max_tokens")) is not None:
            body[self.length] = length
        if stop := self._set("stop"):
            body["stop"] = list(stop)
        if (logprobs := self._set("logprobs")) is not None:
            body["logprobs"] = True
            if logprobs and "top_logprobs" not in self.left_out:
                body["top_logprobs"] = logprobs
        if (form := self._set("response_format")) is not None:
            body["response_format"] = {"type": form}
        if self.stream:
            body["stream"] = True
            if self.usage and "stream_options" not in self.left_out:
                body["stream_options"] = {"include_usage": True}
        return body | self._person()

    def _person(self) -> dict[str, Any]:
        person = self.request.person
        told = person and self.identify and self.identify not in self.left_out
        return {self.identify: person} if told else {}

    def _responses(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.request.model,
            "input": [
                _responses_message(message, files=self._files) for message in self.request.messages
            ],
            "store": False,  # the conversation is kept by us; the default keeps it there, too
        }
        for name, sent_as in (
            ("temperature", "temperature"),
            ("top_p", "top_p"),
            ("max_tokens", "max_output_tokens"),
        ):
            if (value := self._set(name)) is not None:
                body[sent_as] = value
        if (effort := self._set("reasoning_effort")) is not None:
            body["reasoning"] = {"effort": effort}
        text: dict[str, Any] = {}
        if (verbosity := self._set("verbosity")) is not None:
            text["verbosity"] = verbosity
        if (form := self._set("response_format")) is not None:
            text["format"] = {"type": form}
        if text:
            body["text"] = text
        if (logprobs := self._set("logprobs")) is not None:
            body["include"] = ["message.output_text.logprobs"]
            if logprobs and "top_logprobs" not in self.left_out:
                body["top_logprobs"] = logprobs
        if self.stream:
            body["stream"] = True
        return body | self._person()


def _chat_message(message: ChatMessage, *, files: bool) -> dict[str, Any]:
    """Plain text stays a plain string: old servers take nothing else."""
    content = _content(message, files=files)
    if isinstance(content, str):
        return {"role": message.role, "content": _clean(content)}
    return {"role": message.role, "content": [_chat_part(part) for part in content]}


def _responses_message(message: ChatMessage, *, files: bool) -> dict[str, Any]:
    content = _content(message, files=files)
    if isinstance(content, str):
        return {"role": message.role, "content": _clean(content)}
    return {"role": message.role, "content": [_responses_part(part) for part in content]}


def _content(
    message: ChatMessage, *, files: bool
) -> str | Sequence[str | ImageData | DocumentData]:
    """files  documents go as they are; else their words stand in"""
    content = message.content
    if isinstance(content, str):
        return content
    if not files:
        content = [each.words if isinstance(each, DocumentData) else each for each in content]
    texts = [each for each in content if isinstance(each, str)]
    return joined(texts) if len(texts) == len(content) else content


def _chat_part(part: str | ImageData | DocumentData) -> dict[str, Any]:
    match part:
        case str():
            return {"type": "text", "text": _clean(part)}
        case ImageData():
            return {"type": "image_url", "image_url": {"url": _data_url(part)}}
        case DocumentData(name=name):
            return {"type": "file", "file": {"filename": name, "file_data": _data_url(part)}}


def _responses_part(part: str | ImageData | DocumentData) -> dict[str, Any]:
    match part:
        case str():
            return {"type": "input_text", "text": _clean(part)}
        case ImageData():
            return {"type": "input_image", "image_url": _data_url(part), "detail": "auto"}
        case DocumentData(name=name):
            return {"type": "input_file", "filename": name, "file_data": _data_url(part)}


def _data_url(file: ImageData | DocumentData) -> str:
    return f"data:{file.mime};base64,{b64encode(file.data).decode('ascii')}"


def _clean(text: str) -> str:
    """Lone surrogates, which JSON can carry in but UTF-8 can't carry out, become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
