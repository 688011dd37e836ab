"""`make latency`: typical operations through HTTP, on whatever MEDIA_GATEWAY_HOME or DATABASE_URL holds."""

import argparse
import asyncio
import random
import statistics
import time
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

CARD = """
  id kind name releaseYear runtimeMinutes genres
  offers { kind price { amount currency } platform { name } }
  inWatchlist
  similar(first: 5) { edges { score node { id name } } }
"""
OPERATIONS = {
    "title, 10 fields": (
        "query ($id: ID!) { title(id: $id) { id kind name releaseYear runtimeMinutes genres countries tagline"
        " popularity updatedAt } }"
    ),
    "page of 20": "query { titles(first: 20) { edges { node { id kind name releaseYear runtimeMinutes genres } } } }",
    "20 titles over four subgraphs": f"query {{ titles(first: 20) {{ edges {{ node {{ {CARD} }} }} }} }}",
    "search": 'query { search(input: { query: "war love paris" }) { edges { score node { id name } } } }',
    "suggest": 'query { suggest(prefix: "the ma") { text } }',
    "recommendations": "query { recommendations(first: 20) { edges { node { title { id name } score } } } }",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Latencies of one operation, milliseconds."""

    name: str
    samples: list[float]

    def row(self) -> list[str]:
        """Return median, 95th and 99th percentile, and the rate of one connection."""
        cuts = statistics.quantiles(self.samples, n=100)
        mean = statistics.fmean(self.samples)
        return [self.name, f"{cuts[49]:.2f}", f"{cuts[94]:.2f}", f"{cuts[98]:.2f}", f"{1000 / mean:.0f}"]


async def ask(client: httpx.AsyncClient, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an operation; raise for errors, a benchmark of errors is none."""
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    if answer.get("errors"):
        raise RuntimeError(answer["errors"])
    data: dict[str, Any] = answer["data"]
    return data


async def sample_ids(client: httpx.AsyncClient, wanted: int) -> list[str]:
    """Return ids of titles from all over the catalogue."""
    ids: list[str] = []
    after = None
    while len(ids) < wanted:
        data = await ask(
            client,
            "query ($a: String) { titles(first: 100, after: $a, sort: NAME) {"
            " edges { node { id } } pageInfo { hasNextPage endCursor } } }",
            {"a": after},
        )
        ids += [edge["node"]["id"] for edge in data["titles"]["edges"]]
        if not data["titles"]["pageInfo"]["hasNextPage"]:
            break
        after = data["titles"]["pageInfo"]["endCursor"]
    return ids


async def measure(url: str, rounds: int) -> list[Timing]:
    """Ask each operation `rounds` times, one after the other, and return the latencies."""
    dice = random.Random(1)
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        ids = await sample_ids(client, 2000)
        timings = []
        for name, query in OPERATIONS.items():
            for _ in range(min(20, rounds)):
                await ask(client, query, {"id": dice.choice(ids)} if "$id" in query else {})
            samples = []
            for _ in range(rounds):
                variables = {"id": dice.choice(ids)} if "$id" in query else {}
                started = time.perf_counter()
                await ask(client, query, variables)
                samples.append((time.perf_counter() - started) * 1000)
            timings.append(Timing(name, samples))
        return timings


def main() -> None:
    """Measure a running server and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.latency", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:4000", help="a running server (`make run`)")
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    table = Table("operation", "median ms", "p95 ms", "p99 ms", "per second", title="one connection, one at a time")
    try:
        timings = asyncio.run(measure(options.url, options.rounds))
    except httpx.ConnectError:
        parser.exit(1, f"Nobody answers at {options.url}: start `make run` first, or pass --url.\n")
    for timing in timings:
        table.add_row(*timing.row())
    Console().print(table)


if __name__ == "__main__":
    main()
