"""Uploaded files: their clean names, their types, their measures, and how long they are kept."""

import io
import re
import warnings
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from sandbox.discord.model import Attachment, Json, MessageFlag
from sandbox.discord.rest.routing import Upload
from sandbox.discord.state import World

MAX_STORED_BYTES = 512 * 1024 * 1024
_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json; charset=utf-8",
    ".m4a": "audio/mp4",
    ".md": "text/markdown; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/x-wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".zip": "application/zip",
}


def keep_file(
    world: World, channel_id: int, upload: Upload, details: Json | None = None, *, flags: int = 0
) -> Attachment:
    """Store an uploaded file. `details` is its entry in the message's `attachments`, if any."""
    details = details or {}
    wanted = str(details.get("filename") or upload.filename)
    filename = clean_name(wanted)
    content_type = _TYPES.get(PurePosixPath(filename).suffix.lower(), upload.content_type)
    width, height = _measure(upload.data, content_type)
    voice = bool(flags & MessageFlag.IS_VOICE_MESSAGE)
    title = details.get("title")
    if title is None and wanted.replace(" ", "_") != filename:
        title = PurePosixPath(wanted).stem
    attachment = Attachment(
        id=world.snowflakes.next(),
        channel_id=channel_id,
        filename=filename,
        content_type=content_type,
        data=upload.data,
        width=width,
        height=height,
        description=details.get("description"),
        title=title,
        duration_secs=details.get("duration_secs") if voice else None,
        waveform=details.get("waveform") if voice else None,
        ephemeral=bool(flags & MessageFlag.EPHEMERAL),
    )
    world.keep_attachment(attachment, limit=MAX_STORED_BYTES)
    return attachment


def clean_name(filename: str) -> str:
    """As Discord shows it: spaces become underscores, and only letters, digits and . _ - stay."""
    name = PurePosixPath(filename.replace("\\", "/")).name.replace(" ", "_")
    name = re.sub(r"[^A-Za-z0-9._-]", "", name)
    return f"unknown{name}" if name.startswith(".") or not name else name


def _measure(data: bytes, content_type: str) -> tuple[int | None, int | None]:
    """Width and height from a picture's header; nothing is decoded."""
    if not content_type.startswith("image/"):
        return None, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None, None  # Discord shows what it cannot measure as a plain file
