"""The endpoint inside an application, on the servers it is made for, and when they stop."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graph.serving.endpoint import GraphQLEndpoint

PROTOCOL = Subprotocol("graphql-transport-ws")
FOLLOW = '{"id":"1","type":"subscribe","payload":{"query":"subscription { follow }"}}'


@pytest.mark.parametrize("path", ["/graphql", "/subgraphs/catalog"])
async def test_one_path_serves_every_transport(server_runner, served, path):
    endpoint = GraphQLEndpoint(served.graph, served.doorman)
    app = Starlette(routes=[*endpoint.routes("/graphql"), Mount("/subgraphs", routes=endpoint.routes("/catalog"))])
    async with server_runner(app, http="h11") as (_, port):
        url = f"127.0.0.1:{port}{path}"
        response = await served.http.post(f"http://{url}", json={"query": "{ echo }"})
        assert response.json() == {"data": {"echo": None}}
        response = await served.http.get(f"http://{url}", params={"query": "{ echo }"})
        assert response.json() == {"data": {"echo": None}}
        async with connect(f"ws://{url}", subprotocols=[PROTOCOL]) as socket:
            await socket.send('{"type":"connection_init"}')
            assert await socket.recv() == '{"type":"connection_ack"}'
    assert served.doorman.seen[0][1].path == path


async def test_a_stopping_server_closes_sockets_and_ends_operations(server_runner, served):
    app = Starlette(routes=GraphQLEndpoint(served.graph, served.doorman).routes("/graphql"))
    async with (
        server_runner(app) as (server, port),
        connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as socket,
    ):
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        await socket.send(FOLLOW)
        await socket.recv()
        server.should_exit = True
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd.code == 1012
    assert served.graph.freed.is_set()


async def test_it_runs_on_uvloop(uvloop_runner, served):
    app = Starlette(routes=GraphQLEndpoint(served.graph, served.doorman).routes("/graphql"))
    async with uvloop_runner(app) as (_, port):
        url = f"127.0.0.1:{port}/graphql"
        query = {"query": "subscription { count(target: 1) }"}
        response = await served.http.post(f"http://{url}", json=query, headers={"accept": "text/event-stream"})
        assert response.text.endswith("event: complete\ndata: \n\n")
        async with connect(f"ws://{url}", subprotocols=[PROTOCOL]) as socket:
            await socket.send('{"type":"connection_init"}')
            assert await socket.recv() == '{"type":"connection_ack"}'
            await socket.send(FOLLOW)
            assert await socket.recv() == '{"id":"1","type":"next","payload":{"data":{"follow":1}}}'
    assert served.graph.sources == 0
