"""The whole of value completion, for values that the compiled code does not know what to do with.

GraphQL specification, section 6.4.3; the order of checks is graphql-core's. What is awaited is left to `levels`: its
position holds PENDING and an entry in `run.pending` until then.
"""

from collections.abc import AsyncIterable, Callable, Generator, Iterable
from contextlib import suppress
from types import GeneratorType
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    located_error,
)
from graphql.execution.executor import default_type_resolver
from graphql.pyutils import inspect, is_iterable

from graph.engine.dispatch import Dispatch
from graph.engine.errors import fail
from graph.engine.fields import Field, Late
from graph.engine.paths import Link, keys_of, stable
from graph.engine.run import PENDING, Raised, Run, Waiting
from graph.engine.strawberry_fields import class_settles_type


class Typed:
    """An object whose type was found out asynchronously."""

    __slots__ = ("checked", "type", "value")

    def __init__(self, value: Any, type_: GraphQLObjectType, *, checked: bool) -> None:
        self.value = value
        self.type = type_
        self.checked = checked


class _Followed:
    """An awaitable whose result is made into another one. Closing it, never awaited, closes what it would await."""

    __slots__ = ("_awaitable", "_follow")

    def __init__(self, awaitable: Any, follow: Callable[[Any], Any]) -> None:
        self._awaitable = awaitable
        self._follow = follow

    def __await__(self) -> Generator[Any, None, Any]:
        return self._run().__await__()

    async def _run(self) -> Any:
        return self._follow(await self._awaitable)

    def close(self) -> None:
        """Dispose of it."""
        dispose(self._awaitable)


class Drained:
    """A list completed while its asynchronous iterator was read, and what is still awaited in it."""

    __slots__ = ("items", "pending")

    def __init__(self, items: list[Any], pending: list[Waiting]) -> None:
        self.items = items
        self.pending = pending

    def awaitables(self) -> list[Any]:
        """Return what nobody will await when the list is dropped."""
        return [entry[1] for entry in self.pending if entry[0].start is None]


def recover(run: Run, field: Field, value: Any, path: Link) -> Any:
    """Complete the value of a field of the object at `path`; raises the located error where null is not allowed."""
    here = (path, field)
    try:
        if type(value) is Raised:
            raise value.error
        return complete_position(run, field, field.type, value, here)
    except Exception as error:
        return fail(run, field, error, here, non_null=field.non_null)


def recover_item(run: Run, field: Field, type_: GraphQLOutputType, value: Any, here: Link) -> Any:
    """Complete an item of a list, itself at path `here`; raises the located error where null is not allowed."""
    try:
        return complete_position(run, field, type_, value, here)
    except Exception as error:
        return fail(run, field, error, here, non_null=isinstance(type_, GraphQLNonNull))


def complete_position(run: Run, field: Field, type_: GraphQLOutputType, value: Any, here: Link) -> Any:
    """Complete a value that may also be awaitable."""
    if run.is_awaitable(value):
        return wait_for(run, field, type_, value, here)
    return complete(run, field, type_, value, here)


def wait_for(run: Run, field: Field, type_: GraphQLOutputType, awaitable: Any, here: Link) -> Any:
    """Leave a position until an awaitable is done, and then complete it as `type_`."""
    late = field.late.get(id(type_))
    if late is None:

        def finish(run: Run, value: Any, here: Link) -> Any:
            return complete(run, field, type_, value, here)

        late = field.late[id(type_)] = Late(field, finish)  # the type lives as long as the schema
    run.pending.append((late, awaitable, None, stable(here)))
    return PENDING


def complete(run: Run, field: Field, type_: GraphQLOutputType, value: Any, here: Link) -> Any:
    """Complete a value as a type; raises what it cannot be completed for."""
    if isinstance(value, Exception):
        raise value
    if type(value) is Drained:
        run.pending.extend(value.pending)
        return value.items
    if isinstance(type_, GraphQLNonNull):
        completed = complete(run, field, type_.of_type, value, here)
        if completed is None:
            raise TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.name}.")
        return completed
    if value is None or value is Undefined:
        return None
    if isinstance(type_, GraphQLList):
        return _complete_list(run, field, type_, value, here)
    if field.leaf is not None:
        return field.leaf.complete(value)
    return _complete_object(run, field, cast("Dispatch", field.dispatch), type_, value, here)  # no leaf, so it has one


# – lists –


def _complete_list(run: Run, field: Field, type_: GraphQLList[Any], value: Any, here: Link) -> Any:
    item_type = type_.of_type
    here = stable(here)
    if run.is_async_iterable(value):
        return wait_for(run, field, type_, _drain(run, field, item_type, value, here), here)
    if not is_iterable(value):
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'.")
    iterator = iter(value)
    started = len(run.pending)
    items: list[Any] = []
    try:
        for index, item in enumerate(iterator):
            items.append(recover_item(run, field, item_type, item, (here, index)))
    except Exception:
        abandon(run, _rest_of(iterator))
        abandon(run, [entry[1] for entry in run.pending[started:] if entry[0].start is None])
        del run.pending[started:]
        raise
    return items


def _rest_of(iterator: Iterable[Any]) -> list[Any]:
    rest: list[Any] = []
    with suppress(Exception):
        rest.extend(iterator)
    return rest


async def _drain(
    run: Run, field: Field, item_type: GraphQLOutputType, value: AsyncIterable[Any], here: Link
) -> Drained:
    """Complete the items of an asynchronous iterable as they come."""
    iterator = value.__aiter__()
    items: list[Any] = []
    pending: list[Waiting] = []
    try:
        while True:
            try:
                item = await anext(iterator)
            except StopAsyncIteration:
                return Drained(items, pending)
            except Exception as error:
                raise located_error(error, field.nodes, list(keys_of(here))) from error
            run.pending = pending
            items.append(recover_item(run, field, item_type, item, (here, len(items))))
    except BaseException:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            with suppress(Exception):
                await close()
        abandon(run, [entry[1] for entry in pending if entry[0].start is None])
        raise


def abandon(run: Run, values: Iterable[Any]) -> None:
    """Dispose of those values that are awaitable."""
    for value in values:
        if run.is_awaitable(value):
            dispose(value)


def dispose(awaitable: Any) -> None:
    """Make sure that an awaitable which nobody will await does not complain of it."""
    close: Callable[[], None] | None = getattr(awaitable, "close", None)
    if close is not None:
        close()  # a coroutine that has not begun
    elif hasattr(awaitable, "add_done_callback"):
        awaitable.add_done_callback(_retrieve)


def _retrieve(future: Any) -> None:
    """Take note of a future's exception."""
    if not future.cancelled():
        future.exception()


# – objects –


def _complete_object(run: Run, field: Field, dispatch: Dispatch, type_: Any, value: Any, here: Link) -> Any:
    declared: Any = dispatch.type
    checked = False
    settled = type(value) is not Typed
    if type(value) is Typed:
        type_, checked, value = value.type, value.checked, value.value
    class_ = type(value)
    if settled and (known := dispatch.get(class_)) is not None:
        return known(value, run, here)
    if dispatch.abstract and type_ is declared:
        info = run.resolve_info(field, _object_path(here))
        name = (type_.resolve_type or default_type_resolver)(value, info, type_)
        if run.is_awaitable(name):
            return wait_for(run, field, type_, _typed(run, field, value, name, info), here)
        type_ = run.runtime_type(name, field, value, info)
        settled = class_settles_type(type_, declared, class_)
    if type_.is_type_of is not None and not checked:
        is_of = type_.is_type_of(value, run.resolve_info(field, _object_path(here)))
        if run.is_awaitable(is_of):
            return wait_for(run, field, declared, _checked(field, value, type_, is_of), here)
        if not is_of:
            raise _wrong_type(field, type_, value)
        settled = settled and class_settles_type(type_, declared, class_)
    selector = dispatch.selector(type_, class_)
    if settled and _is_plain(class_):
        dispatch.remember(class_, selector)
    return selector(value, run, here)


def _object_path(here: Link) -> Link:
    """Return the path of the object that the field is in, for a position somewhere in the field's value."""
    found: Any = here
    while type(found[1]) is int:
        found = found[0]
    parent: Link = found[0]
    return parent


def _typed(run: Run, field: Field, value: Any, name: Any, info: Any) -> _Followed:
    return _Followed(name, lambda found: Typed(value, run.runtime_type(found, field, value, info), checked=False))


def _checked(field: Field, value: Any, type_: GraphQLObjectType, is_of: Any) -> _Followed:
    def check(answer: Any) -> Typed:
        if not answer:
            raise _wrong_type(field, type_, value)
        return Typed(value, type_, checked=True)

    return _Followed(is_of, check)


def _wrong_type(field: Field, type_: GraphQLObjectType, value: Any) -> GraphQLError:
    return GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", field.nodes)


def _is_plain(class_: type) -> bool:
    """Return whether no instance of a class is an exception or awaitable, or stands for something else."""
    return (
        not issubclass(class_, Exception)
        and not hasattr(class_, "__await__")
        and class_ not in {GeneratorType, Raised, Drained}
    )
