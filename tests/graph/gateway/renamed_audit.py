"""Serves the public federation gateway audit with every name changed and everything in another order.

It stands between a gateway and the audit's own subgraph server: the runner and the gateway see renamed supergraphs,
operations, answers and subgraphs; the audit's subgraphs are asked in their own names.

    python -m tests.graph.gateway.renamed_audit --seed 1 --port 4220 --audit http://127.0.0.1:4210
    node run.mjs --cmd '… gateway --supergraph {supergraph} --port {port}' --subserver http://127.0.0.1:4220

For this machine only: nobody is asked who they are.
"""

import argparse
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.graph.gateway.renaming import Case, Names, Question, Renaming, Shapes, SubgraphSdl, read_shapes, rename


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite of the audit: its renaming, and the shapes of its original subgraphs by their original names."""

    renaming: Renaming
    shapes: Mapping[str, Shapes]


@dataclass(slots=True)
class RenamedAudit:
    """The renamed suites of one seed, each read and renamed when first asked for.

    `address` is the URL of this server, which the renamed supergraphs name; `audit` asks the audit's server.
    """

    seed: int
    address: str
    audit: httpx.AsyncClient
    suites: dict[str, Suite] = field(default_factory=dict)

    async def suite(self, name: str) -> Suite:
        """Return a suite. Raises httpx.HTTPStatusError where the audit has none of that name."""
        found = self.suites.get(name)
        if found is None:
            supergraph, subgraphs, tests = [
                (await self.audit.get(f"/{name}/{part}")).raise_for_status()
                for part in ("supergraph", "subgraphs", "tests")
            ]
            case = Case(
                supergraph.text,
                tuple(SubgraphSdl(one["name"], one["sdl"]) for one in subgraphs.json()),
                tuple(Question(one["query"], one["expected"]) for one in tests.json()),
            )
            shapes = {one.name: read_shapes(one.sdl) for one in case.subgraphs}
            found = Suite(rename(case, f"{self.seed} {name}", f"{self.address}/{name}"), shapes)
            found = self.suites.setdefault(name, found)
        return found

    async def ids(self, _request: Request) -> Response:
        """Return the names of the suites, which stay."""
        return JSONResponse((await self.audit.get("/ids")).raise_for_status().json())

    async def supergraph(self, request: Request) -> Response:
        """Return a renamed supergraph."""
        return PlainTextResponse((await self.suite(request.path_params["suite"])).renaming.renamed.supergraph)

    async def tests(self, request: Request) -> Response:
        """Return renamed operations and the answers they must get."""
        questions = (await self.suite(request.path_params["suite"])).renaming.renamed.questions
        return JSONResponse([{"query": one.query, "expected": one.expected} for one in questions])

    async def ask(self, request: Request) -> Response:
        """Answer a renamed subgraph's operation by asking the original one; the texts of errors pass as they are."""
        name = request.path_params["suite"]
        suite = await self.suite(name)
        body: dict[str, Any] = await request.json()
        try:
            subgraph = suite.renaming.backward.of(Names.SUBGRAPHS, request.path_params["subgraph"])
            query = suite.renaming.restore_operation(body["query"])
            shapes = suite.shapes[subgraph]
            variables = suite.renaming.restore_variables(query, body.get("variables") or {}, shapes)
        except (KeyError, GraphQLError) as error:
            return JSONResponse({"errors": [{"message": f"The renamed audit does not know {error}."}]}, 400)
        asked = {**body, "query": query, "variables": variables}
        answer = await self.audit.post(f"/{name}/{subgraph}", json=asked, headers={"accept": request.headers["accept"]})
        result = answer.json()
        if "data" in result:
            result["data"] = suite.renaming.rename_data(query, result["data"], shapes)
        return JSONResponse(result, answer.status_code, media_type=answer.headers["content-type"])


def build_app(seed: int, address: str, audit: str) -> Starlette:
    """Return the server: `address` is its own URL, `audit` that of the audit's subgraph server."""
    served = RenamedAudit(seed, address, httpx.AsyncClient(base_url=audit, timeout=30))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with served.audit:
            yield

    return Starlette(
        routes=[
            Route("/ids", served.ids),
            Route("/{suite}/supergraph", served.supergraph),
            Route("/{suite}/tests", served.tests),
            Route("/{suite}/{subgraph}", served.ask, methods=["POST"]),
        ],
        lifespan=lifespan,
    )


def main() -> None:
    """Serve one seed's renamed audit until stopped."""
    option = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option.add_argument("--seed", type=int, default=1, help="equal seeds give equal names and orders")
    option.add_argument("--port", type=int, default=4220)
    option.add_argument("--audit", default="http://127.0.0.1:4200", help="where the audit's subgraph server is")
    given = option.parse_args()
    app = build_app(given.seed, f"http://127.0.0.1:{given.port}", given.audit)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
