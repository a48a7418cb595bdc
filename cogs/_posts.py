"""Putting messages into Discord: one request, one answer, no waiting and no second try.

discord.py's own calls sleep inside while a rate limit lasts, and give up after five tries; the
pump decides both itself (see _pump.py), so it needs the bare request and what became of it.
"""

import io
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord
import orjson
from discord.http import Route

from bot import metrics
from bot.domain.conversations import InteractionToken
from bot.domain.ids import ChannelId, MessageId, SourceId, TurnId
from cogs._outcomes import Outcome, Refused, Unclear, understand

log = logging.getLogger(__name__)

SUPPRESS_EMBEDS: Final = 1 << 2
EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
_TIMEOUT = aiohttp.ClientTimeout(total=15)
_NO_PINGS: Final[Mapping[str, Any]] = {"parse": [], "replied_user": False}
# Discord asks for this form. discord.py is what it knows us by, since it makes all other requests.
_USER_AGENT = (
    f"DiscordBot (https://github.com/Rapptz/discord.py {discord.__version__})"
    f" Python/{sys.version_info[0]}.{sys.version_info[1]} aiohttp/{aiohttp.__version__}"
)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    mime: str
    data: bytes = field(repr=False)
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a message is to look like. None leaves a field as it is.

    The model's text never unfurls its links: a picture that Discord fetches from a link would carry
    out whatever the link says. The flag for that, SUPPRESS_EMBEDS, hides the bot's own embeds too.
    So a message with an embed goes without the flag, and the layout never puts an embed on a
    message whose text has a link.
    """

    content: str | None = None
    embeds: tuple[Mapping[str, Any], ...] | None = None
    components: tuple[Mapping[str, Any], ...] | None = None
    files: tuple[File, ...] | None = None

    def json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"allowed_mentions": _NO_PINGS}
        if self.content is not None:
            shown["content"] = _utf8(self.content)
        if self.embeds is not None:
            shown["embeds"] = list(self.embeds)
        if self.components is not None:
            shown["components"] = list(self.components)
        if self.files is not None:
            shown["attachments"] = [
                {
                    "id": str(i),
                    "filename": file.name,
                    **({"description": file.description} if file.description else {}),
                }
                for i, file in enumerate(self.files)
            ]
        if self.content is not None or self.embeds is not None:
            shown["flags"] = 0 if self.embeds else SUPPRESS_EMBEDS
        return shown


class Posts:
    """The requests. Safe to make before there is a loop; `close` when all is said.

    bot_token  asked for at each use; the interaction routes go without it
    """

    def __init__(self, bot_token: Callable[[], str]) -> None:
        self._bot_token = bot_token
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # By the interaction's token: for fifteen minutes, anywhere, outside the bot's 50 per second.

    async def edit_by_token(
        self, token: InteractionToken, message: MessageId | None, body: Body
    ) -> Outcome:
        """Change `message`, or where it is None the first answer, once "thinking..."."""
        return await self._send("PATCH", _message(token, message), body, by_token=True)

    async def follow_up(
        self, token: InteractionToken, body: Body, *, private: bool = False
    ) -> Outcome:
        """One more message. Carries no nonce: after `Unclear`, look, never send again."""
        more = {"flags": body.json().get("flags", 0) | EPHEMERAL} if private else {}
        path = f"{_webhook(token)}?wait=true"
        return await self._send("POST", path, body, more, by_token=True)

    async def delete_by_token(self, token: InteractionToken, message: MessageId | None) -> Outcome:
        return await self._send("DELETE", _message(token, message), by_token=True)

    # By the bot's token: any time, where it is a member and allowed to.

    async def create(
        self, channel: ChannelId, body: Body, *, nonce: str, reply_to: MessageId | None = None
    ) -> Outcome:
        """One more message. The same nonce within minutes returns the first and posts none."""
        more: dict[str, Any] = {"nonce": nonce, "enforce_nonce": True}
        if reply_to is not None:
            more["message_reference"] = {"message_id": str(reply_to), "fail_if_not_exists": False}
        return await self._send("POST", f"/channels/{channel}/messages", body, more)

    async def edit(self, channel: ChannelId, message: MessageId, body: Body) -> Outcome:
        return await self._send("PATCH", f"/channels/{channel}/messages/{message}", body)

    async def delete(self, channel: ChannelId, message: MessageId) -> Outcome:
        return await self._send("DELETE", f"/channels/{channel}/messages/{message}")

    async def typing(self, channel: ChannelId) -> Outcome:
        return await self._send("POST", f"/channels/{channel}/typing")

    async def find(
        self, channel: ChannelId, *, after: MessageId, content: str, application: int
    ) -> MessageId | Unclear | None:
        """The application's own message with this content, posted later than `after`."""
        path = f"/channels/{channel}/messages?limit=50&after={after}"
        status, _, body = await self._request("GET", path, None, by_token=False)
        if status != 200:  # noqa: PLR2004  OK
            return Unclear(status=status)
        for message in orjson.loads(body):
            sender = message.get("application_id") or message.get("author", {}).get("id")
            if str(sender) == str(application) and message["content"].strip() == content.strip():
                return MessageId(int(message["id"]))
        return None

    async def lost(
        self, channel: ChannelId, turn: TurnId, known: Sequence[MessageId]
    ) -> list[MessageId]:
        """Messages of an answer that are there besides the `known` ones, oldest first.

        A follow-up names the message that it follows, and the last part has the turn's buttons.
        Empty where the channel can't be read.
        """
        path = f"/channels/{channel}/messages?limit=100&after={known[0] - 1}"
        status, _, body = await self._request("GET", path, None, by_token=False)
        if status != 200:  # noqa: PLR2004  OK
            return []
        there = {int(message["id"]): message for message in orjson.loads(body)}
        if known[0] not in there:
            return []
        sender = there[known[0]]["author"]["id"]
        return [
            MessageId(number)
            for number, message in sorted(there.items())
            if number not in known
            and message["author"]["id"] == sender
            and _belongs(message, turn, known)
        ]

    async def first(self, channel: ChannelId, turn: TurnId, source: SourceId) -> MessageId | None:
        """The first message of the answer to `source`, an interaction or a message.

        None where it is not there, still says "thinking...", or the channel can't be read.
        """
        path = f"/channels/{channel}/messages?limit=100&after={source - 1}"
        status, _, body = await self._request("GET", path, None, by_token=False)
        if status != 200:  # noqa: PLR2004  OK
            return None
        answers = [
            int(message["id"])
            for message in orjson.loads(body)
            if _answers(message, turn, source) and not message.get("flags", 0) & LOADING
        ]
        return MessageId(min(answers)) if answers else None

    async def _send(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        more: Mapping[str, Any] | None = None,
        *,
        by_token: bool = False,
    ) -> Outcome:
        form = _form(body, more) if body is not None else None
        status, headers, answer = await self._request(method, path, form, by_token=by_token)
        if status is None:
            return Unclear()
        outcome = understand(status, headers, answer, by_token=by_token)
        if isinstance(outcome, Refused) and outcome.errors:
            log.error("Discord refused a message (%d): %s", outcome.code, "; ".join(outcome.errors))
        return outcome

    async def _request(
        self, method: str, path: str, form: Any, *, by_token: bool
    ) -> tuple[int | None, Mapping[str, str], bytes]:
        headers = {"User-Agent": _USER_AGENT}
        if not by_token:
            headers["Authorization"] = f"Bot {self._bot_token()}"
        if isinstance(form, bytes):
            headers["Content-Type"] = "application/json"
        try:
            async with self._open().request(
                method, f"{Route.BASE}{path}", data=form, headers=headers, allow_redirects=False
            ) as response:
                answer = await response.read()
                _count(method, response.status, by_token=by_token)
                return response.status, response.headers, answer
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Only the kind: what these say may hold the address, and with it the token.
            log.warning("Discord did not answer a %s: %s", method, type(error).__name__)
            _count(method, 0, by_token=by_token)
            return None, {}, b""

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The pump paces; a pool that also queued would hide what it measures.
            self._session = aiohttp.ClientSession(
                timeout=_TIMEOUT, connector=aiohttp.TCPConnector(limit=0)
            )
        return self._session


def _belongs(message: Mapping[str, Any], turn: TurnId, known: Sequence[MessageId]) -> bool:
    made_by: Mapping[str, Any] = message.get("interaction_metadata") or {}
    follows = str(made_by.get("original_response_message_id"))
    buttons = [one.get("custom_id") for row in message["components"] for one in row["components"]]
    return follows in map(str, known) or f"stop:{turn}" in buttons or f"retry:{turn}" in buttons


def _answers(message: Mapping[str, Any], turn: TurnId, source: SourceId) -> bool:
    made_by: Mapping[str, Any] = message.get("interaction_metadata") or {}
    if made_by.get("id") == str(source):
        return True
    replies_to: Mapping[str, Any] = message.get("message_reference") or {}
    return replies_to.get("message_id") == str(source) and _belongs(message, turn, ())


def _count(method: str, status: int, *, by_token: bool) -> None:
    by = "interaction" if by_token else "bot"
    metrics.discord_calls.labels(method=method, by=by, status=str(status)).inc()


def _webhook(token: InteractionToken) -> str:
    return f"/webhooks/{token.application}/{token.token}"


def _message(token: InteractionToken, message: MessageId | None) -> str:
    return f"{_webhook(token)}/messages/{'@original' if message is None else message}"


def _form(body: Body, more: Mapping[str, Any] | None) -> bytes | aiohttp.FormData:
    payload = orjson.dumps({**body.json(), **(more or {})})
    if not body.files:
        return payload
    form = aiohttp.FormData()
    form.add_field("payload_json", payload.decode(), content_type="application/json")
    for i, file in enumerate(body.files):
        # As a file, since aiohttp writes those piece by piece: bytes would stop the loop meanwhile.
        data = io.BytesIO(file.data)
        form.add_field(f"files[{i}]", data, filename=file.name, content_type=file.mime)
    return form


def _utf8(text: str) -> str:
    """Halves of surrogate pairs, which JSON can carry and UTF-8 can't, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
