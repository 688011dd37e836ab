"""Pages of lists that objects have of their own, for a level of objects at a time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from strawberry.dataloader import DataLoader

from resolvers.domain.pagination import Page, Position, cut_page, decode_cursor
from resolvers.loading import Each, each, each_with, load_each

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class OwnLists(Generic[ItemT]):
    """How a list that every object has of its own is read and put in order."""

    key: Callable[[str], str]
    """Return the fingerprint of the list of an id."""
    parts: Sequence[Callable[[Any], Any]]
    """What `decode_cursor` takes: how each value of a position is checked."""
    loader: DataLoader[Any, list[ItemT]]
    """Items by (id, arguments)."""
    arguments: Callable[[Position | None], Any]
    """Return the arguments that ask for what is behind a position."""
    position: Callable[[ItemT], Position]
    count: Callable[[str], Awaitable[int]]
    """Return the length of the list of an id."""


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the page of a list begins."""

    id: str
    key: str
    position: Position | None


async def pages_each(lists: OwnLists[ItemT], ids: Sequence[str], size: int, after: str | None) -> Each[Page[ItemT]]:
    """Return a page of the list of each id; a cursor is good for one of them, BadUserInput in place of the others."""

    def start(id_: str) -> _Start:
        key = lists.key(id_)
        return _Start(id_, key, decode_cursor(key, after, *lists.parts))

    def page(of: _Start, items: list[ItemT]) -> Page[ItemT]:
        return cut_page(of.key, items, size, of.position, lists.position, lambda: lists.count(of.id))

    starts = each(ids, start)
    found = await load_each(lists.loader, each(starts, lambda of: (of.id, lists.arguments(of.position))))
    return each_with(starts, found, page)
