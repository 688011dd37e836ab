"""The command `media-gateway`."""

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from datasources.errors import DataSourceError
from graph.auth import SigningKeyError
from graph.settings import Settings, explained

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Media Gateway: one graph of what to watch, where, and where you left off.",
)
console = Console(stderr=True)


class SubgraphName(StrEnum):
    """The four subgraphs."""

    CATALOG = "catalog"
    AVAILABILITY = "availability"
    USERS = "users"
    RECOMMENDATIONS = "recommendations"


class IngestSource(StrEnum):
    """The file formats that can be imported."""

    MOVIELENS = "movielens"
    IMDB = "imdb"
    JUSTWATCH = "justwatch"
    PLATFORM_CSV = "platform-csv"


Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; PORT or 4000 when omitted, 0 for a free one.")
]
Host = Annotated[str | None, typer.Option(help="Address to listen on; HOST or 127.0.0.1 when omitted.")]
SupergraphFile = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, help="A composed supergraph SDL; MEDIA_GATEWAY_SUPERGRAPH or our own when omitted."
    ),
]
Urls = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=URL",
        envvar="SUBGRAPH_URLS",
        help="Where a subgraph is, if not at its URL in the supergraph; repeatable (environment: by spaces).",
    ),
]
Trusted = Annotated[
    list[str] | None,
    typer.Option(
        "--forward-authorization",
        metavar="NAME",
        help="A partner's subgraph that is sent the viewer's access token, besides those of TRUSTED_SUBGRAPHS; "
        "* for all; repeatable.",
    ),
]


@contextmanager
def _explained() -> Iterator[None]:
    """Turn trouble with what is outside into one line and exit code 1; Ctrl-C into 130, as shells do."""
    try:
        yield
    except DataSourceError as error:
        _say(error.code, str(error))
        raise typer.Exit(1) from error
    except SigningKeyError as error:
        _say("SIGNING_KEY", str(error))
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _say(code: str, message: str) -> None:
    """Print one line on standard error, however long: log collectors read lines."""
    console.print(f"[red]{escape(code)}[/red] {escape(message)}", highlight=False, soft_wrap=True)


def _settings() -> Settings:
    """Return the settings, and log as they say from now on; a line for each bad one and exit code 2 instead."""
    try:
        settings = Settings()
    except ValidationError as error:
        for line in explained(error):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.captureWarnings(capture=True)
    for name in ("alembic", "httpx"):  # a line for every migration and every fetch otherwise
        logging.getLogger(name).setLevel(logging.WARNING)
    return settings


@cli.command()
def serve(
    port: Port = None,
    host: Host = None,
    supergraph: SupergraphFile = None,
    url: Urls = None,
    trusted: Trusted = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that serve together; WORKERS or 1 when omitted.")
    ] = None,
    worker: Annotated[bool, typer.Option("--worker", hidden=True, help="Be one of several.")] = False,
) -> None:
    """Serve the supergraph: our own subgraphs in this process, those of partners over HTTP."""
    settings = _chosen(port, host, supergraph, trusted)
    count = 1 if worker else workers or settings.workers
    if count == 1:
        _serve(settings, None, url, worker=worker)
        return
    from graph.workers import WorkersUnavailable, run_workers

    options = {"--supergraph": supergraph and [str(supergraph)], "--url": url, "--forward-authorization": trusted}
    arguments = [f"{name}={value}" for name, given in options.items() for value in given or ()]
    with _listening():
        try:
            code = run_workers(settings, count, arguments)
        except WorkersUnavailable as error:
            _say("BAD_USER_INPUT", str(error))
            raise typer.Exit(2) from None
    raise typer.Exit(code)


@cli.command()
def subgraph(name: SubgraphName, port: Port = None, host: Host = None) -> None:
    """Serve one subgraph alone at /graphql."""
    _serve(_chosen(port, host), name.value)


def _serve(settings: Settings, name: str | None, url: list[str] | None = None, *, worker: bool = False) -> None:
    from graph.app import create_app
    from graph.server import run
    from subgraphs.registry import SUBGRAPHS

    only = next((found for found in SUBGRAPHS if found.name == name), None)
    with _listening(), _composed():
        run(settings, create_app(settings, only=only, urls=_urls(url)), worker=worker)


def _chosen(
    port: int | None, host: str | None, supergraph: Path | None = None, trusted: list[str] | None = None
) -> Settings:
    """Return the settings with what the command line says of where to listen, what to serve and whom to trust."""
    settings = _settings()
    said = {"port": port, "host": host, "supergraph": supergraph}
    update: dict[str, object] = {key: value for key, value in said.items() if value is not None}
    return settings.model_copy(update={**update, "trusted_subgraphs": (*settings.trusted_subgraphs, *(trusted or ()))})


@contextmanager
def _composed() -> Iterator[None]:
    """Turn a supergraph that cannot be served, or a subgraph that is nowhere, into one line and exit code 2."""
    from graph.gateway.places import PlaceError
    from graph.gateway.supergraph import SupergraphError

    try:
        yield
    except SupergraphError as error:
        _say("SUPERGRAPH", str(error))
        raise typer.Exit(2) from None
    except PlaceError as error:
        _say("BAD_USER_INPUT", str(error))
        raise typer.Exit(2) from None


@contextmanager
def _listening() -> Iterator[None]:
    """Turn what keeps a server from starting into one line and exit code 1."""
    from graph.server import AddressUnavailable
    from graph.serving.persisted import ManifestError

    with _explained():
        try:
            yield
        except AddressUnavailable as error:
            _say("ADDRESS_UNAVAILABLE", str(error))
            raise typer.Exit(1) from None
        except ManifestError as error:
            _say("PERSISTED_OPERATIONS", str(error))
            raise typer.Exit(2) from None


@cli.command()
def gateway(
    supergraph: SupergraphFile = None,
    port: Port = None,
    host: Host = None,
    url: Urls = None,
    trusted: Trusted = None,
) -> None:
    """Serve any supergraph whose subgraphs are elsewhere, over HTTP; needs no database."""
    from graph.app import OWN, create_gateway_app, served_supergraph
    from graph.gateway.places import remote_subgraphs
    from graph.gateway.remote import Remote
    from graph.server import run
    from subgraphs.scalars import scalars_by_name

    settings = _chosen(port, host, supergraph, trusted)
    with _listening(), _composed():
        # What the scalars of others mean, their subgraphs know.
        composed = served_supergraph(settings, scalars_by_name() if settings.supergraph is None else {})
        ours = OWN & {subgraph.name for subgraph in composed.subgraphs.values()}
        places = remote_subgraphs(
            composed, _urls(url), settings.fetch_seconds, trusted={*settings.trusted_subgraphs, *ours}
        )
        run(settings, create_gateway_app(settings, composed, lambda: Remote(places)))


def _urls(pairs: list[str] | None) -> dict[str, str]:
    from graph.gateway.places import PlaceError

    found = dict(pair.partition("=")[::2] for pair in pairs or ())
    for name, place in found.items():
        if not name or not place:
            raise PlaceError(f"Give the URL of a subgraph as name=http://…, not {name or place!r}.")
    return found


@cli.command()
def plan(
    query: Annotated[str, typer.Argument(help="A GraphQL operation, or - to read it from standard input.")],
    operation: Annotated[str | None, typer.Option(help="Which operation, when there are several.")] = None,
) -> None:
    """Print how the gateway would fetch an operation."""
    from graph.app import build_graphs
    from graph.gateway.document import RequestRefused
    from graph.operation import Operation

    text = sys.stdin.read() if query == "-" else query
    with _composed():
        gateway = build_graphs(_settings()).gateway
    assert gateway is not None  # noqa: S101 – build_graphs makes one unless told not to
    try:
        typer.echo(str(gateway.plan(Operation(text, name=operation))))
    except RequestRefused as refusal:
        for error in refusal.result["errors"]:
            _say(error["extensions"]["code"], error["message"])
        raise typer.Exit(1) from None


@cli.command()
def ingest(
    source: IngestSource,
    path: Annotated[Path, typer.Argument(exists=True, help="Folder (or file) in the source's own format.")],
    again: Annotated[bool, typer.Option("--again", help="Read everything anew, also what was done before.")] = False,
) -> None:
    """Import titles, people, offers and ratings; again: goes on where it stopped, and changes nothing twice."""
    from graph.ingestion import ingest_files

    with _explained():
        raise typer.Exit(asyncio.run(ingest_files(_settings(), source.value, path, again=again, console=console)))


@cli.command()
def schema(
    api: Annotated[bool, typer.Option("--api", help="The schema clients see, without federation.")] = False,
    name: Annotated[SubgraphName | None, typer.Option("--subgraph", help="The SDL of one subgraph.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write all SDL files from the code (needs Node).")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail when an SDL file is not what the code says.")] = False,
    recipe: Annotated[
        Path | None,
        typer.Option(
            "--compose",
            metavar="RECIPE",
            exists=True,
            dir_okay=False,
            help="The supergraph of another recipe in the form of supergraph.yaml (needs Node).",
        ),
    ] = None,
) -> None:
    """Print the supergraph SDL of this installation or of another recipe, or write and check the SDL files."""
    from graph.compose import schemas
    from graph.compose.files import supergraph_sdl

    try:
        if write:
            for file in schemas.write():
                console.print(f"written {file.name} of {file.parent.name}")
        elif check:
            stale = schemas.stale(compose=True)
            for file_name in stale:
                console.print(f"[red]stale[/red] {file_name}: run `make schema`")
            raise typer.Exit(1 if stale else 0)
        elif recipe is not None:
            typer.echo(schemas.composed(recipe), nl=False)
        elif name is not None:
            typer.echo(schemas.subgraph_sdls()[name.value], nl=False)
        else:
            typer.echo(schemas.api_sdl() if api else supergraph_sdl(), nl=False)
    except (schemas.CompositionError, FileNotFoundError) as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


@cli.command()
def migrate() -> None:
    """Bring the database to the tables of this version (serving does it too)."""
    from graph.lifespan import open_database

    async def run() -> None:
        async with open_database(_settings()):
            pass

    with _explained():
        asyncio.run(run())
    console.print("The database is up to date.")


@cli.command()
def reindex() -> None:
    """Bring the search index up with the catalogue now (a server does it by itself)."""
    from graph.ingestion import rebuild_index

    with _explained():
        raise typer.Exit(asyncio.run(rebuild_index(_settings(), console)))


@cli.command()
def doctor(url: Urls = None) -> None:
    """Check every dependency and say what is wrong; exit code 1 when a required one is missing."""
    from graph.doctor import examine

    with _explained(), _composed():
        raise typer.Exit(asyncio.run(examine(_settings(), console, _urls(url))))


def main() -> None:
    """Run the command line."""
    # Our matrices are small: more threads only get in each other's way (three times the CPU, measured). numpy reads it
    # when it is first imported, which is after this.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    cli()


if __name__ == "__main__":
    main()
