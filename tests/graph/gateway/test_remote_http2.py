"""Subgraphs over TLS: fetches share one HTTP/2 connection where it is offered; a foreign certificate ends it."""

import asyncio
import ssl
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from graph.context import forwarding_context
from graph.gateway.places import RemoteSubgraph
from graph.gateway.remote import Remote
from graph.gateway.transport import SubgraphOperation

ROOT = Path(__file__).parents[3]


async def whoami(scope: Any, receive: Any, send: Any) -> None:
    """A subgraph that answers with the protocol and the connection a fetch came by; run by a server of its own."""
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        body = b'{"data":{"version":"%s","connection":%d}}' % (scope["http_version"].encode(), scope["client"][1])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def over_tls(authority: trustme.CA, folder: Path) -> AsyncIterator[str]:
    certificate = authority.issue_cert("127.0.0.1")
    key, chain = folder / "key.pem", folder / "chain.pem"
    certificate.private_key_pem.write_to_path(key)
    certificate.cert_chain_pems[0].write_to_path(chain)
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hypercorn", "tests.graph.gateway.test_remote_http2:whoami"),
        *("--bind", "127.0.0.1:0", "--keyfile", key, "--certfile", chain, "--error-logfile", "-", "--workers", "0"),
        cwd=ROOT,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        assert server.stdout is not None
        async with asyncio.timeout(30):
            while b"Running on" not in (line := await server.stdout.readline()):
                assert line, "the server ended"
        yield line.decode().split("Running on ")[1].split()[0] + "/graphql"
    finally:
        server.kill()
        await server.wait()


async def test_http_2_where_it_is_offered(tmp_path: Path) -> None:
    authority, trusting, nobody = trustme.CA(), ssl.create_default_context(), forwarding_context({})
    authority.configure_trust(trusting)
    async with (
        over_tls(authority, tmp_path) as url,
        Remote({"it": RemoteSubgraph(url)}, trusting) as remote,
    ):
        first = await remote.execute("it", SubgraphOperation("{ version connection }"), nobody)
        fetches = [SubgraphOperation(f"{{ version connection number{number}: version }}") for number in range(8)]
        answered = await asyncio.gather(*(remote.execute("it", one, nobody) for one in fetches))
    assert first["data"]["version"] == "2"
    assert answered == [first] * 8


async def test_a_certificate_of_nobody_we_know_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with over_tls(trustme.CA(), tmp_path) as url, Remote({"it": RemoteSubgraph(url)}) as remote:
        answer = await remote.execute("it", SubgraphOperation("{ version }"), forwarding_context({}))
    assert answer["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
