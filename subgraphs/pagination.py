"""Relay connections: a page of the resolvers becomes edges with cursors."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from resolvers.domain.pagination import Page

NodeT = TypeVar("NodeT")
RecordT = TypeVar("RecordT")

First = Annotated[int | None, strawberry.argument(description="How many, 0–100.")]
After = Annotated[str | None, strawberry.argument(description="endCursor of the page before.")]


@strawberry.federation.type(shareable=True, description="Position of a page in a connection (Relay).")
class PageInfo:
    """Position of a page in a connection."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null for an empty page.")
    end_cursor: str | None = strawberry.field(
        description=(
            "Cursor of the last edge; null for an empty page. Opaque, valid only for the same list and arguments."
        )
    )

    @classmethod
    def of(cls, page: Page[Any]) -> "PageInfo":
        """Return where a page stands in its list."""
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.items[0][0] if page.items else None,
            end_cursor=page.items[-1][0] if page.items else None,
        )


@strawberry.type(description="An item of a connection, with its cursor.")
class Edge(Generic[NodeT]):
    """An item with its cursor."""

    cursor: str
    node: NodeT


@strawberry.type
class Counted:
    """What every connection has beside its edges."""

    page_info: PageInfo
    page: strawberry.Private[Page[Any]]

    @strawberry.field(description="Null when counting would cost too much.")
    async def total_count(self) -> int | None:
        """Count the whole list, only when asked."""
        return await self.page.count() if self.page.count is not None else None


@strawberry.type
class Connection(Counted, Generic[NodeT]):
    """A page of a list that may be long."""

    edges: list[Edge[NodeT]]


def edges_of(page: Page[RecordT], node: Callable[[RecordT], NodeT]) -> list[Edge[NodeT]]:
    """Return the edges of a page, its records turned into nodes."""
    return [Edge(cursor=cursor, node=node(record)) for cursor, record in page.items]
