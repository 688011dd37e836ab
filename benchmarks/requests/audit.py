"""The suites of the federation gateway audit (github.com/graphql-hive/federation-gateway-audit)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from benchmarks.requests.compare import Ask, Caller, Suite
from benchmarks.requests.processes import running


@asynccontextmanager
async def audit_suites(url: str, command: str | None, only: frozenset[str], log: Path) -> AsyncIterator[list[Suite]]:
    """Yield the suites of the subgraph server at `url` (those of `only`, if it names any).

    `command` starts the server, anew for every gateway: its mutations refuse the ids of an earlier run.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        if command is not None:
            await stack.enter_async_context(running(command, log, http.build_request("GET", "/ids"), {}))
        ids: list[str] = (await http.get("/ids")).raise_for_status().json()
        suites = []
        for name in ids:
            if only and name not in only:
                continue
            sdl = (await http.get(f"/{name}/supergraph")).raise_for_status().text
            tests = (await http.get(f"/{name}/tests")).raise_for_status().json()
            suites.append(Suite(name, sdl, partial(_asks, tests)))
        yield suites


async def _asks(tests: list[dict[str, Any]], _caller: Caller) -> list[Ask]:
    return [Ask(str(number), test["query"], {}, partial(_is, test["expected"])) for number, test in enumerate(tests)]


def _is(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Return whether an answer is the expected one; a case that says nothing of errors leaves them open."""
    if answer.get("data") != expected.get("data"):
        return False
    errors = expected.get("errors")
    return bool(answer.get("errors")) is errors if isinstance(errors, bool) else True
