"""Transport compression: one stream per connection, flushed after every payload."""

import zlib
from collections.abc import Callable

import zstandard

Compress = Callable[[bytes], bytes]


def zlib_stream() -> Compress:
    stream = zlib.compressobj()
    return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Compress:
    stream = zstandard.ZstdCompressor().compressobj()
    return lambda data: stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


STREAMS: dict[str, Callable[[], Compress]] = {
    "zlib-stream": zlib_stream,
    "zstd-stream": zstd_stream,
}
