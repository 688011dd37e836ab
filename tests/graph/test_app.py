"""The whole application over ASGI: what is mounted where, for whom, and what a production installation keeps quiet."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from graphql import get_introspection_query

from datasources.errors import SearchUnavailable
from datasources.postgres.process import SUPERUSER
from datasources.sources import Sources
from graph.app import build_graphs, create_app
from graph.auth import SigningKeyError, load_key
from graph.compose.files import supergraph_sdl
from graph.operation import Operation
from resolvers.domain.viewer import Role, Viewer
from subgraphs.registry import SUBGRAPHS, Subgraph
from tests.graph.conftest import Asked
from tests.journeys.client import settings_for

MOUNTS = ["/graphql", *(f"/subgraphs/{subgraph.name}/graphql" for subgraph in SUBGRAPHS)]
PAGES = ["/", "/schema.graphql", "/config.json", "/favicon.svg"]
USERS = next(subgraph for subgraph in SUBGRAPHS if subgraph.name == "users")
CATALOG = next(subgraph for subgraph in SUBGRAPHS if subgraph.name == "catalog")


async def ask(client: httpx.AsyncClient, query: str, path: str = "/graphql", **headers: str) -> dict[str, Any]:
    return (await client.post(path, json={"query": query}, headers=headers)).json()


# – what is where –


async def test_the_supergraph_and_each_subgraph_have_their_place(asked: Asked) -> None:
    async with asked() as client:
        assert await ask(client, "{ genres { genre } recommendations { personalized } __typename }")
        for mount in MOUNTS:
            assert await ask(client, "{ __typename }", mount) == {"data": {"__typename": "Query"}}
        assert (await client.post("/subgraphs/nothing/graphql", json={"query": "{ a }"})).status_code == 404


async def test_two_applications_do_not_share_routes(asked: Asked) -> None:
    async with asked(CATALOG) as one, asked() as both:
        assert (await one.post(MOUNTS[1], json={"query": "{ __typename }"})).status_code == 404
        assert (await both.post(MOUNTS[1], json={"query": "{ __typename }"})).status_code == 200


async def test_an_application_that_was_closed_can_be_opened_again(sources: Sources, tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path), lambda: nullcontext(sources))
    before = list(app.router.routes)
    for _ in range(2):
        async with app.router.lifespan_context(app):
            assert len(app.router.routes) == len(before) + 2 * len(MOUNTS)
        assert app.router.routes == before


async def test_the_supergraph_can_be_read(asked: Asked) -> None:
    async with asked() as client:
        served = await client.get("/schema.graphql")
    assert served.text == supergraph_sdl()


@pytest.mark.parametrize(
    ("profile", "scopes", "code"),
    [
        ("development", set(), None),
        ("production", {"admin:read"}, None),
        ("production", {"partner:read"}, "FORBIDDEN"),
        ("production", None, "FORBIDDEN"),
    ],
)
async def test_query_plans_are_for_administrators(
    profile: str, scopes: set[str] | None, code: str | None, context: Any, tmp_path: Path
) -> None:
    gateway = build_graphs(settings_for(tmp_path, MEDIA_GATEWAY_PROFILE=profile)).gateway
    assert gateway is not None
    viewer = None if scopes is None else Viewer("u", "p", "s", Role.USER, frozenset(scopes))
    asks = Operation("{ __typename }", extensions={"queryPlan": True})
    answer = await gateway.execute(asks, context(viewer=viewer))
    if code is None:
        assert answer == {"data": {"__typename": "Query"}, "extensions": {"queryPlan": "Nothing to fetch"}}
    else:
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def test_tools_can_introspect_in_development(asked: Asked) -> None:
    async with asked() as client:
        data = (await ask(client, get_introspection_query()))["data"]
    names = {kind["name"] for kind in data["__schema"]["types"]}
    assert {"Title", "Platform", "User", "Recommendation"} <= names
    assert not {name for name in names if name.startswith(("join__", "link__", "_"))} - {
        name for name in names if name.startswith("__")
    }


async def test_keys_are_published(asked: Asked, tmp_path: Path) -> None:
    async with asked() as client:
        answer = await client.get("/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert key["kid"] == load_key(tmp_path / "jwt-private-key.pem", create=False).kid
    assert "d" not in key
    assert "max-age" in answer.headers["cache-control"]


async def test_the_page_is_given_demo_users_where_there_are_any(asked: Asked) -> None:
    async with asked() as client:
        assert (await client.get("/config.json")).json() == {"endpoint": "/graphql", "demoUsers": []}
    async with asked(demo_data=True) as client:
        config = (await client.get("/config.json")).json()
    assert {user["displayName"] for user in config["demoUsers"]} == {"Ada", "Ben", "Chi"}


# – health –


async def test_a_process_is_ready_while_its_sources_answer(asked: Asked) -> None:
    async with asked() as client:
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        ready = await client.get("/health/ready")
    assert (ready.status_code, ready.headers["cache-control"]) == (200, "no-store")
    assert ready.json()["status"] == "ok"
    checks = ready.json()["checks"]
    assert {name: check["ok"] for name, check in checks.items()} == {"database": True, "search": True, "broker": True}
    assert all(check["milliseconds"] >= 0 for check in checks.values())


async def test_a_process_without_its_database_lives_and_is_not_ready(
    asked: Asked, database_url: str, server_url: str
) -> None:
    name = database_url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    async with asked() as client:
        assert (await client.get("/health/ready")).status_code == 200
        admin = await asyncpg.connect(server_url, user=SUPERUSER, database="postgres")
        try:
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            await admin.close()
        for _ in range(2):  # the first one finds connections cut, the second one finds none
            ready = await client.get("/health/ready")
            assert ready.status_code == 503
            assert ready.json()["status"] == "unavailable"
            assert not ready.json()["checks"]["database"]["ok"]
            assert ready.json()["checks"]["broker"]["ok"]
        assert (await client.get("/health/live")).status_code == 200
        answer = await ask(client, "{ titles { edges { cursor } } }")
    assert answer["errors"][0]["extensions"]["code"] in {"UPSTREAM_UNAVAILABLE", "INTERNAL"}
    assert name not in str(answer), "what is behind it stays there"


@pytest.mark.parametrize(
    ("failure", "told"),
    [(SearchUnavailable("the index cannot be opened"), "cannot be opened"), (ValueError("hunter2"), "see the log")],
    ids=["known", "unknown"],
)
async def test_a_broken_search_index_does_not_keep_a_process_from_being_ready(
    asked: Asked, sources: Sources, monkeypatch: pytest.MonkeyPatch, failure: Exception, told: str
) -> None:
    async def count() -> int:
        raise failure

    async with asked() as client:
        monkeypatch.setattr(sources.index, "count", count)
        ready = await client.get("/health/ready")
    assert ready.status_code == 200
    search = ready.json()["checks"]["search"]
    assert not search["ok"]
    assert told in search["detail"]
    assert "hunter2" not in ready.text


# – who may –


PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,authorization"}


async def test_pages_of_allowed_origins_may_read_answers(asked: Asked) -> None:
    async with asked(allowed_origins=("https://app.example",)) as client:
        known = await client.options("/graphql", headers={"origin": "https://app.example", **PREFLIGHT})
        assert known.status_code == 200
        assert known.headers["access-control-allow-origin"] == "https://app.example"
        answer = await client.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"origin": "https://app.example"}
        )
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "origin" in answer.headers["vary"].lower()
        assert "access-control-allow-credentials" not in answer.headers, "tokens, no cookies"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"]
)
async def test_pages_of_other_origins_may_not(asked: Asked, origin: str) -> None:
    async with asked(allowed_origins=("https://app.example",)) as client:
        refused = await client.options("/graphql", headers={"origin": origin, **PREFLIGHT})
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
        answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers


async def test_no_origin_is_allowed_unless_it_is_named(asked: Asked) -> None:
    async with asked() as client:
        answer = await client.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"origin": "https://a.example"}
        )
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("allowed", "origin", "opens"),
    [
        ((), "https://evil.example", False),
        (("https://app.example",), "https://evil.example", False),
        (("https://app.example",), "https://app.example", True),
        (("*",), "https://evil.example", True),
    ],
)
async def test_sockets_are_opened_for_allowed_origins(
    asked: Asked, allowed: tuple[str, ...], origin: str, opens: bool
) -> None:
    messages = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}])
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    head = [(b"host", b"graph.example"), (b"origin", origin.encode())]
    scope = {"type": "websocket", "path": "/graphql", "headers": [*head], "subprotocols": ["graphql-transport-ws"]}
    async with asked(allowed_origins=allowed) as client:
        transport = client._transport
        assert isinstance(transport, httpx.ASGITransport)
        await transport.app({**scope, "query_string": b"", "client": ("127.0.0.1", 1)}, receive, send)
    assert ("websocket.accept" in sent) is opens, sent


async def test_a_bad_token_is_refused_before_anything_runs(asked: Asked) -> None:
    async with asked() as client:
        answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer x"})
        assert answer.status_code == 401
        assert "invalid_token" in answer.headers["www-authenticate"]
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# – production –


PRODUCTION = {"MEDIA_GATEWAY_PROFILE": "production"}
TELLING = ["{ __schema { queryType { name } } }", '{ __type(name: "Title") { name } }']


@pytest.mark.parametrize("mount", MOUNTS)
async def test_production_does_not_tell_its_schema(asked: Asked, mount: str) -> None:
    telling = [*TELLING, "{ _service { sdl } }"]
    async with asked(**PRODUCTION) as client:
        for query in telling:
            for method in ("post", "get"):
                given = {"json": {"query": query}} if method == "post" else {"params": {"query": query}}
                answer = (await client.request(method, mount, **given)).json()
                assert "data" not in answer
                assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
                assert "does not tell its schema" in answer["errors"][0]["message"]
        streamed = await client.post(mount, json={"query": TELLING[0]}, headers={"accept": "text/event-stream"})
        assert "FORBIDDEN" in streamed.text
        assert await ask(client, "{ __typename }", mount) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("subgraph", SUBGRAPHS, ids=lambda subgraph: subgraph.name)
async def test_a_subgraph_alone_does_not_tell_it_either(asked: Asked, subgraph: Subgraph) -> None:
    title = '{__typename: "Title", id: "01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f"}'
    entities = f"{{ _entities(representations: [{title}]) {{ __typename }} }}"
    async with asked(subgraph, **PRODUCTION) as client:
        for query in (*TELLING, "{ _service { sdl } }"):
            assert (await ask(client, query))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "FORBIDDEN" not in str(await ask(client, entities)), "a router needs these"
        for page in PAGES:
            assert (await client.get(page)).status_code == 404


async def test_production_has_no_page_and_no_schema_file(asked: Asked) -> None:
    async with asked(**PRODUCTION) as client:
        for page in PAGES:
            assert (await client.get(page)).status_code == 404
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/.well-known/jwks.json")).status_code == 200
        assert (await ask(client, "{ genres { genre } }"))["data"]["genres"] is not None


async def test_production_tells_its_schema_when_asked_to(asked: Asked) -> None:
    async with asked(**PRODUCTION, introspection=True) as client:
        assert (await ask(client, TELLING[0]))["data"]["__schema"]["queryType"]["name"] == "Query"
        assert (await client.get("/schema.graphql")).status_code == 200
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/config.json")).json()["demoUsers"] == []


async def test_development_can_be_quiet_too(asked: Asked) -> None:
    async with asked(introspection=False) as client:
        assert (await ask(client, TELLING[0]))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


# – keys –


def test_who_signs_users_in_needs_the_private_key(tmp_path: Path) -> None:
    public = tmp_path / "public.pem"
    key = load_key(tmp_path / "private.pem", create=True)
    public.write_bytes(key.as_pem(private=False))
    settings = settings_for(tmp_path, jwt_key_file=public)
    for only in (None, USERS):
        with pytest.raises(SigningKeyError, match="private"):
            create_app(settings, only=only)
    create_app(settings, only=CATALOG)


def test_a_named_key_is_never_made(tmp_path: Path) -> None:
    settings = settings_for(tmp_path).model_copy(update={"jwt_key_file": tmp_path / "absent.pem"})
    with pytest.raises(SigningKeyError):
        create_app(settings)
    assert list(tmp_path.iterdir()) == []
