"""A shelf of platforms and offers, and a way to ask the subgraph."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from datasources.postgres.engine import Database
from graph.errors import format_error
from resolvers.context import Context
from resolvers.domain.viewer import Role, Viewer
from subgraphs.availability.schema import build

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

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

    async def viewer(self, *platforms: str, home: str | None = None) -> Viewer:
        """Add an account that subscribes to platforms and prefers a region; this method returns who acts."""
        user, profile = self._next(), self._next()
        await self.database.execute(
            "INSERT INTO users (id, email, display_name, password_hash, role, source) "
            "VALUES ($1::uuid, $1::uuid::text, 'A', '', 'USER', 'register')",
            user,
        )
        await self.database.execute("INSERT INTO profiles (id, user_id, name) VALUES ($1, $2, 'A')", profile, user)
        for key, value in (("platforms", list(platforms)), ("region", home)):
            await self.database.execute(
                "INSERT INTO preferences (profile_id, key, value, stamp) VALUES ($1, $2, $3, $4)",
                profile,
                key,
                value,
                "000001767225600-000000-test",
            )
        return Viewer(user_id=user, profile_id=profile, session_id=self._next(), role=Role.USER)


@pytest.fixture
def shelf(database: Database) -> Shelf:
    """An empty shelf."""
    return Shelf(database, [0])


@pytest.fixture
def ask(context: Callable[..., Context]) -> Ask:
    """Asks the subgraph at NOW."""
    schema = build()

    async def execute(query: str, *, viewer: Viewer | None = None, **values: Any) -> dict[str, Any]:
        request = context(viewer=viewer)
        request.now = lambda: NOW
        result = await schema.execute(query, variable_values=deepcopy(values), context_value=request)
        errors = [format_error(error) for error in result.errors or ()]
        return {"data": result.data, "errors": errors, "codes": [error["extensions"]["code"] for error in errors]}

    return execute
