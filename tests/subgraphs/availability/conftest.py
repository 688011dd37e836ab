"""A shelf of platforms and offers, and a way to ask the subgraph."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from datasources.postgres.engine import Database
from graph.errors import format_error
from resolvers.availability.loaders import AvailabilityLoaders
from resolvers.context import Context
from resolvers.domain.viewer import Role, Viewer
from subgraphs.availability.schema import build

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VIEWER = Viewer(user_id="u", profile_id="p", session_id="s", role=Role.USER)

Ask = Callable[..., Awaitable[dict[str, Any]]]
"""`await ask(query, variables…, viewer=…)` → the answer, `data` and `errors`."""


def some_id(number: int) -> str:
    """Return the id of row `number`."""
    return f"019b76da-a800-7000-8000-{number:012x}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Writes rows; every method returns the id of the new row."""

    database: Database
    number: list[int]

    def _next(self) -> str:
        self.number[0] += 1
        return some_id(self.number[0])

    async def title(self) -> str:
        """Add a title."""
        id_ = self._next()
        await self.database.execute(
            "INSERT INTO titles (id, kind, name, sort_name, match_name, source) "
            "VALUES ($1, 'MOVIE', 'A', 'a', 'a', 'demo')",
            id_,
        )
        return id_

    async def platform(self, slug: str, *regions: str, **prices: tuple[str, str]) -> str:
        """Add a platform; `prices` by region, e.g. `US=("9.99", "USD")`."""
        id_ = self._next()
        await self.database.execute(
            "INSERT INTO platforms (id, slug, name, homepage, regions, offer_kinds) "
            "VALUES ($1, $2, $3, 'https://example.org', $4, '{SUBSCRIPTION,RENT}')",
            id_,
            slug,
            slug.title(),
            regions or ("US",),
        )
        for region, (amount, currency) in prices.items():
            await self.database.execute(
                "INSERT INTO platform_prices (platform_id, region, amount, currency) "
                "VALUES ($1, $2, $3::text::numeric, $4)",
                id_,
                region,
                amount,
                currency,
            )
        return id_

    async def offer(self, title: str, platform: str, kind: str = "SUBSCRIPTION", **values: Any) -> str:
        """Add an offer, in the US and confirmed now unless `values` (columns) say otherwise."""
        id_ = self._next()
        row = {
            "id": id_,
            "title_id": title,
            "platform_id": platform,
            "kind": kind,
            "region": "US",
            "source": "demo",
            "last_verified_at": NOW,
            **values,
        }
        places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
        await self.database.execute(f"INSERT INTO offers ({', '.join(row)}) VALUES ({places})", *row.values())
        return id_


@pytest.fixture
def shelf(database: Database) -> Shelf:
    """An empty shelf."""
    return Shelf(database, [0])


@pytest.fixture
def ask(context: Callable[..., Context]) -> Ask:
    """Asks the subgraph at NOW; `platforms` and `home` are what the viewer subscribes to, and the region they prefer."""
    schema = build()

    async def execute(
        query: str, *, viewer: Viewer | None = None, platforms: tuple[str, ...] = (), home: str | None = None, **values: Any
    ) -> dict[str, Any]:
        request = context(viewer=viewer)
        request.now = lambda: NOW
        if viewer is not None:
            loader = request.loaders(AvailabilityLoaders).services_by_profile
            loader.prime(viewer.profile_id, (frozenset(platforms), home))
        result = await schema.execute(query, variable_values=deepcopy(values), context_value=request)
        errors = [format_error(error) for error in result.errors or ()]
        return {"data": result.data, "errors": errors, "codes": [error["extensions"]["code"] for error in errors]}

    return execute


# TEMPORARY until tests/conftest.py creates databases as the superuser
@pytest.fixture(scope="session")
def copy_database(server_url: str) -> Any:
    from itertools import count
    import asyncpg
    numbers = count(1)

    async def copy() -> str:
        name = f"test_{next(numbers)}"
        admin = await asyncpg.connect(server_url, database="postgres", user="postgres")
        try:
            await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE media_gateway STRATEGY FILE_COPY OWNER media_gateway')
        finally:
            await admin.close()
        return server_url.replace("/media_gateway?", f"/{name}?")

    return copy
