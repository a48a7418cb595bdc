"""Text out of PDFs. Runs in the worker."""

import io
import time
from collections.abc import Sequence
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import FileNotDecryptedError, WrongPasswordError

from bot.domain.errors import FileFault
from bot.media._frames import Message
from bot.media._refusal import refused

START = 1024  # bytes within which %PDF- stands; PDF 32000 annex H
BETWEEN = "\n\n"
ENOUGH = 0.7  # of the time allowed; then the pages read so far are the answer


def pdf_text(facts: dict[str, Any], blobs: Sequence[bytes]) -> Message:
    """Pages until one of the limits: how many, how many characters, how long it takes."""
    if b"%PDF-" not in blobs[0][:START]:
        raise refused(FileFault.NOT_A_PDF)
    until = time.process_time() + facts["limit_s"] * ENOUGH
    pages = _reader(blobs[0]).pages
    texts: list[str] = []
    left: int = facts["max_characters"]
    read = seen = 0
    for page in pages[: facts["max_pages"]]:
        if left <= 0 or (read and time.process_time() > until):
            break
        if text := page.extract_text().strip():
            texts.append(text[:left])
            left -= len(text) + len(BETWEEN)
        else:
            seen += _shows_something(page)
        read += 1
    if not len(pages):
        raise refused(FileFault.WITHOUT_TEXT)
    complete = read == len(pages) and left + len(BETWEEN) >= 0
    text = BETWEEN.join(texts).encode("utf-8", "replace")
    facts = {"pages": len(pages), "read": read, "seen": seen, "complete": complete}
    return Message(facts, [text])


def _shows_something(page: PageObject) -> bool:
    """A picture, or a form that may be one: nothing is decoded to find out."""
    resources: Any = page.get("/Resources")
    if resources is None:
        return False
    shown: Any = resources.get_object()
    return bool(hasattr(shown, "get") and shown.get("/XObject"))


def _reader(data: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        try:
            # Many PDFs that only forbid printing are locked with no password at all.
            if not reader.decrypt(""):
                raise refused(FileFault.ENCRYPTED)
        except (FileNotDecryptedError, WrongPasswordError, NotImplementedError) as error:
            raise refused(FileFault.ENCRYPTED) from error
    return reader
