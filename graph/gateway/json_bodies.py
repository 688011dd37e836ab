"""JSON to subgraphs and bytes from them."""

import json
from typing import Any

import httpx
import orjson


def as_json(value: Any) -> bytes:
    """Return a value as JSON; integers beyond 64 bits go to the standard library.

    Raises TypeError, ValueError or RecursionError for what is no JSON at all.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


async def read_capped(response: httpx.Response, limit: int) -> bytes | None:
    """Return the body of a streamed response, None when it has more than `limit` bytes. Raises httpx.HTTPError."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > limit:
            return None
    return bytes(content)
