"""Many subscribers of one server on plain sockets: lean enough to keep up with the fastest server there is."""

import base64
import json
import os
import selectors
import socket
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

_PROTOCOL: Final = "graphql-transport-ws"
_PING, _PONG, _CLOSE, _TEXT = 0x9, 0xA, 0x8, 0x1
_SUBSCRIBE: Final = {
    "id": "1",
    "type": "subscribe",
    "payload": {"query": "subscription { pulse { revision occurredAt kind titleId titleName deviceId note } }"},
}


class DeafError(RuntimeError):
    """The server refused a subscriber, or did not deliver in time."""


@dataclass(slots=True)
class _Subscriber:
    """One WebSocket; text frames are counted, pings answered."""

    socket: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    received: int = 0
    last: bytes = b""

    def read(self) -> int:
        """Take what has arrived; return how many text frames became whole. Raises DeafError at the end."""
        data = self.socket.recv(65_536)
        if not data:
            raise DeafError("The server ended a subscription.")
        buffer = self.buffer
        buffer += data
        whole = 0
        while (frame := _frame(buffer)) is not None:
            opcode, start, end = frame
            if opcode == _TEXT:
                whole += 1
                self.last = bytes(buffer[start:end])
            elif opcode == _PING:
                self.socket.sendall(_masked(_PONG, bytes(buffer[start:end])))
            elif opcode == _CLOSE:
                raise DeafError(f"The server closed a subscription: {bytes(buffer[start + 2 : end])!r}")
            del buffer[:end]
        self.received += whole
        return whole


class Subscribers:
    """Open subscriptions; use it with `with`."""

    def __init__(self, port: int, count: int) -> None:
        """Subscribe `count` times, each on a connection of its own."""
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._all = [self._subscribe() for _ in range(count)]
        self._control = socket.create_connection(("127.0.0.1", port))
        for subscriber in self._all:
            subscriber.socket.setblocking(False)
            self._selector.register(subscriber.socket, selectors.EVENT_READ, subscriber)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for subscriber in self._all:
            subscriber.socket.close()
        self._control.close()
        self._selector.close()

    def warm_up(self, patience: float = 20) -> dict[str, Any]:
        """Publish until everybody has heard something; return the last message of the last subscriber."""
        end = time.monotonic() + patience
        while any(not subscriber.received for subscriber in self._all):
            if time.monotonic() > end:
                raise DeafError("Some subscribers heard nothing.")
            self._publish()
            self._listen(len(self._all), 0.5)
        self._listen(len(self._all), 0.5)
        message: dict[str, Any] = json.loads(self._all[-1].last)
        return message

    def run(self, seconds: float) -> tuple[int, float]:
        """Publish one event after the other, each when all have heard the one before.

        Returns how many messages arrived in how many seconds; raises DeafError.
        """
        started = time.perf_counter()
        messages = 0
        while time.perf_counter() - started < seconds:
            self._publish()
            heard = self._listen(len(self._all), 10)
            if heard != len(self._all):
                raise DeafError(f"{heard} of {len(self._all)} subscribers heard an event.")
            messages += heard
        return messages, time.perf_counter() - started

    def _listen(self, wanted: int, patience: float) -> int:
        """Return how many messages arrived: `wanted`, or fewer when the patience (seconds) is over."""
        heard, end = 0, time.monotonic() + patience
        while heard < wanted:
            ready = self._selector.select(max(0.0, end - time.monotonic()))
            if not ready:
                break
            for key, _ in ready:
                heard += key.data.read()
        return heard

    def _publish(self) -> None:
        request = b"GET /publish HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
        try:
            self._control.sendall(request)
            answer = self._control.recv(4096)
        except OSError:
            answer = b""
        if not answer:  # a server that closes after each answer
            self._control.close()
            self._control = socket.create_connection(("127.0.0.1", self._port))
            self._control.sendall(request)
            answer = self._control.recv(4096)
        if b" 204 " not in answer.split(b"\r\n")[0]:
            raise DeafError(f"The server did not publish: {answer[:80]!r}")
        if b"connection: close" in answer.lower():
            self._control.close()
            self._control = socket.create_connection(("127.0.0.1", self._port))

    def _subscribe(self) -> _Subscriber:
        opened = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        opened.sendall(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {_PROTOCOL}\r\n\r\n"
            "".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += opened.recv(1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise DeafError(f"No WebSocket: {head[:80]!r}")
        subscriber = _Subscriber(opened)
        opened.sendall(_masked(_TEXT, b'{"type":"connection_init"}'))
        while not subscriber.read():
            pass
        if b"connection_ack" not in subscriber.last:
            raise DeafError(f"No connection_ack: {subscriber.last[:80]!r}")
        subscriber.received = 0
        opened.sendall(_masked(_TEXT, json.dumps(_SUBSCRIBE).encode()))
        return subscriber


def _frame(buffer: bytearray) -> tuple[int, int, int] | None:
    """Return opcode, start and end of the payload of the first frame; None when it is not whole (RFC 6455, 5.2)."""
    if len(buffer) < 2:
        return None
    start, length = 2, buffer[1] & 0x7F
    if length == 126:
        start, length = 4, int.from_bytes(buffer[2:4], "big")
    elif length == 127:
        start, length = 10, int.from_bytes(buffer[2:10], "big")
    end = start + length
    return (buffer[0] & 0x0F, start, end) if len(buffer) >= end else None


def _masked(opcode: int, payload: bytes) -> bytes:
    """Return a client's frame, masked with zeros: allowed, and free."""
    length = len(payload)
    head = bytes([0x80 | opcode, 0x80 | length]) if length < 126 else bytes([0x80 | opcode, 0xFE]) + length.to_bytes(2)
    return head + bytes(4) + payload
