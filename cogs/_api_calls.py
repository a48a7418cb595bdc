"""`Show API call`: one exchange with the API as people read it, and as they copy it out."""

import io
import json
import shlex
from collections.abc import Iterator, Mapping
from pprint import pformat
from typing import Any, cast

import discord

from bot.domain.calls import Exchange
from bot.services.api_calls import ShownCall, is_multipart
from bot.texts import Texts
from cogs._replies import code
from cogs._splitting import LIMIT

KEY = "$OPENAI_API_KEY"


def call_message(call: ShownCall, texts: Texts) -> tuple[str, list[discord.File]]:
    """The message's text and its files: both bodies as JSON, in files where they are long."""
    exchange = call.exchange
    request, response = pretty(exchange.request), pretty(exchange.response)
    head = _head(call, texts)
    bodies = [(texts("Request"), request)] if exchange.request is not None else []
    bodies.append((texts("Response"), response))
    whole = "\n".join([head, *(f"**{name}**\n{fenced(body)}" for name, body in bodies)])
    if len(whole) <= LIMIT:
        return whole, []
    files = [
        discord.File(io.BytesIO(body.encode("utf-8", "replace")), filename=f"{name}.json")
        for name, body in (("request", request), ("response", response))
        if name == "response" or exchange.request is not None
    ]
    return head, files


def pretty(body: Any) -> str:
    """As indented JSON; plain text, such as subtitles, as it is."""
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)


def fenced(text: str, language: str = "json") -> str:
    """A code block that `text` can't leave."""
    inert = text.replace("```", "`\u200b``")
    return f"```{language}\n{inert}\n```"


def as_curl(exchange: Exchange, base_url: str) -> str:
    """A command to make the same request by hand; the key is the reader's own."""
    parts = [f"curl {shlex.quote(base_url + exchange.path)}"]
    if exchange.method != "POST":
        parts.append(f"-X {exchange.method}")
    parts.append(f'-H "Authorization: Bearer {KEY}"')
    if is_multipart(exchange.request):
        parts += [f"-F {shlex.quote(field)}" for field in _fields(exchange.request)]
    elif exchange.request is not None:
        body = json.dumps(exchange.request, ensure_ascii=False)
        parts += ['-H "Content-Type: application/json"', f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(parts)


def as_python(exchange: Exchange, base_url: str) -> str:
    """The same with the official package, whose raw calls take any path."""
    lines = [
        "from openai import OpenAI",
        "",
        f"client = OpenAI(base_url={base_url!r})  # the key is read from OPENAI_API_KEY",
    ]
    path = exchange.path
    if exchange.method != "POST":
        lines.append(f"print(client.{exchange.method.lower()}({path!r}, cast_to=object))")
    elif is_multipart(exchange.request):
        request = cast("Mapping[str, Any]", exchange.request)
        body = {name: value for name, value in request.items() if not _files(value)}
        files = [
            f"    ({name!r}, open({file['filename']!r}, 'rb')),"
            for name, value in request.items()
            for file in _files(value)
        ]
        lines += ["files = [", *files, "]", f"body = {body!r}"]
        lines.append(
            f"print(client.post({path!r}, cast_to=object, body=body, files=files,"
            ' options={"headers": {"Content-Type": "multipart/form-data"}}))'
        )
    else:
        request = cast("Mapping[str, Any]", exchange.request or {})
        # A stream would need to be read as one.
        body = {name: value for name, value in request.items() if not name.startswith("stream")}
        lines += [
            f"body = {pformat(body, sort_dicts=False, width=88)}",
            f"print(client.post({path!r}, cast_to=object, body=body))",
        ]
    return "\n".join(lines)


def _head(call: ShownCall, texts: Texts) -> str:
    exchange = call.exchange
    facts = [str(exchange.status) if exchange.status else texts("no answer")]
    if exchange.streamed:
        facts.append(texts("streamed"))
    facts.append(f"{exchange.seconds:.2f} s")
    if exchange.request_id:
        facts.append(code(exchange.request_id))
    if exchange.error:
        facts.append(code(exchange.error))
    if call.of > 1:
        facts.append(texts("call {number} of {of}", number=call.number, of=call.of))
    return f"{code(f'{exchange.method} {exchange.path}', 200)} → {' · '.join(facts)}"


def _fields(request: Any) -> Iterator[str]:
    for name, value in cast("Mapping[str, Any]", request).items():
        files = _files(value)
        if files:
            yield from (f"{name}=@{file['filename']}" for file in files)
        elif isinstance(value, list):
            yield from (f"{name}={each}" for each in cast("list[Any]", value))
        else:
            yield f"{name}={value}"


def _files(value: Any) -> list[Mapping[str, Any]]:
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [each for each in items if isinstance(each, dict) and "filename" in each]
