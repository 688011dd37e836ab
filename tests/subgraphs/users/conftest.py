"""A few titles and platforms, and people who sign in and ask."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from strawberry.federation import Schema

from datasources.postgres.engine import Database
from datasources.records.users import ProfileRecord, UserRecord
from datasources.sources import Sources, open_sources
from graph.errors import format_error
from resolvers.context import Context
from resolvers.domain.viewer import SCOPES, Role, Viewer
from subgraphs.users.schema import build


class Clock:
    """The time a test lives in."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)

    @property
    def milliseconds(self) -> int:
        return int(self.now.timestamp() * 1000)

    def stamp(self, device: str = "phone", *, seconds: float = 0, counter: int = 0) -> str:
        return f"{self.milliseconds + int(seconds * 1000):015d}-{counter:06d}-{device}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
async def sources(
    copy_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Sources]:
    """Real sources on a database of the module: every test has titles and accounts of its own."""
    url = await copy_database()
    async with open_sources(url, index_folder=tmp_path_factory.mktemp("index"), connections=4) as opened:
        yield opened


@pytest.fixture
async def title_ids(database: Database) -> list[str]:
    """Twenty-five titles, "Title 0" to "Title 24"; the even ones are for 12 and older, the odd ones unrated."""
    ids = [str(uuid4()) for _ in range(25)]
    await database.execute(
        "INSERT INTO titles (id, kind, name, sort_name, match_name, minimum_age, source) "
        "SELECT id, 'MOVIE', name, name, name, age, 'test' "
        "FROM unnest($1::uuid[], $2::text[], $3::int[]) AS t (id, name, age)",
        ids,
        [f"Title {number}" for number in range(25)],
        [None if number % 2 else 12 for number in range(25)],
    )
    return ids


@pytest.fixture
async def platform_ids(database: Database) -> list[str]:
    """Two platforms."""
    ids = [str(uuid4()), str(uuid4())]
    for id_ in ids:
        await database.execute("INSERT INTO platforms (id, slug, name) VALUES ($1, $2, $2)", id_, f"platform-{id_}")
    return ids


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody at one device, signed in or not."""

    schema: Schema
    context: Callable[[], Context]
    viewer: Viewer | None

    async def ask(self, operation: str, **variables: Any) -> dict[str, Any]:
        """Return data and errors as a client gets them; each call is a request of its own."""
        result = await self.schema.execute(operation, variable_values=variables, context_value=self.context())
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [format_error(error) for error in result.errors]
        return answer

    async def data(self, operation: str, **variables: Any) -> dict[str, Any]:
        answer = await self.ask(operation, **variables)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def code(self, operation: str, **variables: Any) -> str:
        answer = await self.ask(operation, **variables)
        (error,) = answer["errors"]
        code: str = error["extensions"]["code"]
        return code


@pytest.fixture(scope="session")
def schema() -> Schema:
    return build()


@pytest.fixture
def session(schema: Schema, context: Callable[..., Context], clock: Clock) -> Callable[..., Session]:
    """Makes a session: `session(viewer)`; without a viewer, an anonymous one."""

    def make(viewer: Viewer | None = None) -> Session:
        def fresh() -> Context:
            made = context(viewer=viewer)
            made.now = clock
            return made

        return Session(schema, fresh, viewer)

    return make


@pytest.fixture
def anonymous(session: Callable[..., Session]) -> Session:
    return session()


async def new_viewer(sources: Sources, *, role: Role = Role.USER, max_age: int | None = None) -> Viewer:
    """Make an account nobody can log in to, as registering would, without the time that hashing takes."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    user = UserRecord(str(uuid4()), f"{uuid4().hex}@example.org", "Ada", role.value, now)
    profile = ProfileRecord(str(uuid4()), user.id, "Ada", None, max_age, False, True)
    async with sources.users.writing() as writer:
        await writer.insert_user(user, "!")
        await writer.insert_profile(profile)
    return Viewer(user.id, profile.id, str(uuid4()), role, frozenset(SCOPES[role]))


@pytest.fixture
async def ada(sources: Sources, session: Callable[..., Session]) -> Session:
    """Somebody who is signed in."""
    return session(await new_viewer(sources))


def nodes(connection: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]
