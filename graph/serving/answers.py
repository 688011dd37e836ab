"""The answers of an operation, one or many, as one kind of stream."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol, runtime_checkable

from graph.operation import Result


@runtime_checkable
class _Closable(Protocol):
    """An iterator that frees what it holds when told."""

    async def aclose(self) -> None: ...


async def answers(outcome: Result | AsyncIterator[Result]) -> AsyncGenerator[Result]:
    """Yield each answer of what `Graph.subscribe` returned; closing this closes the source."""
    if isinstance(outcome, dict):
        yield outcome
        return
    try:
        async for result in outcome:
            yield result
    finally:
        if isinstance(outcome, _Closable):
            await outcome.aclose()
