"""Compressed answers: the coding is negotiated (RFC 9110, section 12.5.3), small answers stay as they are."""

import asyncio
import zlib
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Final

import brotli
import zstandard

WORTHWHILE: Final = 1024
"""Bytes from which an answer is compressed: below that a network packet is not saved."""
LARGE: Final = 65_536
"""Bytes from which another thread compresses: the loop would stand still for a quarter of a millisecond and more."""
CACHED_HEADER_LENGTH: Final = 128


class Coding(StrEnum):
    """Content codings; earlier is preferred when a client names several equally."""

    ZSTD = "zstd"
    BROTLI = "br"
    GZIP = "gzip"


def _gzip(body: bytes) -> bytes:
    compressor = zlib.compressobj(4, zlib.DEFLATED, 31)  # 31: a gzip header, and the largest window
    return compressor.compress(body) + compressor.flush()


# Levels measured on answers of 2 to 1,200 kB: a step more costs twice the time for a few per cent of the size.
_COMPRESS: Final[dict[Coding, Callable[[bytes], bytes]]] = {
    Coding.ZSTD: lambda body: zstandard.ZstdCompressor(level=3).compress(body),
    Coding.BROTLI: lambda body: brotli.compress(body, quality=4),
    Coding.GZIP: _gzip,
}


def coding_for(accept_encoding: str | None) -> Coding | None:
    """Return the coding to answer in, None for none: for no header, and for one that names none of ours."""
    if not accept_encoding:
        return None
    # Long headers are not worth a place in the cache, which a client could otherwise fill.
    negotiate = _negotiated if len(accept_encoding) <= CACHED_HEADER_LENGTH else _negotiated.__wrapped__
    return negotiate(accept_encoding)


async def compressed(body: bytes, coding: Coding) -> bytes:
    """Return the body in a coding; the loop goes on meanwhile when it is large."""
    compress = _COMPRESS[coding]
    if len(body) < LARGE:
        return compress(body)
    return await asyncio.to_thread(compress, body)


@lru_cache(maxsize=256)
def _negotiated(accept_encoding: str) -> Coding | None:
    qualities: dict[str, float] = {}
    for part in accept_encoding.lower().split(",")[:16]:
        name, _, parameter = part.partition(";")
        key, _, value = parameter.partition("=")
        try:
            quality = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            quality = 0.0
        qualities[name.strip()] = quality
    offered = [(qualities.get(coding, qualities.get("*", 0.0)), coding) for coding in Coding]
    quality, best = max(offered, key=lambda one: one[0])  # the first of equals
    return best if quality > max(0.0, qualities.get("identity", 0.0)) or quality >= 1 else None
