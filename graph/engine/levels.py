"""Runs what is awaited, a level at a time.

All positions of one field that wait at the same time are a level: they are started together, so that every DataLoader
batches, and their objects' own fields start together in turn. Levels of different fields go on independently.

Nothing is ever left behind: whoever is cancelled cancels what it has started and waits for its end. A level below a
position that has become null meanwhile is not started; one that has been started is awaited and its values dropped –
it is not cancelled, because a task's cancellation would also cancel the loader's future that others may share.
"""

import asyncio
import sys
from collections.abc import Coroutine, Iterable, Sequence
from inspect import iscoroutine
from typing import Any, Final

from graph.engine.batches import resolve_together
from graph.engine.complete import Drained, abandon
from graph.engine.errors import fail_late
from graph.engine.fields import Field, Late
from graph.engine.paths import keys_of
from graph.engine.run import Raised, Run, Waiting
from graph.engine.strawberry_fields import DirectCall

_EAGER: Final = sys.version_info >= (3, 12)


async def drive(run: Run, pending: list[Waiting]) -> None:
    """Await what is pending and all that follows from it."""
    while pending:
        levels = _levels(run, pending)
        if len(levels) != 1:
            try:
                await _together([_chain(run, level) for level in levels])
            except BaseException:  # a task that is cancelled before its first step never got to see its coroutines
                abandon(run, [entry[1] for level in levels for entry in level if entry[0].start is None])
                raise
            return
        pending = await _settle(run, levels[0])


async def _chain(run: Run, level: list[Waiting]) -> None:
    await drive(run, await _settle(run, level))


def _levels(run: Run, pending: list[Waiting]) -> list[list[Waiting]]:
    """Return what is pending by what it waits for, without what a null hides."""
    levels: dict[Late, list[Waiting]] = {}
    nulled = run.nulled
    for entry in pending:
        late = entry[0]
        if nulled and run.hides(entry[3]):
            if late.start is None:
                abandon(run, (entry[1],))
            continue
        level = levels.get(late)
        if level is None:
            levels[late] = [entry]
        else:
            level.append(entry)
    return list(levels.values())


async def _settle(run: Run, level: list[Waiting]) -> list[Waiting]:
    """Await every position of a level, complete the values, and return what is pending in them."""
    late = level[0][0]
    if late.batch is not None:
        return _finish(run, level, await _resolve_level(run, late.field, late.batch, level))
    if len(level) == 1:
        return _finish(run, level, [await _single(run, late, level[0])])
    started: list[Any] = []
    outcomes: list[Any] = []
    try:
        _start(run, late, level, started)
        for one in started:
            if type(one) is _Here:
                outcomes.append(one.value)
                continue
            try:
                outcomes.append(await one)
            except Exception as error:
                outcomes.append(Raised(error))
    except BaseException:
        await _cancel(one for one in started if isinstance(one, asyncio.Future))
        raise
    return _finish(run, level, outcomes)


def _finish(run: Run, level: list[Waiting], outcomes: Sequence[Any]) -> list[Waiting]:
    """Complete the values of a level, and return what is pending in them."""
    late = level[0][0]
    field, finish, nulled = late.field, late.finish, run.nulled
    key = field.key
    pending: list[Waiting] = []
    run.pending = pending  # nothing else completes until this returns
    for (_, _, container, path), value in zip(level, outcomes, strict=True):
        if nulled and run.hides(path):
            if type(value) is Drained:
                abandon(run, value.awaitables())
            continue
        try:
            if type(value) is Raised:
                raise value.error
            completed = finish(run, value, path)
        except Exception as error:
            fail_late(run, field, error, (path, field) if late.of_object else path)
            continue
        if container is not None:
            container[key] = completed
        else:
            run.store(keys_of(path), completed)
    return pending


class _Here:
    """A value that needs no waiting."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _begin(run: Run, late: Late, entry: Waiting) -> Any:
    """Return the awaitable of a position, or what it has instead."""
    _, kept, _, path = entry
    if late.start is None:
        return kept
    try:
        value = late.start(kept, run, path)
    except Exception as error:
        return _Here(Raised(error))
    return value if iscoroutine(value) or run.is_awaitable(value) else _Here(value)


def _start(run: Run, late: Late, level: Iterable[Waiting], started: list[Any]) -> None:
    """Start every position of a level in this very step; adds futures, or `_Here`, to `started`."""
    loop = asyncio.get_running_loop()
    for entry in level:
        one = _begin(run, late, entry)
        if iscoroutine(one):
            started.append(_task(one, loop))
        elif type(one) is _Here:
            started.append(one)
        else:
            started.append(asyncio.ensure_future(one))


async def _single(run: Run, late: Late, entry: Waiting) -> Any:
    """Return the outcome of the only position of a level; it needs no task of its own."""
    one = _begin(run, late, entry)
    if type(one) is _Here:
        return one.value
    try:
        return await one
    except Exception as error:
        return Raised(error)


async def _resolve_level(run: Run, field: Field, call: DirectCall, level: list[Waiting]) -> Sequence[Any]:
    """Return the values of a batch resolver, one per position; a position's own failure stands in its place."""
    resolve: Any = call.level
    try:
        arguments = field.arguments.for_run(run) if field.arguments is not None else {}
        if call.info is not None:
            arguments = {**arguments, call.info: call.make_info(run, field, level[0][3])}
    except Exception as error:
        return [error] * len(level)
    return await resolve_together(f"{field.parent}.{field.name}", resolve, [entry[1] for entry in level], arguments)


# – tasks –


def _task(coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> "asyncio.Task[Any]":
    """Return a task; where Python can, its first step is run at once."""
    if _EAGER:
        return asyncio.Task(coroutine, loop=loop, eager_start=True)  # type: ignore[call-arg, unused-ignore]  # 3.12 on
    return loop.create_task(coroutine)


async def _together(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all to the end; when one is cancelled or fails, or this is cancelled, the others end first."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(one) for one in coroutines]
    try:
        for task in tasks:
            await task
    except BaseException:
        await _cancel(tasks)
        raise


async def _cancel(futures: Iterable["asyncio.Future[Any]"]) -> None:
    """Cancel what is not done and wait for its end; nothing warns of an exception that nobody has taken."""
    futures = list(futures)
    for future in futures:
        future.cancel()
    if unfinished := [future for future in futures if not future.done()]:
        await asyncio.wait(unfinished)
    for future in futures:
        if not future.cancelled():
            future.exception()
