"""What `media-gateway doctor` looks at."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from time import perf_counter
from types import MappingProxyType

from rich.console import Console
from rich.markup import escape

from graph.app import partners_of, served_supergraph
from graph.gateway.places import RemoteSubgraph
from graph.gateway.remote import Remote
from graph.health import Check, check_sources
from graph.lifespan import open_settings_sources
from graph.settings import Settings
from subgraphs.scalars import scalars_by_name

_PATIENCE = 2.0


async def examine(settings: Settings, console: Console, urls: Mapping[str, str] = MappingProxyType({})) -> int:
    """Print one line per dependency; return 0 when every required one is fine, else 1.

    `urls` are of partners' subgraphs, where those of the supergraph do not hold.
    """
    console.print(f"media-gateway {version('media-gateway')}, profile {settings.profile}, home {settings.home}")
    supergraph = served_supergraph(settings, scalars_by_name())
    console.print(f"supergraph: {len(supergraph.api.type_map)} types")
    places = partners_of(supergraph, settings, urls)
    kind = "server of DATABASE_URL" if settings.database_url else "embedded"
    async with open_settings_sources(settings) as sources:
        checks = await check_sources(sources)
        titles = await sources.database.fetchval("SELECT count(*) FROM titles")
    for check in [*checks, *await check_partners(places)]:
        mark = "[green]ok[/green]" if check.ok else "[red]no[/red]"
        console.print(
            f"{escape(check.name)}: {mark} {escape(check.detail)} ({check.milliseconds} ms)",
            highlight=False,
            soft_wrap=True,
        )
    console.print(f"PostgreSQL: {kind}, {titles} titles")
    return 0 if all(check.ok for check in checks if check.required) else 1


async def check_partners(places: Mapping[str, RemoteSubgraph]) -> list[Check]:
    """Return of each partner's subgraph whether it answers; none is required: answers without it are partial."""
    if not places:
        return []
    impatient = {name: replace(place, timeout=_PATIENCE) for name, place in places.items()}
    async with Remote(impatient) as partners:

        async def check(name: str, place: RemoteSubgraph) -> Check:
            started = perf_counter()
            answer = await partners.probe(name)
            milliseconds = round((perf_counter() - started) * 1000, 2)
            errors = answer.get("errors") or [{"message": "It answered nothing."}]
            told = "is" if "authorization" in place.headers else "is not"
            ok = bool(answer.get("data"))
            detail = f"{place.url}, {told} sent access tokens" if ok else f"{place.url}: {errors[0]['message']}"
            return Check(name, ok=ok, required=False, detail=detail, milliseconds=milliseconds)

        return list(await asyncio.gather(*(check(name, place) for name, place in places.items())))
