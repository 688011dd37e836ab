"""`python -m benchmarks.handwritten`: CPU per answer, by hand against ours, without HTTP.

By hand: plain Python over the same objects and orjson – what one would write for this one query, no GraphQL
(`_value_` is an enum's value without the descriptor in between). Ours: the operation from its text, known to the
caches, through execution to the same bytes. Both answers are compared first.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks import data
from benchmarks.servers import ours, single, store
from benchmarks.servers.tokens import access_tokens
from benchmarks.servers.types import Offer
from benchmarks.workloads import Workload, workloads
from benchmarks.workspace import DATA
from graph.operation import Operation
from graph.serving.encoding import encode
from resolvers.context import Context

Writer = Callable[[dict[str, Any]], bytes]


def one(variables: dict[str, Any]) -> bytes:
    """Return the answer to `one`."""
    title = single.title_by_id()[variables["id"]]
    return orjson.dumps(
        {
            "data": {
                "title": {
                    "id": title.id,
                    "kind": title.kind._value_,
                    "name": title.name,
                    "originalName": title.original_name,
                    "tagline": title.tagline,
                    "releaseYear": title.release_year,
                    "runtimeMinutes": title.runtime_minutes,
                    "genres": [genre._value_ for genre in title.genres],
                    "popularity": title.popularity,
                    "updatedAt": title.updated_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                }
            }
        }
    )


def page(variables: dict[str, Any]) -> bytes:
    """Return the answer to `page`."""
    offset = variables["offset"]
    return orjson.dumps(
        {
            "data": {
                "titles": [
                    {
                        "id": title.id,
                        "kind": title.kind._value_,
                        "name": title.name,
                        "releaseYear": title.release_year,
                        "runtimeMinutes": title.runtime_minutes,
                        "genres": [genre._value_ for genre in title.genres],
                        "countries": title.countries,
                        "externalIds": {"wikidata": title.external_ids.wikidata, "imdb": title.external_ids.imdb},
                        "rating": (
                            None
                            if title.rating is None
                            else {"average": title.rating.average, "votes": title.rating.votes}
                        ),
                    }
                    for title in single.all_titles()[offset : offset + 20]
                ]
            }
        }
    )


def hundred(variables: dict[str, Any]) -> bytes:
    """Return the answer to `hundred`."""
    offset, found = variables["offset"], store.store()
    return orjson.dumps(
        {
            "data": {
                "titles": [
                    {
                        "id": title.id,
                        "name": title.name,
                        "offers": [_offer(offer) for offer in found.offers[title.id]],
                        "credits": [
                            {
                                "role": credit.role._value_,
                                "character": credit.character,
                                "person": {"id": credit.person.id, "name": credit.person.name},
                            }
                            for credit in found.credits[title.id][:8]
                        ],
                    }
                    for title in single.all_titles()[offset : offset + 100]
                ]
            }
        }
    )


def _offer(offer: Offer) -> dict[str, Any]:
    price = offer.price
    return {
        "kind": offer.kind._value_,
        "price": None if price is None else {"amount": price.amount, "currency": price.currency},
        "platform": {"name": offer.platform.name},
        "quality": offer.quality._value_,
    }


WRITERS: Final[dict[str, Writer]] = {"one": one, "page": page, "hundred": hundred}
"""Answers by hand, by workload."""


def our_writer(workload: Workload) -> Callable[[dict[str, Any]], Awaitable[bytes]]:
    """Return what answers a workload by our server's graph, as bytes."""
    graph, tokens = ours.single_graph(), access_tokens()
    query = json.loads(workload.requests[0].body)["query"]

    async def write(variables: dict[str, Any]) -> bytes:
        context = Context(sources=ours.NO_SOURCES, tokens=tokens)
        return encode(await graph.execute(Operation(query, variables), context))

    return write


async def compare(workload: Workload, seconds: float, rounds: int) -> tuple[float, float]:
    """Return the best CPU time of an answer by hand and by ours, in microseconds; each takes turns of `seconds`."""
    dice = random.Random(3)
    asked = [json.loads(request.body)["variables"] for request in workload.requests]
    by_hand, by_ours = WRITERS[workload.name], our_writer(workload)
    for variables in asked[:20]:
        if orjson.loads(by_hand(variables)) != orjson.loads(await by_ours(variables)):
            raise SystemExit(f"{workload.name}: by hand and by ours are different answers.")

    store.settle_heap()

    async def awaited(variables: dict[str, Any]) -> bytes:
        return by_hand(variables)

    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for place, write in enumerate((awaited, by_ours)):
            best[place] = min(best[place], await _cpu_each(write, asked, dice, seconds))
    return best[0] * 1e6, best[1] * 1e6


async def _cpu_each(
    write: Callable[[dict[str, Any]], Awaitable[bytes]],
    asked: list[dict[str, Any]],
    dice: random.Random,
    seconds: float,
) -> float:
    answers, started = 0, time.process_time()
    while (used := time.process_time() - started) < seconds:
        for _ in range(5):
            await write(dice.choice(asked))
        answers += 5
    return used / answers


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.handwritten", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="of CPU time in one round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found = data.write(DATA)
    table = Table("workload", "by hand, µs", "ours, µs", "ours ÷ by hand", title="CPU time of one answer, best round")
    for workload in workloads(found):
        if workload.name in WRITERS:
            hand, own = asyncio.run(compare(workload, options.seconds, options.rounds))
            table.add_row(workload.title, f"{hand:,.0f}", f"{own:,.0f}", f"{own / hand:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
