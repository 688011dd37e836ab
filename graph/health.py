"""Whether this process lives, and whether it can answer: one line per dependency."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter

from starlette.requests import Request
from starlette.responses import JSONResponse

from datasources.errors import DataSourceError
from datasources.sources import Sources

logger = logging.getLogger(__name__)
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one dependency. `required`: without it the process is not ready."""

    name: str
    ok: bool
    required: bool
    detail: str
    milliseconds: float


async def _check(name: str, probe: Callable[[], Awaitable[str]], *, required: bool) -> Check:
    started = perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE):
            detail, ok = await probe(), True
    except TimeoutError:
        detail, ok = f"no answer within {_PATIENCE:g} s", False
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


async def live(_: Request) -> JSONResponse:
    """Answer 200 as long as the process runs (liveness)."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def ready(request: Request) -> JSONResponse:
    """Answer 200 when every required dependency answers, else 503, with what was found of each (readiness)."""
    checks = await check_sources(request.app.state.sources)
    good = all(check.ok for check in checks if check.required)
    body = {
        "status": "ok" if good else "unavailable",
        "checks": {
            check.name: {"ok": check.ok, "detail": check.detail, "milliseconds": check.milliseconds} for check in checks
        },
    }
    return JSONResponse(body, status_code=200 if good else 503, headers={"Cache-Control": "no-store"})
