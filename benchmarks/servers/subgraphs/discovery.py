"""Where to watch a title, and what is like it."""

from collections.abc import Sequence

import strawberry

from benchmarks.servers.store import store
from benchmarks.servers.types import Offer
from subgraphs.batch import Each, Reference, batched


def _referred_to(references: Sequence[Reference], info: strawberry.Info) -> "Each[Title]":  # noqa: ARG001 – always passed
    return [Title(id=reference["id"]) for reference in references]


@strawberry.federation.type(keys=["id"])
class Title:
    """What discovery adds to a title."""

    id: strawberry.ID

    @strawberry.field
    def offers(self) -> list[Offer]:
        """Return where to watch it."""
        return store().offers[self.id]

    @strawberry.field
    def similar(self) -> list["Title"]:
        """Return the five titles nearest to it."""
        return [Title(id=strawberry.ID(id_)) for id_ in store().similar[self.id]]

    @classmethod
    @batched(_referred_to)
    def resolve_reference(cls, id: strawberry.ID) -> "Title":  # noqa: A002 – the key's name
        """Return the title another subgraph refers to."""
        return cls(id=id)


@strawberry.type
class Query:
    """Where to start."""

    @strawberry.field
    def offer_count(self) -> int:
        """Return how many offers there are: a subgraph needs a root field."""
        return sum(map(len, store().offers.values()))
