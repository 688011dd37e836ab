"""Who is compared: ours and its peers, and how each is started."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.processes import Server
from benchmarks.workloads import Group
from benchmarks.workspace import DATA, FANOUT_SDL, PEERS, SINGLE_SDL, WORKSPACE

FIRST_PORT: Final = 4700
EVENT: Final = WORKSPACE / "event.json"
STOCK_SUBGRAPHS_PORT: Final = FIRST_PORT + 21
OUR_SUBGRAPHS_PORT: Final = FIRST_PORT + 22
GRAFBASE: Final = PEERS / "node_modules" / "@grafbase" / "cli-x86_64-unknown-linux-musl" / "grafbase"
HIVE: Final = PEERS / "node_modules" / ".bin" / "hive-gateway"


@dataclass(frozen=True, slots=True)
class Contender:
    """A server under load, and what works behind it: its CPU time counts too."""

    name: str
    group: Group
    server: Server
    behind: tuple[Server, ...] = ()
    ours: bool = False
    """The one the others are compared with."""

    @property
    def servers(self) -> tuple[Server, ...]:
        """All its processes; those behind are to be started first."""
        return (*self.behind, self.server)

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server.port}/graphql"


def contenders() -> list[Contender]:
    """Return everybody; ours first in each group."""
    return [*_single(), *_fanout(), *_federation()]


def _python(name: str, port: int, *arguments: str, ready_path: str | None = "/graphql") -> Server:
    command = (sys.executable, "-m", f"benchmarks.servers.{arguments[0]}", *arguments[1:], "--port", str(port))
    return Server(name, command, port, ready_path=ready_path)


def _node(name: str, port: int, *arguments: str, ready_path: str | None = "/graphql", **environment: str) -> Server:
    variables = {"NODE_ENV": "production", **environment}
    return Server(name, ("node", *arguments), port, PEERS, tuple(variables.items()), ready_path)


def _single() -> list[Contender]:
    place = {"BENCH_SDL": str(SINGLE_SDL), "BENCH_DATA": str(DATA)}
    servers = [
        ("Media Gateway", _python("ours", FIRST_PORT, "ours", "single")),
        ("Strawberry", _python("strawberry", FIRST_PORT + 1, "stock", "single")),
        ("Apollo Server", _node("apollo", FIRST_PORT + 2, "apollo.mjs", str(FIRST_PORT + 2), **place)),
        ("GraphQL Yoga", _node("yoga", FIRST_PORT + 3, "yoga.mjs", str(FIRST_PORT + 3), **place)),
        ("Mercurius", _node("mercurius", FIRST_PORT + 4, "mercurius.mjs", str(FIRST_PORT + 4), **place)),
        ("Mercurius + JIT", _node("jit", FIRST_PORT + 5, "mercurius.mjs", str(FIRST_PORT + 5), "--jit", **place)),
    ]
    return [Contender(name, Group.SINGLE, server, ours=server.name == "ours") for name, server in servers]


def _fanout() -> list[Contender]:
    port = FIRST_PORT + 10
    place = {"BENCH_SDL": str(FANOUT_SDL), "BENCH_EVENT": str(EVENT)}
    servers = [
        ("Media Gateway", _python("ours-fanout", port, "ours", "fanout", ready_path=None)),
        ("websockets.broadcast", _python("broadcast", port + 1, "broadcast", ready_path=None)),
        ("graphql-ws (Node)", _node("graphql-ws", port + 2, "fanout.mjs", str(port + 2), ready_path=None, **place)),
        ("Strawberry", _python("strawberry-fanout", port + 3, "stock", "fanout", ready_path=None)),
    ]
    return [Contender(name, Group.FANOUT, server, ours=server.name == "ours-fanout") for name, server in servers]


def supergraph_of(subgraphs: str) -> Path:
    """Return where the supergraph over `stock` or `ours` subgraphs is composed to."""
    return WORKSPACE / subgraphs / "supergraph.graphql"


def _federation() -> list[Contender]:
    command, sdl = str(Path(sys.executable).with_name("media-gateway")), str(supergraph_of("ours"))
    alone = _python("ours-gateway", FIRST_PORT + 20, "ours", "gateway", "--supergraph", str(supergraph_of("ours")))
    stock = _python("stock-subgraphs", STOCK_SUBGRAPHS_PORT, "stock", "subgraphs", ready_path="/users/graphql")
    ours = _python("our-subgraphs", OUR_SUBGRAPHS_PORT, "ours", "subgraphs", ready_path="/users/graphql")
    over_http = Server(
        "ours-over-http",
        (command, "gateway", "--supergraph", sdl, "--port", str(FIRST_PORT + 23), "--forward-authorization", "*"),
        FIRST_PORT + 23,
        environment=(("LOG_LEVEL", "WARNING"),),
    )
    found = [
        Contender("Media Gateway, one process", Group.FEDERATION, alone, ours=True),
        Contender("Media Gateway, our subgraphs by HTTP", Group.FEDERATION, over_http, (ours,)),
    ]
    for number, (name, behind) in enumerate({"stock": stock, "ours": ours}.items()):
        shown = "Strawberry" if name == "stock" else "our"
        found += [
            Contender(f"{router}, {shown} subgraphs", Group.FEDERATION, server, (behind,))
            for router, server in _routers(name, FIRST_PORT + 30 + 10 * number)
        ]
    return found


def _routers(subgraphs: str, port: int) -> list[tuple[str, Server]]:
    supergraph = str(supergraph_of(subgraphs))
    hive = (str(HIVE.resolve()), "-c", "hive-gateway.config.mjs", "supergraph")
    place = {"BENCH_SUPERGRAPH": supergraph}
    config, home = WORKSPACE / subgraphs / "grafbase.toml", WORKSPACE / "grafbase-home"
    grafbase = (str(GRAFBASE), "dev", "-c", str(config), "--listen-address", f"127.0.0.1:{port + 3}")
    return [
        ("Apollo Gateway", _node(f"apollo-{subgraphs}", port, "apollo-gateway.mjs", supergraph, str(port))),
        (
            "Hive Gateway",
            _node(f"hive-{subgraphs}", port + 1, *hive, **place, BENCH_PORT=str(port + 1)),
        ),
        (
            "Hive Gateway (Rust)",
            _node(f"hive-rust-{subgraphs}", port + 2, *hive, **place, BENCH_PORT=str(port + 2), BENCH_RUST="1"),
        ),
        (
            "Grafbase",
            Server(f"grafbase-{subgraphs}", grafbase, port + 3, WORKSPACE, (("HOME", str(home)),)),
        ),
    ]
