"""The four subgraphs: one list names, mounts and composes them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strawberry.federation import Schema

from subgraphs.availability.schema import build as build_availability
from subgraphs.catalog.schema import build as build_catalog
from subgraphs.recommendations.schema import build as build_recommendations
from subgraphs.users.schema import build as build_users


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A subgraph: its name is its folder, its mount and its entry in supergraph.yaml."""

    name: str
    build: Callable[[type[Any] | None], Schema]

    @property
    def sdl_file(self) -> Path:
        """Where its generated SDL is kept."""
        return Path(__file__).parent / self.name / "schema.graphql"


SUBGRAPHS = (
    Subgraph("catalog", build_catalog),
    Subgraph("availability", build_availability),
    Subgraph("users", build_users),
    Subgraph("recommendations", build_recommendations),
)
