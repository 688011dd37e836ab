"""Interfaces that several subgraphs serve."""

from datetime import datetime

import strawberry


@strawberry.interface(description="Anything with a stable id (UUID in text).")
class Node:
    """Anything with a stable id."""

    id: strawberry.ID


@strawberry.interface(
    description=(
        "Something that happened, at a place in a gap-free order: when `previous` is not the last revision you saw, "
        "resync."
    )
)
class ChangeEvent:
    """Something that happened, at a place in a gap-free order."""

    revision: str = strawberry.field(description="Cursor of this event; pass it as `since` to replay what came after.")
    previous: str | None = strawberry.field(
        description="Revision of the event before it in the same stream; null for the first one."
    )
    occurred_at: datetime
