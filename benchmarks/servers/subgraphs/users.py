"""Who asks, and what they mean to watch."""

from typing import Any

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from benchmarks.servers.store import store


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Title:
    """A title that lives elsewhere."""

    id: strawberry.ID


@strawberry.type
class WatchlistEntry:
    """A title somebody means to watch."""

    position: int
    title: Title


@strawberry.type
class User:
    """Somebody with an account."""

    id: strawberry.ID
    name: str

    @strawberry.field
    def watchlist(self) -> list[WatchlistEntry]:
        """Return what the user means to watch, in order."""
        ids = store().users[self.id]["watchlist"]
        return [WatchlistEntry(position=place, title=Title(id=strawberry.ID(id_))) for place, id_ in enumerate(ids)]


@strawberry.type
class Query:
    """Where to start."""

    @strawberry.field
    def me(self, info: strawberry.Info[Any]) -> User:
        """Return who asks; the context says whom the access token acts for, or raises."""
        user = store().users[info.context.require_viewer().user_id]
        return User(id=strawberry.ID(user["id"]), name=user["name"])
