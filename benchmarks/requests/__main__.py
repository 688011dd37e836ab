"""`python -m benchmarks.requests`: counts the subgraph requests of two gateways for the same operations.

    python -m benchmarks.requests --audit http://127.0.0.1:4300 --audit-command 'COMMAND' --hive 'COMMAND'
    python -m benchmarks.requests --own --hive 'COMMAND'

Commands of gateways have {supergraph} and {port}. Exit code 1: an operation takes us more requests than the other.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks.requests.audit import audit_suites
from benchmarks.requests.compare import Gateway, Observed, Suites, observe
from benchmarks.requests.own import own_suites
from benchmarks.requests.processes import NotStartedError
from benchmarks.requests.report import case, counts, more, summary

OURS = f"{sys.executable} -m graph.cli gateway --supergraph {{supergraph}} --port {{port}}"
_NAMES = ("Media Gateway", "Hive Gateway")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.requests", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--audit", metavar="URL", help="the subgraph server of the federation gateway audit")
    what.add_argument("--own", action="store_true", help="our graph with the operations of the contract")
    parser.add_argument("--audit-command", metavar="COMMAND", help="starts that server, anew for each gateway")
    parser.add_argument("--suites", default="", metavar="A,B", help="only these suites of the audit")
    parser.add_argument("--ours", default=OURS, metavar="COMMAND", help="our gateway (default: %(default)s)")
    parser.add_argument("--hive", required=True, metavar="COMMAND", help="Hive Gateway, or whatever is compared")
    parser.add_argument("--port", type=int, default=4300, help="the first of ten ports in a row that are used")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the table is written (default: printed)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where every request of both is written, as JSON")
    return parser.parse_args()


async def _observed(
    gateway: Gateway, suites: Suites, folder: Path, ports: tuple[int, int], progress: Console
) -> dict[str, Observed]:
    found = {}
    environment = {"MEDIA_GATEWAY_HOME": str(folder)}
    async for name, one in observe(gateway, suites, folder, ports, environment):
        found[name] = one
        progress.print(f"{gateway.name}: {name} {len(one.requests)}", highlight=False)
    return found


async def _compare(options: argparse.Namespace, folder: Path, progress: Console) -> list[dict[str, Observed]]:
    suites: Suites
    if options.own:
        suites = partial(own_suites, folder, options.port + 2)
    else:
        only = frozenset(filter(None, options.suites.split(",")))
        suites = partial(audit_suites, options.audit, options.audit_command, only, folder / "audit.log")
    return [
        await _observed(Gateway(name, command), suites, folder, (options.port, options.port + 1), progress)
        for name, command in zip(_NAMES, (options.ours, options.hive), strict=True)
    ]


def main() -> int:
    """Compare, write the table, and return the exit code."""
    options = _options()
    progress = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="media-gateway-requests-", ignore_cleanup_errors=True) as folder:
        try:
            ours, theirs = asyncio.run(_compare(options, Path(folder), progress))
        except NotStartedError as error:
            progress.print(str(error), markup=False, highlight=False)
            return 2
    worse = more(ours, theirs)
    cases = [case(name, ours[name], theirs[name], _NAMES) for name in worse]
    text = "\n\n".join([summary(ours, theirs), counts(ours, theirs, _NAMES), *cases]) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, "utf-8")
    if options.log is not None:
        log = {name: [asdict(ours[name]), asdict(theirs[name])] for name in ours}
        options.log.write_text(json.dumps(log, indent=1), "utf-8")
    progress.print(summary(ours, theirs), highlight=False)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
