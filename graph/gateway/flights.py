"""Identical reads under way at the same time are one read."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from graph.operation import Result


class _Flight:
    __slots__ = ("passengers", "task")

    def __init__(self, task: asyncio.Task[Result]) -> None:
        self.task = task
        self.passengers = 0


class Flights:
    """The reads under way, by what they ask; the answer is shared, so nobody may change it."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, _Flight] = {}

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return the answer of the read under way for `key`, or of one started now.

        It goes on while anybody waits for it: one caller leaving does not take the answer from the others.
        """
        flight = self._flying.get(key)
        if flight is None:
            flight = self._flying[key] = _Flight(asyncio.ensure_future(start()))
        flight.passengers += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.passengers -= 1
            if flight.passengers == 0:
                flight.task.cancel()  # without effect on one that is done
            if (flight.passengers == 0 or flight.task.done()) and self._flying.get(key) is flight:
                del self._flying[key]
