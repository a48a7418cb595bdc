"""Files over HTTP: signed addresses that expire, and byte ranges."""

import hashlib
import hmac
import re
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.discord.model import Attachment
from sandbox.discord.state import World

LIFETIME = timedelta(hours=24)
_GONE = "This content is no longer available."
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def signed_url(world: World, attachment: Attachment) -> str:
    """The address of a file, good for a day from now on the sandbox's clock."""
    now = world.clock.now()
    issued, expires = f"{int(now.timestamp()):x}", f"{int((now + LIFETIME).timestamp()):x}"
    path = f"/attachments/{attachment.channel_id}/{attachment.id}/{attachment.filename}"
    if attachment.ephemeral:
        path = path.replace("/attachments/", "/ephemeral-attachments/", 1)
    signature = _sign(world, path, expires, issued)
    return f"{world.base_url}/cdn{path}?ex={expires}&is={issued}&hm={signature}&"


def attachment_id(url: str) -> int | None:
    """Which of our files an address points at, whatever its signature."""
    found = re.search(r"/cdn/(?:ephemeral-)?attachments/\d+/(\d+)/", urlsplit(url).path)
    return int(found[1]) if found else None


class Cdn:
    def __init__(self, world: World) -> None:
        self._world = world

    async def serve(self, request: web.Request) -> web.StreamResponse:
        attachment = self._find(request)
        if attachment is None:
            return web.Response(status=404, text=_GONE)
        headers = {
            "Content-Type": attachment.content_type,
            "Content-Disposition": f'attachment; filename="{attachment.filename}"',
            "Accept-Ranges": "bytes",
            "Cache-Control": "public, max-age=31536000",
            "ETag": f'"{hashlib.md5(attachment.data, usedforsecurity=False).hexdigest()}"',
        }
        size = len(attachment.data)
        found = _RANGE.fullmatch(request.headers.get("Range", ""))
        if found is None or found.groups() == ("", ""):
            return web.Response(body=attachment.data, headers=headers)
        first, last = _bounds(found[1], found[2], size)
        if first >= size or last < first:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        return web.Response(status=206, body=attachment.data[first : last + 1], headers=headers)

    def _find(self, request: web.Request) -> Attachment | None:
        """None for what is unknown, expired or wrongly signed: all look the same from outside."""
        path = request.path.removeprefix("/cdn")
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        given = request.query.get("hm", "")
        expected = _sign(self._world, path, expires, issued)
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return None
        if int(expires, 16) <= self._world.clock.now().timestamp():
            return None
        attachment = self._world.attachments.get(int(request.match_info["attachment"]))
        if attachment is None or attachment.filename != request.match_info["filename"]:
            return None
        return attachment


def _sign(world: World, path: str, expires: str, issued: str) -> str:
    text = f"{path}?{expires}&{issued}".encode()
    return hmac.new(world.signing_key, text, hashlib.sha256).hexdigest()


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """The inclusive range that a header asks for; "-5" is the last five bytes."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
