"""How a response map becomes JSON, and that a message; of what many are told, only once."""

import json
from typing import Any

import orjson

from graph.operation import Result

_TEXT_FRAME = 0x81
"""FIN and the opcode of text (RFC 6455, section 5.2)."""


def encode(value: Any) -> bytes:
    """Return `value` as JSON in UTF-8.

    orjson writes nearly everything; integers beyond 64 bits, lone surrogates and nesting beyond its depth go to the
    standard library. Raises TypeError, ValueError or RecursionError for what is no JSON at all.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


class Answer:
    """A response map as JSON, ready for any number of clients."""

    __slots__ = ("_frame_heads", "_text", "json")

    def __init__(self, result: Result) -> None:
        """Raises as `encode` does."""
        self.json = encode(result)
        self._text: str | None = None
        self._frame_heads: dict[int, bytes] = {}

    def text(self, head: bytes) -> str:
        """Return the message that begins with `head` and ends with this answer and a brace."""
        if self._text is None:
            self._text = self.json.decode()
        return f"{head.decode()}{self._text}}}"

    def frame(self, head: bytes) -> bytes:
        """Return the same message as a text frame of a server: one frame, not masked."""
        start = self._frame_heads.get(len(head))
        if start is None:
            start = self._frame_heads[len(head)] = _frame_head(len(head) + len(self.json) + 1)
        return b"".join((start, head, self.json, b"}"))


def _frame_head(length: int) -> bytes:
    """Return what comes before a payload of `length` bytes (RFC 6455, section 5.2)."""
    if length < 126:
        return bytes((_TEXT_FRAME, length))
    if length < 1 << 16:
        return bytes((_TEXT_FRAME, 126)) + length.to_bytes(2, "big")
    return bytes((_TEXT_FRAME, 127)) + length.to_bytes(8, "big")
