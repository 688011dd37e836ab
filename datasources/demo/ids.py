"""Ids of demo rows: the same on every machine, so that loading twice changes nothing."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

_MADE_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1000


def demo_id(namespace: str, key: str) -> str:
    """Return the UUID in text that belongs to `namespace:key`, e.g. `demo_id("title", "the-matrix-1999")`.

    It has the shape of a UUIDv7 (RFC 9562, section 5.7) made at 2026-01-01T00:00:00Z: 48 bits of milliseconds, version
    7, variant 10; the other 74 bits are the first of SHA-256 of the text.
    """
    digest = int.from_bytes(sha256(f"{namespace}:{key}".encode()).digest()) >> (256 - 74)
    high, low = digest >> 62, digest & (2**62 - 1)
    return str(UUID(int=_MADE_MS << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))
