"""The floor of the fan-out: `websockets.broadcast` of one ready text, with no GraphQL but the handshake's words."""

import argparse
import itertools
import json

import uvloop
from websockets import Request, Response, Subprotocol
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.datastructures import Headers

from benchmarks.servers import pulse


async def serve_broadcasts(port: int) -> None:
    """Serve for ever."""
    subscribed: set[ServerConnection] = set()
    revisions = itertools.count(pulse.FIRST_REVISION)

    async def converse(socket: ServerConnection) -> None:
        try:
            async for message in socket:
                kind = json.loads(message)["type"]
                if kind == "connection_init":
                    await socket.send('{"type":"connection_ack"}')
                elif kind == "subscribe":
                    subscribed.add(socket)
        finally:
            subscribed.discard(socket)

    def publish(_: ServerConnection, request: Request) -> Response | None:
        if request.path != "/publish":
            return None
        message = {"id": "1", "type": "next", "payload": pulse.as_graphql(next(revisions))}
        broadcast(subscribed, json.dumps(message, separators=(",", ":")))
        return Response(204, "No Content", Headers({"content-length": "0"}))

    async with serve(
        converse,
        "127.0.0.1",
        port,
        process_request=publish,
        subprotocols=[Subprotocol("graphql-transport-ws")],
        compression=None,
    ) as server:
        await server.serve_forever()


def main() -> None:
    """Serve on a port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve_broadcasts(parser.parse_args().port))


if __name__ == "__main__":
    main()
