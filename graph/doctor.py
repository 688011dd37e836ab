"""What `media-gateway doctor` looks at."""

from importlib.metadata import version

from rich.console import Console

from graph.compose.files import supergraph_sdl
from graph.gateway.join_spec import read_supergraph
from graph.health import check_sources
from graph.lifespan import open_settings_sources
from graph.settings import Settings


async def examine(settings: Settings, console: Console) -> int:
    """Print one line per dependency; return 0 when every required one is fine, else 1."""
    console.print(f"media-gateway {version('media-gateway')}, profile {settings.profile}, home {settings.home}")
    console.print(f"supergraph: {len(read_supergraph(supergraph_sdl()).api.type_map)} types")
    kind = "server of DATABASE_URL" if settings.database_url else "embedded"
    async with open_settings_sources(settings) as sources:
        checks = await check_sources(sources)
        titles = await sources.database.fetchval("SELECT count(*) FROM titles")
    for check in checks:
        mark = "[green]ok[/green]" if check.ok else "[red]no[/red]"
        console.print(f"{check.name}: {mark} {check.detail} ({check.milliseconds} ms)", highlight=False)
    console.print(f"PostgreSQL: {kind}, {titles} titles")
    return 0 if all(check.ok for check in checks if check.required) else 1
