"""A bounded, thread-safe cache: least recently used entries leave first."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class Lru(Generic[KeyT, ValueT]):
    """At most `entries` values whose weights sum up to at most `weight`; what was used longest ago leaves first."""

    __slots__ = ("_entries", "_held", "_items", "_lock", "_weight")

    def __init__(self, entries: int, weight: int | None = None) -> None:
        if entries < 1:
            raise ValueError("A cache holds at least one entry.")
        self._entries = entries
        self._weight = weight
        self._held = 0
        self._items: OrderedDict[KeyT, tuple[ValueT, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def held(self) -> int:
        """Return the summed weight of what is cached."""
        return self._held

    def get(self, key: KeyT) -> ValueT | None:
        """Return the value and mark it as just used; None when it is not cached."""
        with self._lock:
            found = self._items.get(key)
            if found is None:
                return None
            self._items.move_to_end(key)
            return found[0]

    def put(self, key: KeyT, value: ValueT, weight: int = 1) -> None:
        """Cache a value; one that is heavier than the whole cache is not kept."""
        with self._lock:
            previous = self._items.pop(key, None)
            if previous is not None:
                self._held -= previous[1]
            if self._weight is not None and weight > self._weight:
                return
            self._items[key] = (value, weight)
            self._held += weight
            while len(self._items) > self._entries or (self._weight is not None and self._held > self._weight):
                _, (_, gone) = self._items.popitem(last=False)
                self._held -= gone
