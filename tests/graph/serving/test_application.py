"""The short way past router and middleware: taken where these have nothing to say, unnoticed by clients."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.serving.application import Application
from graph.serving.endpoint import GraphQLEndpoint

OURS, THEIRS = "https://ours.example", "https://theirs.example"


class Echo:
    """Stands where a graph would be served; tells by which way it was reached."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        body = b"by the router" if "endpoint" in scope else b"straight"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Endpoint(GraphQLEndpoint):
    """An endpoint with an echo for a graph."""

    def __init__(self) -> None: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Echo()(scope, receive, send)


def talking_to(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(cast("Any", app)), base_url="http://graph.example")


@pytest.fixture
def app() -> Application:
    return Application(middleware=[Middleware(CORSMiddleware, allow_origins=[OURS], allow_methods=["POST"])])


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    with app.serving({"/graphql": Endpoint()}):
        async with talking_to(app) as http:
            yield http


async def test_requests_go_straight_to_their_endpoint(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql")).text == "straight"
    assert (await client.post("/other")).status_code == 404


@pytest.mark.parametrize(("origin", "allowed"), [(OURS, OURS), (THEIRS, None)])
async def test_pages_of_other_sites_meet_the_middleware(
    client: httpx.AsyncClient, origin: str, allowed: str | None
) -> None:
    answer = await client.post("/graphql", headers={"origin": origin})
    assert answer.text == "by the router"
    assert answer.headers.get("access-control-allow-origin") == allowed
    asked = {"origin": origin, "access-control-request-method": "POST"}
    preflight = await client.options("/graphql", headers=asked)
    assert (preflight.status_code == 200) is (allowed is not None)


async def test_nothing_is_left_when_the_endpoints_go(app: Application) -> None:
    before = list(app.router.routes)
    async with talking_to(app) as http:
        with app.serving({"/graphql": Endpoint()}):
            assert (await http.post("/graphql")).status_code == 200
        assert (await http.post("/graphql")).status_code == 404
    assert app.router.routes == before


async def test_below_another_path_the_router_finds_the_way(app: Application) -> None:
    with app.serving({"/graphql": Endpoint()}):
        async with talking_to(Starlette(routes=[Mount("/media", app)])) as http:
            assert (await http.post("/media/graphql")).text == "by the router"
            assert (await http.post("/graphql")).status_code == 404
