"""The event of the fan-out: some 900 bytes as a `next` message, its revision always of the same length."""

from typing import Any, Final

import strawberry

FIRST_REVISION: Final = 1_000_000
TOPIC: Final = "benchmarks.pulse"
_NOTE: Final = "What changed, and why somebody should care. " * 14


@strawberry.type
class Pulse:
    """Something changed."""

    revision: str
    occurred_at: str
    kind: str
    title_id: strawberry.ID
    title_name: str
    device_id: strawberry.ID
    note: str


def event(revision: int) -> dict[str, Any]:
    """Return an event as Pulse takes it."""
    return {
        "revision": str(revision),
        "occurred_at": "2026-03-01T18:30:00Z",
        "kind": "ADDED",
        "title_id": "01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f",
        "title_name": "The Quiet Lantern",
        "device_id": "01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e10",
        "note": _NOTE,
    }


def as_graphql(revision: int) -> dict[str, Any]:
    """Return the answer every server gives for an event."""
    pulse = event(revision)
    names = {"occurred_at": "occurredAt", "title_id": "titleId", "title_name": "titleName", "device_id": "deviceId"}
    return {"data": {"pulse": {names.get(name, name): value for name, value in pulse.items()}}}


@strawberry.type
class Query:
    """A schema needs one."""

    @strawberry.field
    def first_revision(self) -> int:
        """Return where counting starts."""
        return FIRST_REVISION


SDL: Final = """
type Query { firstRevision: Int! }
type Subscription { pulse: Pulse! }
type Pulse {
  revision: String! occurredAt: String! kind: String! titleId: ID! titleName: String! deviceId: ID! note: String!
}
"""
"""The same for Node."""
