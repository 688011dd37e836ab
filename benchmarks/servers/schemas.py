"""The schemas of all Python servers, and their SDL for Node."""

import re
from typing import Final

import strawberry
from strawberry.schema.config import StrawberryConfig

from benchmarks.servers import single
from benchmarks.servers.subgraphs import catalog, discovery, users
from benchmarks.servers.types import SCALARS

FEDERATION_VERSION: Final = "2.9"
_SUBGRAPHS = {"catalog": catalog, "discovery": discovery, "users": users}
_FEDERATION_PARTS = re.compile(
    r"^  (?:_entities|_service)\b.*\n|^scalar _Any\n\n?|^union _Entity\b.*\n\n?|^type _Service \{[^}]*\}\n*",
    re.MULTILINE,
)


def single_schema() -> strawberry.Schema:
    """Return the graph of the single servers."""
    return strawberry.Schema(single.Query, config=StrawberryConfig(scalar_map=SCALARS))


def federated(
    query: type, subscription: type | None = None, types: tuple[type, ...] = ()
) -> strawberry.federation.Schema:
    """Return a schema with what federation adds."""
    return strawberry.federation.Schema(
        query,
        types=types,
        subscription=subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
        federation_version=FEDERATION_VERSION,
    )


def subgraph_schemas() -> dict[str, strawberry.federation.Schema]:
    """Return the subgraphs by name."""
    return {name: federated(module.Query, types=(module.Title,)) for name, module in _SUBGRAPHS.items()}


def subgraph_sdls() -> dict[str, str]:
    """Return the SDL of each subgraph, without the fields that federation itself adds."""
    return {name: _FEDERATION_PARTS.sub("", schema.as_str()) for name, schema in subgraph_schemas().items()}
