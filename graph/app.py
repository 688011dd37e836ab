"""The composition root: settings and sources become one ASGI application; nothing happens at import."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from graphql import GraphQLScalarType
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import BaseRoute, Route

from datasources.demo.users import DEMO_USERS
from datasources.sources import Sources
from graph import health, web
from graph.auth import AccessTokens, SigningKeyError, load_key
from graph.compose.files import supergraph_sdl
from graph.context import ForwardedRefusals, ForwardingContexts, RequestContexts, forwarding_context
from graph.errors import format_error
from graph.gateway.gateway import Gateway
from graph.gateway.join_spec import read_supergraph
from graph.gateway.places import RemoteSubgraph, remote_subgraphs
from graph.gateway.remote import Remote
from graph.gateway.routed import Routed
from graph.gateway.supergraph import Supergraph, SupergraphError
from graph.gateway.transport import InProcess, SubgraphOperation, Transport
from graph.introspection import ClosedSchema
from graph.lifespan import background, open_settings_sources
from graph.operation import Graph
from graph.serving.application import Application
from graph.serving.endpoint import GraphQLEndpoint
from graph.serving.persisted import PersistedOperations, read_manifest
from graph.serving.service import ContextFactory, RequestLimits
from graph.settings import Settings
from graph.subgraph import SubgraphService
from resolvers.context import Context
from subgraphs.build import graphql_schema
from subgraphs.registry import SUBGRAPHS, Subgraph
from subgraphs.scalars import scalars_by_name

SourcesOpener = Callable[[], AbstractAsyncContextManager[Sources]]
TransportOpener = Callable[[], AbstractAsyncContextManager[Transport]]
_FETCH_BYTES = 16_777_216
"""What a gateway may send a subgraph served alone: a small query can ask for what belongs to 100,000 entities."""


OWN = frozenset(subgraph.name for subgraph in SUBGRAPHS)
_PARTNERS_SHARE = 0.9
"""Of the time for a fetch: a partner that is late is noticed by its own transport, which then leaves it alone."""


@dataclass(frozen=True, slots=True)
class Graphs:
    """What is served: the supergraph (None when a subgraph is served alone), subgraphs by name, and the partners'."""

    gateway: Gateway | None
    subgraphs: Mapping[str, Graph]
    partners: Remote | None = None
    """Carries to the subgraphs of others over HTTP, where there are any; to be opened while the gateway is asked."""


def served_supergraph(settings: Settings, scalars: Mapping[str, GraphQLScalarType]) -> Supergraph:
    """Return the supergraph the settings name, or our own. Raises SupergraphError when it cannot be read."""
    try:
        sdl = supergraph_sdl(settings.supergraph)
    except (OSError, UnicodeDecodeError) as error:
        raise SupergraphError(str(error)) from error
    return read_supergraph(sdl, scalars)


def partners_of(supergraph: Supergraph, settings: Settings, urls: Mapping[str, str]) -> dict[str, RemoteSubgraph]:
    """Return where the subgraphs are that this product does not have itself; `urls` come before those of the SDL.

    They are sent no access token unless the settings trust them. Raises PlaceError.
    """
    timeout = settings.fetch_seconds * _PARTNERS_SHARE
    return remote_subgraphs(supergraph, urls, timeout, trusted=settings.trusted_subgraphs, here=OWN)


def build_graphs(
    settings: Settings,
    names: Sequence[Subgraph] = SUBGRAPHS,
    *,
    gateway: bool = True,
    urls: Mapping[str, str] = MappingProxyType({}),
) -> Graphs:
    """Return the graphs of this process, partners' subgraphs at their `urls` or those of the supergraph.

    Raises SupergraphError for a supergraph that cannot be read, PlaceError for a partner that is nowhere.
    """
    schemas = {subgraph.name: subgraph.build(None) for subgraph in names}
    transport = InProcess({name: graphql_schema(schema) for name, schema in schemas.items()}, format_error)
    subgraphs = {name: SubgraphService(name, schema, transport) for name, schema in schemas.items()}
    if not gateway:
        return Graphs(None, subgraphs)
    supergraph = served_supergraph(settings, scalars_by_name())
    places = partners_of(supergraph, settings, urls)
    partners = Remote(places) if places else None
    return Graphs(
        Gateway(
            supergraph,
            Routed(dict.fromkeys(places, partners), otherwise=transport) if partners else transport,
            fetch_timeout=settings.fetch_seconds,
            may_see_plans=_plan_readers(settings),
        ),
        subgraphs,
        partners,
    )


def access_tokens(settings: Settings, only: Subgraph | None = None) -> AccessTokens:
    """Return the signer of access tokens; the key of a home folder is made on first use.

    Raises SigningKeyError for a key that cannot be used, or only to verify where `users` is served, which signs.
    """
    file = settings.jwt_key_file or settings.home / "jwt-private-key.pem"
    key = load_key(file, create=settings.jwt_key_file is None)
    if not key.is_private and (only is None or only.name == "users"):
        raise SigningKeyError(f"{file} holds a public key, but users are signed in here: give the private one.")
    return AccessTokens(key, settings.jwt_issuer, timedelta(minutes=settings.access_token_minutes))


def create_app(
    settings: Settings,
    sources: SourcesOpener | None = None,
    only: Subgraph | None = None,
    urls: Mapping[str, str] = MappingProxyType({}),
) -> Application:
    """Return the application: the supergraph at /graphql and every subgraph of ours at its mount.

    With `only`, that subgraph alone at /graphql. `sources` replaces what the settings name (tests, benchmarks); `urls`
    are of partners' subgraphs, where those of the supergraph do not hold. One that is down makes answers partial, and
    keeps nothing from starting. Raises what build_graphs, access_tokens and persisted_operations raise.
    """
    opener = sources or (lambda: open_settings_sources(settings))
    graphs = build_graphs(settings, (only,) if only else SUBGRAPHS, gateway=only is None, urls=urls)
    tokens = access_tokens(settings, only)
    persisted = PersistedOperations() if only else persisted_operations(settings)  # what a router sends is its business
    main: Graph = graphs.subgraphs[only.name] if only else _present(graphs.gateway)

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[None]:
        async with (
            opener() as opened,
            background(opened, settings, graphs.subgraphs.keys()) as shared,
            graphs.partners or nullcontext(),
        ):
            app.state.sources = opened
            contexts = RequestContexts(opened, tokens, settings.default_region, shared)
            mounts = {"/graphql": main}
            if only is None and not settings.only_persisted_operations:  # else they were a way around it
                mounts |= {f"/subgraphs/{name}/graphql": graph for name, graph in graphs.subgraphs.items()}
            least = 0 if only is None else _FETCH_BYTES
            endpoints = {path: _endpoint(settings, graph, contexts, persisted, least) for path, graph in mounts.items()}
            with app.serving(endpoints):
                yield

    return Application(
        routes=_side_routes(settings, tokens, only),
        middleware=_cors(settings),
        lifespan=lifespan,
    )


def create_gateway_app(settings: Settings, supergraph: Supergraph, transport: TransportOpener) -> Application:
    """Return the application of a gateway alone: any supergraph at /graphql, its subgraphs reached by `transport`.

    It needs no database and no keys: who asks is the subgraphs' business (see ForwardingContexts). It is ready as soon
    as it listens; a subgraph that is down makes answers partial and the gateway degraded, not unready.
    """
    nobody = forwarding_context({})
    persisted = persisted_operations(settings)

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[None]:
        async with transport() as opened:
            # The transport keeps the time of each subgraph; this is for one that fails to.
            gateway = Gateway(
                supergraph, opened, fetch_timeout=settings.fetch_seconds + 1, may_see_plans=_plan_readers(settings)
            )
            app.state.subgraphs = health.SubgraphChecks(
                [subgraph.name for subgraph in supergraph.subgraphs.values()],
                lambda name: opened.execute(name, SubgraphOperation("{ __typename }"), nobody),
            )
            with app.serving(
                {"/graphql": _endpoint(settings, ForwardedRefusals(gateway), ForwardingContexts(), persisted)}
            ):
                yield

    routes: list[BaseRoute] = [Route("/health/live", health.live), Route("/health/ready", health.gateway_ready)]
    if settings.answers_introspection:
        routes += web.routes(lambda: {"endpoint": "/graphql", "demoUsers": []})
    return Application(routes=routes, middleware=_cors(settings), lifespan=lifespan)


def persisted_operations(settings: Settings) -> PersistedOperations:
    """Return the operations that clients may ask for by hash. Raises ManifestError for a manifest that is none."""
    registered = read_manifest(settings.persisted_operations) if settings.persisted_operations else {}
    return PersistedOperations(registered, only_registered=settings.only_persisted_operations)


def _endpoint(
    settings: Settings, graph: Graph, contexts: ContextFactory, persisted: PersistedOperations, least_bytes: int = 0
) -> GraphQLEndpoint:
    """Return where a graph is served; a body may have `least_bytes`, even where the settings allow clients less."""
    limits = RequestLimits(
        max_body_bytes=max(settings.max_body_bytes, least_bytes),
        request_seconds=settings.request_seconds,
        operations_per_socket=settings.operations_per_socket,
    )
    origins = None if "*" in settings.allowed_origins else frozenset(settings.allowed_origins)
    shown = graph if settings.answers_introspection else ClosedSchema(graph)
    return GraphQLEndpoint(shown, contexts, limits, origins, persisted)


def _plan_readers(settings: Settings) -> Callable[[Context], bool]:
    """Tell who may see query plans: everybody on a developer's machine, otherwise administrators."""
    return lambda context: (
        settings.development or (context.viewer is not None and "admin:read" in context.viewer.scopes)
    )


def _present(gateway: Gateway | None) -> Gateway:
    assert gateway is not None  # noqa: S101 – build_graphs was asked for one
    return gateway


def _cors(settings: Settings) -> list[Middleware]:
    if not settings.allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "accept"],
        )
    ]


def _side_routes(settings: Settings, tokens: AccessTokens, only: Subgraph | None) -> list[BaseRoute]:
    def jwks(_: Request) -> JSONResponse:
        return JSONResponse(tokens.jwks(), headers={"Cache-Control": "public, max-age=300"})

    routes: list[BaseRoute] = [
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/.well-known/jwks.json", jwks),
    ]
    if settings.answers_introspection:
        sdl = only.sdl_file.read_text("utf-8") if only else supergraph_sdl(settings.supergraph)
        routes.append(Route("/schema.graphql", lambda _: PlainTextResponse(sdl)))
        routes += web.routes(lambda: _page_config(settings))
    return routes


def _page_config(settings: Settings) -> web.PageConfig:
    shown: list[web.DemoUser] = [*DEMO_USERS] if settings.wants_demo_data else []
    return {"endpoint": "/graphql", "demoUsers": shown}
