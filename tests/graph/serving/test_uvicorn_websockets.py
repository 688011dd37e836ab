"""uvicorn's WebSockets with frames written at once: the same to a client, and nothing where it would not be."""

import asyncio
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from graph.serving.encoding import Answer
from graph.serving.sending import direct
from graph.serving.uvicorn_websockets import DirectWebSockets

LARGE = Answer({"data": "x" * 100_000})


class Echo:
    """An application that writes one frame for each message, and says whether it was taken."""

    def __init__(self) -> None:
        self.taken: list[bool] = []
        self.extensions: dict[str, Any] = {}
        self.left = asyncio.Event()
        self.after: bool | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        write = direct(scope)
        self.extensions = scope["extensions"]
        await receive()
        self.taken.append(write(LARGE.frame(b"too early")))
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            if event["text"] == "flood":
                while self.taken[-1]:
                    self.taken.append(write(LARGE.frame(b"")))
                await send({"type": "websocket.send", "text": "room again"})
            elif event["text"] == "close":
                await send({"type": "websocket.close", "code": 4000})
                self.taken.append(write(LARGE.frame(b"")))
            else:
                self.taken.append(write(Answer({"data": event["text"]}).frame(b"")))
        self.after = write(LARGE.frame(b"too late"))
        self.left.set()


@pytest.fixture
async def echo() -> Echo:
    return Echo()


async def test_a_frame_reaches_the_client(echo, server_runner):
    async with server_runner(echo, ws=DirectWebSockets) as (_, port), connect(f"ws://127.0.0.1:{port}") as socket:
        for text in ("a", "é" * 100, "b" * 70_000):
            await socket.send(text)
            assert await asyncio.wait_for(socket.recv(), 10) == f'{{"data":"{text}"}}}}'
    await asyncio.wait_for(echo.left.wait(), 10)
    assert echo.taken == [False, True, True, True], "before the handshake it would be no frame"
    assert echo.after is False


async def test_a_client_that_does_not_read_fills_its_buffer_and_no_more(echo, server_runner):
    async with (
        server_runner(echo, ws=DirectWebSockets) as (_, port),
        connect(f"ws://127.0.0.1:{port}", max_queue=1) as socket,
    ):
        await socket.send("a")
        await socket.recv()
        await socket.send("flood")
        received = 0
        while (message := await asyncio.wait_for(socket.recv(), 10)) != "room again":
            assert message == LARGE.text(b"")
            received += 1
        assert received == len(echo.taken) - 3
        await socket.send("b")
        assert await asyncio.wait_for(socket.recv(), 10) == '{"data":"b"}}'


async def test_nothing_follows_a_close(echo, server_runner):
    async with server_runner(echo, ws=DirectWebSockets) as (_, port), connect(f"ws://127.0.0.1:{port}") as socket:
        await socket.send("close")
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4000
    assert echo.taken == [False, False]


async def test_a_compressed_connection_is_left_to_uvicorn(echo, server_runner):
    async with (
        server_runner(echo, ws=DirectWebSockets, ws_per_message_deflate=True) as (_, port),
        connect(f"ws://127.0.0.1:{port}", compression="deflate") as socket,
    ):
        await socket.send("a")
        await socket.send("close")
        await asyncio.wait_for(socket.wait_closed(), 10)
    assert echo.taken == [False, False, False]
    assert list(echo.extensions) == ["websocket.http.response"]


async def test_a_handshake_that_is_none_is_refused(echo, server_runner, caplog):
    async with server_runner(echo, ws=DirectWebSockets) as (_, port):
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://127.0.0.1:{port}", additional_headers={"Sec-WebSocket-Version": "1"}):
                pass
    assert "Fatal error" not in caplog.text


def test_it_is_a_class_uvicorn_takes():
    config = uvicorn.Config("x:y", ws=DirectWebSockets)
    config.load_app = lambda: None  # type: ignore[method-assign, assignment, return-value]
    config.load()
    assert config.ws_protocol_class is DirectWebSockets
