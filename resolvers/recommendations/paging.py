"""Pages of a ranked list that is computed as a whole."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from resolvers.domain.errors import BadUserInput
from resolvers.domain.pagination import Count, Page, encode_cursor


class Ranked(Protocol):
    """An item that stands for a title."""

    @property
    def title_id(self) -> str:
        """Id of the title."""
        ...


RankedT = TypeVar("RankedT", bound=Ranked)


def place_of(position: Sequence[Any] | None) -> int:
    """Return how many items lay up to and with a cursor's position; raise BadUserInput for a made-up one."""
    if position is None:
        return 0
    match position:
        case [int(place), str()] if place > 0:
            return place
    raise BadUserInput("This cursor is broken; use endCursor of the page before as it is.")


def page_of(
    key: str, items: Sequence[RankedT], size: int, position: Sequence[Any] | None, count: Count | None
) -> Page[RankedT]:
    """Return `size` items behind a position (place, title id): behind that title, or behind the place if it is gone."""
    start = place_of(position)
    if position is not None:
        start = next((place for place, item in enumerate(items, 1) if item.title_id == position[1]), start)
    shown = items[start : start + size]
    return Page(
        items=[(encode_cursor(key, (place, item.title_id)), item) for place, item in enumerate(shown, start + 1)],
        has_next=len(items) > start + size,
        has_previous=position is not None,
        count=count,
    )
