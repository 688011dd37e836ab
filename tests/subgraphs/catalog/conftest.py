"""A shelf of films, and a way to ask the subgraph about it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from datasources.sources import Sources
from graph.auth import AccessTokens
from graph.errors import format_error
from resolvers.context import Context
from resolvers.domain.viewer import Viewer
from subgraphs.catalog.schema import build
from tests.catalogue import open_shelf

Ask = Callable[..., Awaitable[dict[str, Any]]]
"""`await ask(query, variables…, viewer=…)` → the answer: `data`, `errors`, and `statements` it took."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Ids of the films and people by a short word, and where they are kept."""

    sources: Sources
    titles: dict[str, str]
    people: dict[str, str]


@pytest.fixture(scope="module")
async def shelf(
    copy_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shelf]:
    """The films, written and indexed; tests only read them."""
    async with open_shelf(await copy_database(), tmp_path_factory.mktemp("index")) as (sources, films):
        yield Shelf(sources, films.titles, films.people)


@pytest.fixture(scope="module")
def ask(shelf: Shelf, tokens: AccessTokens) -> Ask:
    """Asks the subgraph."""
    schema = build()

    async def asked(query: str, viewer: Viewer | None = None, **variables: Any) -> dict[str, Any]:
        context = Context(sources=shelf.sources, tokens=tokens, viewer=viewer, now=lambda: datetime.now(UTC))
        heard: list[str] = []
        shelf.sources.database.listeners.append(heard.append)
        try:
            result = await schema.execute(query, variable_values=deepcopy(variables), context_value=context)
        finally:
            shelf.sources.database.listeners.remove(heard.append)
        errors = [format_error(error) for error in result.errors or []]
        return {"data": result.data, "errors": errors, "statements": heard}

    return asked
