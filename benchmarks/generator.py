"""Stands in for wrk where there is none: keeps connections busy for a while and prints the same JSON."""

import argparse
import asyncio
import json
import random
import statistics
import time
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop


class Connection(asyncio.Protocol):
    """One request after the other on one connection."""

    def __init__(self, requests: list[bytes], latencies: list[float], dice: random.Random) -> None:
        self.failed = 0
        self._requests = requests
        self._latencies = latencies
        self._dice = dice
        self._body: list[bytes] = []
        self._stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 – asyncio's signature
        """Count a connection that the server ended."""
        if not self._stopped:
            self.failed += 1

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Count the answer and ask again."""
        self._latencies.append(time.perf_counter() - self._asked)
        if self._parser.get_status_code() != 200 or b'"errors"' in b"".join(self._body):
            self.failed += 1
        if not self._stopped:
            self._ask()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped = True
        self._transport.abort()

    def _ask(self) -> None:
        self._body.clear()
        self._parser = httptools.HttpResponseParser(self)
        self._asked = time.perf_counter()
        self._transport.write(self._dice.choice(self._requests))


async def generate(url: str, lines: list[str], connections: int, seconds: float) -> dict[str, float]:
    """Return how many requests were answered in how many seconds, how fast, and how many failed."""
    place = urlsplit(url)
    host, port = place.hostname or "127.0.0.1", place.port or 80
    requests = [_request(place.path, place.netloc, line) for line in lines]
    latencies: list[float] = []
    dice = random.Random()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    opened = [
        (await loop.create_connection(lambda: Connection(requests, latencies, dice), host, port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    elapsed = time.perf_counter() - started
    for connection in opened:
        connection.stop()
    cuts = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else [0.0] * 99
    return {
        "requests": len(latencies),
        "seconds": elapsed,
        "p50_ms": cuts[49] * 1000,
        "p99_ms": cuts[98] * 1000,
        "failed": sum(connection.failed for connection in opened),
    }


def _request(path: str, host: str, line: str) -> bytes:
    authorization, _, body = line.partition("\t")
    content = body.encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
    if authorization:
        head += f"Authorization: {authorization}\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def main() -> None:
    """Generate load and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("requests", type=Path)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    lines = options.requests.read_text("utf-8").splitlines()
    print(json.dumps(uvloop.run(generate(options.url, lines, options.connections, options.seconds))))


if __name__ == "__main__":
    main()
