"""Whether this process lives, and whether it can answer: one line per dependency."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from datasources.errors import DataSourceError
from datasources.sources import Sources
from graph.operation import Result
from resolvers.domain.errors import ErrorCode

logger = logging.getLogger(__name__)
_PATIENCE = 2.0
_SUBGRAPH_PATIENCE = 1.0
_FRESH_SECONDS = 1.0
"""How long what was found of subgraphs is told again."""
_NO_ANSWER = frozenset({ErrorCode.UPSTREAM_UNAVAILABLE, ErrorCode.TIMEOUT})


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one dependency. `required`: without it the process is not ready."""

    name: str
    ok: bool
    required: bool
    detail: str
    milliseconds: float


async def _check(
    name: str, probe: Callable[[], Awaitable[str]], *, required: bool, patience: float = _PATIENCE
) -> Check:
    started = perf_counter()
    try:
        async with asyncio.timeout(patience):
            detail, ok = await probe(), True
    except TimeoutError:
        detail, ok = f"no answer within {patience:g} s", False
    except (DataSourceError, OSError) as error:
        detail, ok = str(error), False
    except Exception:
        logger.exception("checking %s failed", name)
        detail, ok = "failed in a way nobody expected: see the log", False
    return Check(name, ok, required, detail, round((perf_counter() - started) * 1000, 2))


async def check_sources(sources: Sources) -> list[Check]:
    """Return what is known of database, search index and broker; never raises."""

    async def database() -> str:
        return str(await sources.database.fetchval("SHOW server_version"))

    async def index() -> str:
        mark = await sources.index.watermark()
        return f"{await sources.index.count()} documents" + ("" if mark else ", being built")

    async def broker() -> str:
        await sources.broker.health()
        return type(sources.broker).__name__

    return list(
        await asyncio.gather(
            _check("database", database, required=True),
            _check("search", index, required=False),
            _check("broker", broker, required=True),
        )
    )


class SubgraphChecks:
    """What is known of the subgraphs behind a gateway: each is asked once a second at most, however often we are.

    One that is down makes answers partial, which is better than none: it is not required.
    """

    def __init__(self, names: Iterable[str], ask: Callable[[str], Awaitable[Result]]) -> None:
        """`ask` sends a subgraph, by name, an operation that costs nothing."""
        self._names = tuple(names)
        self._ask = ask
        self._looking: asyncio.Task[list[Check]] | None = None
        self._fresh_until = 0.0

    async def look(self) -> list[Check]:
        """Return what is found of each now, or was found a moment ago; takes a second at most, and never raises."""
        clock = asyncio.get_running_loop().time
        if self._looking is None or (self._looking.done() and clock() >= self._fresh_until):
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> list[Check]:
        try:
            return list(await asyncio.gather(*(self._look_at(name) for name in self._names)))
        finally:
            self._fresh_until = asyncio.get_running_loop().time() + _FRESH_SECONDS

    async def _look_at(self, name: str) -> Check:
        async def subgraph() -> str:
            answer = await self._ask(name)
            errors: list[dict[str, Any]] = answer.get("errors") or []
            if "data" not in answer and any(error["extensions"]["code"] in _NO_ANSWER for error in errors):
                raise ConnectionError(errors[0]["message"])
            return "answers"  # be it that it wants to know who asks

        return await _check(name, subgraph, required=False, patience=_SUBGRAPH_PATIENCE)


async def live(_: Request) -> JSONResponse:
    """Answer 200 as long as the process runs (liveness)."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def ready(request: Request) -> JSONResponse:
    """Answer 200 when every required dependency answers, else 503, with what was found of each (readiness)."""
    return _report(await check_sources(request.app.state.sources))


async def gateway_ready(request: Request) -> JSONResponse:
    """Answer 200, for a gateway that listens has read its supergraph and can plan; tell which subgraphs answer.

    The status in the body is `degraded` while one does not: answers are partial then. Taking the gateway out of service
    would help nobody, as the next one has the same subgraphs.
    """
    return _report(await request.app.state.subgraphs.look())


def _report(checks: list[Check]) -> JSONResponse:
    good = all(check.ok for check in checks if check.required)
    whole = all(check.ok for check in checks)
    body = {
        "status": "ok" if whole else "degraded" if good else "unavailable",
        "checks": {
            check.name: {"ok": check.ok, "detail": check.detail, "milliseconds": check.milliseconds} for check in checks
        },
    }
    return JSONResponse(body, status_code=200 if good else 503, headers={"Cache-Control": "no-store"})
