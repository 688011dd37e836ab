"""Sending to a client that reads: nothing to wait for, so no task, and if the server offers it no coroutine either."""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any, Final, cast

from starlette.types import Scope

DIRECT: Final = "graph.websocket.direct"
"""The ASGI extension of a server whose WebSockets take a whole frame as it is (graph/serving/uvicorn_websockets.py)."""

Write = Callable[[bytes], bool]
"""Sends a WebSocket frame at once and returns True; or does nothing, as it would have to wait, and returns False."""


def direct(scope: Scope) -> Write:
    """Return what writes frames to the client of a WebSocket; where the server has no such thing, it never does."""
    extension = (scope.get("extensions") or {}).get(DIRECT)
    return cast("Write", extension["write"]) if extension else _never


def _never(_: bytes) -> bool:
    return False


def begun(sending: Awaitable[None]) -> Coroutine[Any, Any, None] | None:
    """Send in place; return None when that is done, else the rest, to be awaited once by whatever task.

    A server suspends `send` while the client's buffer is full, and otherwise not. It must not look at the task it runs
    in before it does (a timeout or cancel scope would), as that may not be the one that sees to the rest; uvicorn's
    waits for an event. Raises what `send` raises.
    """
    steps: Generator[Any, Any, None] = sending.__await__()
    try:
        awaited = next(steps)
    except StopIteration:
        return None
    return _rest(steps, awaited)


@coroutine
def _rest(steps: Generator[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Wait for what the steps wait for already, then do as `yield from` does (PEP 380)."""
    try:
        while True:
            try:
                sent = yield awaited
            except BaseException as error:
                awaited = steps.throw(error)
            else:
                awaited = steps.send(sent)
    except StopIteration:
        return
