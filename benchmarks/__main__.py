"""`make bench`: ours and its peers in turn on this machine, the same data and questions, as a table and a plot.

Each server is started once, its answers are compared with ours, and then all are put under load one after the other,
round after round. What it writes: results.json, table.md and plot.svg.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import data, supergraph
from benchmarks.contenders import (
    EVENT,
    OUR_SUBGRAPHS_PORT,
    STOCK_SUBGRAPHS_PORT,
    Contender,
    contenders,
)
from benchmarks.measure import Series, measure, same_answers, start
from benchmarks.plot import svg
from benchmarks.processes import Processes
from benchmarks.report import as_json, markdown
from benchmarks.servers import pulse, schemas
from benchmarks.workloads import FANOUT, Group, Workload, workloads
from benchmarks.workspace import DATA, FANOUT_SDL, PEERS, SINGLE_SDL, WORKSPACE

_NAMES = ("one", "page", "hundred", "fanout", "federation")


def main() -> None:
    """Measure, and print and write what came of it."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # the servers are stopped on the way out
    WORKSPACE.mkdir(parents=True, exist_ok=True)
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)  # noqa: E731 – one line
    found = data.write(DATA)
    chosen = [one for one in workloads(found) if one.name in options.only or one.group in options.only]
    if not _install_peers(say):
        say("without Node and npm, only the Python servers are measured")
    _write_schemas({workload.group for workload in chosen})
    series: list[Series] = []
    with Processes(WORKSPACE / "logs") as processes:
        for group in dict.fromkeys(workload.group for workload in chosen):
            wanted = [one for one in contenders() if one.group is group and _is_wanted(one, options.peers)]
            started = start(processes, wanted, say)
            for workload in (one for one in chosen if one.group is group):
                series += _measured(processes, workload, started, options, say)
    if not series:
        raise SystemExit("Nothing was measured.")
    _write(series, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", type=_names, default=_NAMES, help=f"of {', '.join(_NAMES)}; by commas")
    parser.add_argument("--peers", type=_words, default=(), help="parts of peers' names, by commas; all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of load on one server in one round")
    parser.add_argument("--warm-up", type=float, default=1, help="seconds before each sample, not counted")
    parser.add_argument("--out", type=Path, default=WORKSPACE, help="folder for results.json, table.md, plot.svg")
    return parser.parse_args()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _names(text: str) -> tuple[str, ...]:
    names = _words(text)
    unknown = set(names) - {*_NAMES, "single", "federated-page", "me"}
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(_NAMES)}")
    return names


def _is_wanted(contender: Contender, peers: tuple[str, ...]) -> bool:
    return contender.ours or not peers or any(peer.lower() in contender.name.lower() for peer in peers)


def _install_peers(say: Callable[[str], None]) -> bool:
    """Install the peers' packages where they are not, without running their scripts; return whether there is Node."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return False
    if not (PEERS / "node_modules").is_dir():
        say("installing the peers (npm ci) …")
        subprocess.run((npm, "ci", "--ignore-scripts"), cwd=PEERS, check=True)
    return True


def _write_schemas(groups: set[Group]) -> None:
    """Write what servers read besides the data."""
    if Group.SINGLE in groups:
        SINGLE_SDL.write_text(schemas.single_schema().as_str(), "utf-8")
    if Group.FANOUT in groups:
        event = pulse.as_graphql(pulse.FIRST_REVISION)["data"]["pulse"]
        EVENT.write_text(json.dumps(event), "utf-8")
        FANOUT_SDL.write_text(pulse.SDL, "utf-8")
    if Group.FEDERATION in groups:
        sdls = schemas.subgraph_sdls()
        supergraph.compose("stock", sdls, f"http://127.0.0.1:{STOCK_SUBGRAPHS_PORT}")
        supergraph.compose("ours", sdls, f"http://127.0.0.1:{OUR_SUBGRAPHS_PORT}")


def _measured(
    processes: Processes, workload: Workload, started: list[Contender], options: Any, say: Callable[[str], None]
) -> list[Series]:
    able = started if workload is FANOUT else same_answers(workload, started, say)
    return measure(
        processes,
        workload,
        able,
        rounds=options.rounds,
        seconds=options.seconds,
        warm_up=options.warm_up,
        say=say,
    )


def _write(series: list[Series], options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    table = markdown(series, options.rounds, options.seconds)
    (options.out / "table.md").write_text(table, "utf-8")
    (options.out / "results.json").write_text(as_json(series, options.rounds, options.seconds), "utf-8")
    (options.out / "plot.svg").write_text(svg(series), "utf-8")
    print(table)
    print(f"Written: {options.out}/table.md, results.json, plot.svg")


if __name__ == "__main__":
    main()
