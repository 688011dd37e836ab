"""A shelf of films to read from, one for each test module."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from datasources.sources import Sources
from graph.auth import AccessTokens
from resolvers.context import Context
from resolvers.domain.viewer import Viewer
from tests.catalogue import Films, open_shelf

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The films, where they are kept, and a context for each request."""

    sources: Sources
    tokens: AccessTokens
    titles: dict[str, str]
    people: dict[str, str]

    def context(self, viewer: Viewer | None = None, now: datetime = NOW) -> Context:
        """Return the context of a new request."""
        return Context(sources=self.sources, tokens=self.tokens, viewer=viewer, now=lambda: now)


@pytest.fixture(scope="module")
async def shelf(
    copy_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory, tokens: AccessTokens
) -> AsyncIterator[Shelf]:
    """The films, written and indexed; tests only read them."""
    written: Films
    async with open_shelf(await copy_database(), tmp_path_factory.mktemp("index")) as (sources, written):
        yield Shelf(sources, tokens, written.titles, written.people)
