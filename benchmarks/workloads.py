"""What is asked: each operation once, its variables or its user drawn at random."""

import json
import random
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from benchmarks.data import TITLES
from benchmarks.servers.tokens import access_tokens, bearer

_VARIETY: Final = 1000
"""Different requests of a workload."""


class Group(StrEnum):
    """Which servers are compared with each other."""

    SINGLE = "single"
    FEDERATION = "federation"
    FANOUT = "fanout"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the load generator sends it."""

    body: str
    authorization: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """An operation under load; `connections` are kept busy at once."""

    name: str
    title: str
    group: Group
    connections: int
    requests: tuple[Request, ...]

    def write(self, folder: Path) -> Path:
        """Write the requests as the load generators read them: Authorization, tab, body; one a line."""
        file = folder / f"{self.name}.requests"
        lines = [f"{request.authorization}\t{request.body}\n" for request in self.requests]
        file.write_text("".join(lines), "utf-8")
        return file


FANOUT: Final = Workload("fanout", "One event of 900 bytes to 500 subscribers", Group.FANOUT, 500, ())

_ONE = """query One($id: ID!) { title(id: $id) {
  id kind name originalName tagline releaseYear runtimeMinutes genres popularity updatedAt } }"""
_PAGE = """query Page($offset: Int!) { titles(offset: $offset, first: 20) {
  id kind name releaseYear runtimeMinutes genres countries
  externalIds { wikidata imdb } rating { average votes } } }"""
_HUNDRED = """query Hundred($offset: Int!) { titles(offset: $offset, first: 100) {
  id name
  offers { kind price { amount currency } platform { name } quality }
  credits(first: 8) { role character person { id name } } } }"""
_FEDERATED_PAGE = """query FederatedPage($offset: Int!) { titles(offset: $offset, first: 20) {
  id kind name releaseYear genres rating { average votes }
  offers { kind price { amount currency } platform { name } } } }"""
_ME = """query Me { me { id name watchlist { position title {
  id kind name releaseYear genres
  offers { kind price { amount currency } platform { name } }
  similar { id name releaseYear } } } } }"""


def workloads(data: dict[str, Any], seed: int = 2) -> list[Workload]:
    """Return all workloads over the data."""
    dice = random.Random(seed)
    tokens = access_tokens()
    users = [bearer(tokens, user["id"]) for user in data["users"]]

    def offsets(size: int) -> list[dict[str, Any]]:
        return [{"offset": dice.randrange(TITLES - size)} for _ in range(_VARIETY)]

    ids = [{"id": dice.choice(data["titles"])["id"]} for _ in range(_VARIETY)]
    return [
        Workload("one", "One title, 10 fields", Group.SINGLE, 32, _asked(_ONE, ids)),
        Workload("page", "Page of 20 titles", Group.SINGLE, 16, _asked(_PAGE, offsets(20))),
        Workload("hundred", "100 titles with offers and credits", Group.SINGLE, 4, _asked(_HUNDRED, offsets(100))),
        Workload(
            "federated-page",
            "Federation: page of 20 over two subgraphs",
            Group.FEDERATION,
            16,
            _asked(_FEDERATED_PAGE, offsets(20)),
        ),
        Workload(
            "me",
            "Federation: my watchlist, three subgraphs, two hops",
            Group.FEDERATION,
            16,
            tuple(Request(_body(_ME, {}), user) for user in users),
        ),
        FANOUT,
    ]


def _asked(query: str, variables: list[dict[str, Any]]) -> tuple[Request, ...]:
    return tuple(Request(_body(query, values)) for values in variables)


def _body(query: str, variables: dict[str, Any]) -> str:
    return json.dumps({"query": " ".join(query.split()), "variables": variables}, ensure_ascii=False)
