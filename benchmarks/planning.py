"""`python -m benchmarks.planning FILE`: CPU time of parsing, validating and planning the operations of a document."""

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    parse,
    print_ast,
    validate,
)
from rich.console import Console
from rich.table import Table

from graph.compose.files import supergraph_sdl
from graph.gateway.document import Documents
from graph.gateway.join_spec import read_supergraph
from graph.gateway.prepare import prepare
from graph.gateway.routes import Router
from graph.gateway.supergraph import Supergraph

OPERATIONS = Path(__file__).parents[2] / "shared" / "contract" / "operations.graphql"


@dataclass(frozen=True, slots=True)
class Timing:
    """Process time of one step in microseconds, garbage collection included."""

    best: float
    median: float

    def __str__(self) -> str:
        return f"{self.best:,.0f} / {self.median:,.0f}"


def timed(run: Callable[[], object], rounds: int) -> Timing:
    """Run something often, after once to warm up."""
    run()
    gc.collect()
    samples = []
    for _ in range(rounds):
        started = time.process_time_ns()
        run()
        samples.append((time.process_time_ns() - started) / 1000)
    return Timing(min(samples), statistics.median(samples))


def operations(text: str) -> dict[str, str]:
    """Return each named operation of a document as a text of its own, with the fragments it uses."""
    document = parse(text)
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    found = {}
    for part in document.definitions:
        if isinstance(part, OperationDefinitionNode) and part.name:
            used = dict.fromkeys(spreads(part, fragments))
            found[part.name.value] = print_ast(DocumentNode(definitions=(part, *[fragments[name] for name in used])))
    return found


def spreads(node: Node, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    """Yield the names of all fragments that a node spreads, directly or not."""
    selection_set = getattr(node, "selection_set", None)
    for selection in selection_set.selections if selection_set else ():
        if isinstance(selection, FragmentSpreadNode):
            yield selection.name.value
            yield from spreads(fragments[selection.name.value], fragments)
        else:
            yield from spreads(selection, fragments)


def row(supergraph: Supergraph, router: Router, name: str, text: str, rounds: int) -> list[str] | None:
    """Measure one operation; None for one that the schema does not answer yet."""
    node = parse(text)
    if validate(supergraph.api, node):
        return None
    document = Documents(supergraph.api).read(text, name)
    included = dict.fromkeys(document.conditions, True)
    plan = timed(lambda: prepare(supergraph, router, document, included), rounds)
    fetches = len(prepare(supergraph, router, document, included).plan.fetches)
    parsing = timed(lambda: parse(text), max(10, rounds // 10))
    validating = timed(lambda: validate(supergraph.api, node), max(10, rounds // 10))
    return [name, str(fetches), str(parsing), str(validating), str(plan)]


def main() -> None:
    """Measure and print a table: best / median of many rounds."""
    parser = argparse.ArgumentParser(prog="benchmarks.planning", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=OPERATIONS, help="a document of named operations")
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    if not options.file.is_file():
        parser.exit(1, f"There is no {options.file}: name a file of operations.\n")
    supergraph = read_supergraph(supergraph_sdl())
    router = Router(supergraph)
    table = Table(
        "operation",
        "fetches",
        "parse µs",
        "validate µs",
        "plan µs",
        title="CPU time, best / median",
        caption="plan: from a valid document to a program ready to run, nothing of the operation cached",
    )
    skipped = []
    for name, text in operations(options.file.read_text("utf-8")).items():
        cells = row(supergraph, router, name, text, options.rounds)
        if cells is None:
            skipped.append(name)
        else:
            table.add_row(*cells)
    console = Console()
    console.print(table)
    if skipped:
        console.print(f"Not answered by this schema: {', '.join(skipped)}.")


if __name__ == "__main__":
    main()
