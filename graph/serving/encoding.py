"""How a response map becomes JSON."""

import json
from typing import Any

import orjson


def encode(value: Any) -> bytes:
    """Return `value` as JSON in UTF-8.

    orjson writes nearly everything; integers beyond 64 bits, lone surrogates and nesting beyond its depth go to the
    standard library. Raises TypeError, ValueError or RecursionError for what is no JSON at all.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
