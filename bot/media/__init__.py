"""Pictures, sound, PDFs and charts: bytes in, bytes out.

All parsing happens in worker processes with limits, see _pool and _worker: files are strangers',
parsers crash, and their libraries take a second and 100 MB to import.

Usage:
    async with Media(clock) as media:
        facts = await media.pictures.inspect(data, name="cat.png")
"""

from bot.media._media import Media
from bot.media._subtitles import joined, shifted

__all__ = ["Media", "joined", "shifted"]
