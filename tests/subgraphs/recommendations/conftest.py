"""The small world, and a way to ask the subgraph."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

import pytest

from datasources.sources import Sources
from graph.auth import AccessTokens
from graph.errors import format_error
from resolvers.context import Context
from resolvers.domain.viewer import Viewer
from resolvers.recommendations.model import TasteModel
from subgraphs.recommendations.schema import build
from tests.subgraphs.recommendations.world import NOW, World, make_world

Ask = Callable[..., Awaitable[dict[str, Any]]]
"""`await ask(query, viewer=…, variables…)` → the answer, `data` and `errors`."""


@pytest.fixture
async def world(sources: Sources) -> World:
    """The world, on an empty database."""
    return await make_world(sources)


@pytest.fixture
def ask(world: World, sources: Sources, tokens: AccessTokens) -> Ask:
    """Asks the subgraph."""
    schema = build()

    async def asked(query: str, viewer: Viewer | None = None, **variables: Any) -> dict[str, Any]:
        context = Context(
            sources=sources, tokens=tokens, viewer=viewer, now=lambda: NOW, shared={TasteModel: world.model}
        )
        result = await schema.execute(query, variable_values=deepcopy(variables), context_value=context)
        return {"data": result.data, "errors": [format_error(error) for error in result.errors or []]}

    return asked
