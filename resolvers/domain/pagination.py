"""Relay pagination by keyset: a cursor is a position in one list, and is good for that list only.

Source: GraphQL Cursor Connections Specification (Relay).
"""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from math import isfinite
from typing import Any, Generic, TypeVar

from resolvers.domain.errors import BadUserInput

ItemT = TypeVar("ItemT")
OtherT = TypeVar("OtherT")

Position = Sequence[Any]
"""Values of the list's sort keys for one item, JSON-compatible, e.g. `(87.5, "0196…")`."""

MAXIMUM_PAGE = 100
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)  # one, as every edge has a cursor


def list_key(name: str, *arguments: Any) -> str:
    """Return a short fingerprint of a list: its name and the arguments that choose and order its items."""
    content = json.dumps([name, *arguments], default=str, separators=(",", ":"))
    return blake2b(content.encode(), digest_size=6).hexdigest()


def encode_cursor(key: str, position: Position) -> str:
    """Return the opaque cursor of a position in the list `key`."""
    content = _ENCODER.encode([key, *position])
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode_cursor(key: str, cursor: str | None, *parts: Callable[[Any], Any]) -> list[Any] | None:
    """Return the position a cursor stands for, None for no cursor; raise BadUserInput for a foreign or broken one.

    `parts`, one per value of the position, return the value as the list wants it and raise ValueError, TypeError
    or OverflowError for anything we cannot have written: cursors are opaque, but everybody can make one up.
    """
    if cursor is None:
        return None
    try:
        content = json.loads(b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(content, list):
            raise TypeError(content)
        found, *position = content
        if found == key and parts:
            position = [part(value) for part, value in zip(parts, position, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, BadUserInput):
        raise BadUserInput("This cursor is broken; use endCursor of the page before as it is.") from None
    if found != key:
        raise BadUserInput(
            "This cursor belongs to another list or to other arguments; start again without `after`, or repeat the "
            "arguments of the page before."
        )
    return position


def whole(value: Any) -> int:
    """Return a whole number of 32 bits, as a part of a position; raise ValueError or TypeError for anything else."""
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise ValueError(value)
    return value


def number(value: Any) -> float:
    """Return a finite number, as a part of a position; raise ValueError, TypeError or OverflowError for others."""
    found = float(value)
    if not isfinite(found):
        raise ValueError(value)
    return found


def plain_text(value: Any) -> str:
    """Return a text that a database can hold, as a part of a position; raise ValueError for anything else."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    value.encode()  # a ValueError for half of a surrogate pair
    return value


def instant(value: Any) -> datetime:
    """Return an instant in UTC, as a part of a position.

    Raises ValueError, TypeError or OverflowError unless it is ISO 8601 with an offset.
    """
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(value)
    return found.astimezone(UTC)


def day(value: Any) -> date:
    """Return a day, as a part of a position; raise ValueError or TypeError unless it is ISO 8601."""
    return date.fromisoformat(value)


def page_size(first: int | None, *, default: int = 20, maximum: int = MAXIMUM_PAGE) -> int:
    """Return how many items a page may hold; raise BadUserInput outside 0–`maximum`."""
    if first is None:
        return default
    if not 0 <= first <= maximum:
        raise BadUserInput(f"first is {first}, but must be between 0 and {maximum}.")
    return first


Count = Callable[[], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """A stretch of a list: items with their cursors, whether there is more, and a way to count the whole list."""

    items: Sequence[tuple[str, ItemT]]
    has_next: bool
    has_previous: bool
    count: Count | None = None

    @property
    def nodes(self) -> list[ItemT]:
        """The items without their cursors."""
        return [item for _, item in self.items]


def cut_page(
    key: str,
    found: Sequence[ItemT],
    first: int,
    after: Position | None,
    position: Callable[[ItemT], Position],
    count: Count | None = None,
) -> Page[ItemT]:
    """Return a page of `first` items out of `first + 1` that were looked up (the last one only tells of more)."""
    kept = found[:first]
    return Page(
        items=[(encode_cursor(key, position(item)), item) for item in kept],
        has_next=len(found) > first,
        has_previous=after is not None,
        count=count,
    )
