"""CPU of executing an operation: the engine, graphql-core, and Python written by hand for the same answer.

`python -m benchmarks.execution [--rounds N]`. Times are processor time of one execution, the best of N rounds; nothing
is parsed, validated or sent. `×` is graphql-core / engine, `/hand` engine / hand-written Python, `first time` includes
compiling.
"""

import argparse
import asyncio
import enum
import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import strawberry
from graphql import DocumentNode, GraphQLSchema, execute, parse
from rich.console import Console
from rich.table import Table
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig

from graph.engine import Engine
from subgraphs.batch import batched, load_each
from subgraphs.interfaces import Node
from subgraphs.scalars import SCALARS, format_instant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@strawberry.enum
class Kind(enum.Enum):
    """What is watched."""

    MOVIE = "MOVIE"
    SERIES = "SERIES"


@strawberry.enum
class Genre(enum.Enum):
    """A genre."""

    DRAMA = "DRAMA"
    COMEDY = "COMEDY"
    ACTION = "ACTION"


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class Platform(Node):
    id: strawberry.ID
    name: str


@strawberry.type
class Offer(Node):
    id: strawberry.ID
    kind: str
    price: Money | None
    platform: Platform
    expires_at: datetime | None


@strawberry.type
class Credit:
    role: str
    character: str | None
    billing: int | None
    person: Platform


OFFERS = {
    str(title): [
        Offer(
            id=strawberry.ID(f"o{title}-{number}"),
            kind="RENT",
            price=Money(amount="3.99", currency="EUR") if number % 2 else None,
            platform=Platform(id=strawberry.ID(f"p{number}"), name=f"Platform {number}"),
            expires_at=NOW + timedelta(days=number) if number % 2 else None,
        )
        for number in range(4)
    ]
    for title in range(100)
}
CREDITS = {
    str(title): [
        Credit(
            role="ACTOR",
            character=f"Character {number}" if number % 3 else None,
            billing=number,
            person=Platform(id=strawberry.ID(f"n{number}"), name=f"Person {number}"),
        )
        for number in range(8)
    ]
    for title in range(100)
}


@dataclass
class Loaders:
    """One request's loaders."""

    offers: DataLoader[str, list[Offer]]
    credits: DataLoader[str, list[Credit]]


def loaders() -> Loaders:
    """Return new ones, as every request gets."""

    async def load_offers(keys: list[str]) -> list[list[Offer]]:
        return [OFFERS[key] for key in keys]

    async def load_credits(keys: list[str]) -> list[list[Credit]]:
        return [CREDITS[key] for key in keys]

    return Loaders(DataLoader(load_offers), DataLoader(load_credits))


Info = strawberry.Info[Loaders, None]


async def _offers(titles: Sequence["Title"], info: Info) -> Sequence[Any]:
    return await info.context.offers.load_fn([title.id for title in titles])


async def _credits(titles: Sequence["Title"], info: Info) -> Sequence[Any]:
    return await info.context.credits.load_fn([title.id for title in titles])


async def _each_offers(titles: Sequence["Title"], info: Info) -> Sequence[Any]:
    return await load_each(info.context.offers, [title.id for title in titles])


async def _each_credits(titles: Sequence["Title"], info: Info) -> Sequence[Any]:
    return await load_each(info.context.credits, [title.id for title in titles])


@strawberry.type
class Title(Node):
    id: strawberry.ID
    kind: Kind
    name: str
    release_year: int | None
    runtime_minutes: int | None
    popularity: float
    genres: list[Genre]
    countries: list[str]
    updated_at: datetime
    offers: list[Offer]
    credits: list[Credit]

    @strawberry.field
    async def loaded_offers(self, info: Info) -> list[Offer]:
        """Per object, by a loader."""
        return await info.context.offers.load(self.id)

    @strawberry.field
    async def loaded_credits(self, info: Info) -> list[Credit]:
        """Per object, by a loader."""
        return await info.context.credits.load(self.id)

    @strawberry.field
    @batched(_each_offers)
    async def each_offers(self, info: Info) -> list[Offer]:
        """A level at a time, through the loader."""
        return await info.context.offers.load(self.id)

    @strawberry.field
    @batched(_each_credits)
    async def each_credits(self, info: Info) -> list[Credit]:
        """A level at a time, through the loader."""
        return await info.context.credits.load(self.id)

    @strawberry.field
    @batched(_offers)
    async def batched_offers(self, info: Info) -> list[Offer]:
        """A level at a time."""
        return await info.context.offers.load(self.id)

    @strawberry.field
    @batched(_credits)
    async def batched_credits(self, info: Info) -> list[Credit]:
        """A level at a time."""
        return await info.context.credits.load(self.id)


TITLES = [
    Title(
        id=strawberry.ID(str(number)),
        kind=Kind.MOVIE,
        name=f"Title {number}",
        release_year=1990 + number % 30,
        runtime_minutes=90 + number if number % 5 else None,
        popularity=number / 2 + 0.25,
        genres=[Genre.DRAMA, Genre.ACTION],
        countries=["US", "DE"],
        updated_at=NOW,
        offers=OFFERS[str(number)],
        credits=CREDITS[str(number)],
    )
    for number in range(100)
]


@strawberry.type
class Query:
    @strawberry.field
    def titles(self, first: int = 20) -> list[Title]:
        """Return titles."""
        return TITLES[:first]


SCHEMA: GraphQLSchema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))._schema

CARD = "id kind name releaseYear runtimeMinutes popularity genres countries updatedAt"
OFFER = "id kind price { amount currency } platform { id name } expiresAt"
CREDIT = "role character billing person { id name }"


def card(title: Title) -> dict[str, Any]:
    """Return a title's plain fields, as one would write it."""
    return {
        "id": title.id,
        "kind": title.kind.name,
        "name": title.name,
        "releaseYear": title.release_year,
        "runtimeMinutes": title.runtime_minutes,
        "popularity": title.popularity,
        "genres": [genre.name for genre in title.genres],
        "countries": list(title.countries),
        "updatedAt": format_instant(title.updated_at),
    }


def offer(one: Offer) -> dict[str, Any]:
    """Return an offer."""
    price = one.price
    return {
        "id": one.id,
        "kind": one.kind,
        "price": None if price is None else {"amount": price.amount, "currency": price.currency},
        "platform": {"id": one.platform.id, "name": one.platform.name},
        "expiresAt": None if one.expires_at is None else format_instant(one.expires_at),
    }


def credit(one: Credit) -> dict[str, Any]:
    """Return a credit."""
    return {
        "role": one.role,
        "character": one.character,
        "billing": one.billing,
        "person": {"id": one.person.id, "name": one.person.name},
    }


async def cards() -> dict[str, Any]:
    """Return the page of 20."""
    return {"titles": [card(title) for title in TITLES[:20]]}


def full(names: tuple[str, str], offers: Sequence[Any], people: Sequence[Any]) -> dict[str, Any]:
    """Return the 100 titles with what was found for them, under these names."""
    first, second = names
    return {
        "titles": [
            {**card(title), first: [offer(one) for one in theirs], second: [credit(one) for one in work]}
            for title, theirs, work in zip(TITLES, offers, people, strict=True)
        ]
    }


async def plain() -> dict[str, Any]:
    """Return all 100 titles with what they hold."""
    return full(("offers", "credits"), [title.offers for title in TITLES], [title.credits for title in TITLES])


async def loaded(offers: str, people: str) -> dict[str, Any]:
    """Return the same, loaded in one go each."""
    held = loaders()
    keys = [str(title.id) for title in TITLES]
    return full((offers, people), await held.offers.load_fn(keys), await held.credits.load_fn(keys))


@dataclass(frozen=True)
class Case:
    """An operation and how one would write it by hand."""

    name: str
    text: str
    by_hand: Callable[[], Awaitable[dict[str, Any]]]


CASES = [
    Case("20 titles, plain", f"{{ titles {{ {CARD} }} }}", cards),
    Case(
        "100 titles, offers and credits, plain",
        f"{{ titles(first: 100) {{ {CARD} offers {{ {OFFER} }} credits {{ {CREDIT} }} }} }}",
        plain,
    ),
    Case(
        "100 titles, a coroutine and loader each",
        f"{{ titles(first: 100) {{ {CARD} loadedOffers {{ {OFFER} }} loadedCredits {{ {CREDIT} }} }} }}",
        lambda: loaded("loadedOffers", "loadedCredits"),
    ),
    Case(
        "100 titles, batch resolvers over loaders",
        f"{{ titles(first: 100) {{ {CARD} eachOffers {{ {OFFER} }} eachCredits {{ {CREDIT} }} }} }}",
        lambda: loaded("eachOffers", "eachCredits"),
    ),
    Case(
        "100 titles, batch resolvers",
        f"{{ titles(first: 100) {{ {CARD} batchedOffers {{ {OFFER} }} batchedCredits {{ {CREDIT} }} }} }}",
        lambda: loaded("batchedOffers", "batchedCredits"),
    ),
]


async def best(rounds: int, run: Callable[[], Awaitable[Any]]) -> float:
    """Return the least processor time of one call, in microseconds."""
    least = float("inf")
    for _ in range(rounds):
        started = time.process_time_ns()
        await run()
        least = min(least, (time.process_time_ns() - started) / 1000)
    return least


async def measure(case: Case, rounds: int) -> list[str]:
    """Return a row of the table."""
    document: DocumentNode = parse(case.text)
    engine = Engine(SCHEMA)

    async def by_core() -> Any:
        outcome = execute(SCHEMA, document, context_value=loaders())
        return await outcome if asyncio.iscoroutine(outcome) else outcome

    async def by_engine() -> Any:
        return await engine.execute(document, context=loaders())

    async def hand_and_bytes() -> bytes:
        return orjson.dumps(await case.by_hand())

    async def engine_and_bytes() -> bytes:
        return orjson.dumps((await by_engine()).data)

    async def compiling() -> Any:
        return await Engine(SCHEMA).execute(document, context=loaders())

    wanted = await case.by_hand()
    assert (await by_core()).data == wanted
    assert (await by_engine()).data == wanted
    hand = await best(rounds, case.by_hand)
    core = await best(max(3, rounds // 20), by_core)
    ours = await best(rounds, by_engine)
    first = await best(max(3, rounds // 20), compiling)
    hand_bytes, our_bytes = await best(rounds, hand_and_bytes), await best(rounds, engine_and_bytes)
    return [
        case.name,
        f"{core:,.0f}",
        f"{ours:,.0f}",
        f"{core / ours:.1f}×",
        f"{hand:,.0f}",
        f"{ours / hand:.2f}",
        f"{our_bytes / hand_bytes:.2f}",
        f"{first:,.0f}",
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.execution", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    gc.freeze()
    table = Table(title="processor time of one execution, µs")
    for heading in ("operation", "graphql-core", "engine", "×", "by hand", "/hand", "/hand, with orjson", "first time"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    for case in CASES:
        table.add_row(*asyncio.run(measure(case, options.rounds)))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
