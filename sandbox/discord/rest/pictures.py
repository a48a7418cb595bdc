"""Pictures of profiles, as they come: data URLs. Only their hash is kept."""

import base64
import binascii
import hashlib
import re

from sandbox.discord.validation.fields import Field

_DATA_URL = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,(?P<data>.+)", re.DOTALL)


def picture_hash(given: Field) -> str | None:
    """None where none is given; refused where it is no picture."""
    text = given.text()
    if not text:
        return None
    found = _DATA_URL.fullmatch(text)
    try:
        data = base64.b64decode(found["data"], validate=True) if found else b""
    except binascii.Error:
        data = b""
    if not data:
        given.refuse("IMAGE_INVALID", "Invalid image data")
        return None
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
