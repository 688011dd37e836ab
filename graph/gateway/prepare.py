"""From a document to something that runs: plan it, and keep with the plan what executing and projecting it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from graph.gateway.assemble import assemble
from graph.gateway.document import Document
from graph.gateway.plan import EntityCall, Fetch, Plan, Target
from graph.gateway.planner import Planner
from graph.gateway.project import Projection, Shape
from graph.gateway.representations import Build, representation_builder
from graph.gateway.routes import Router
from graph.gateway.selection import Collector
from graph.gateway.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class Lookup:
    """An entity call with the functions that represent its targets."""

    call: EntityCall
    targets: tuple[tuple[Target, Build], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A fetch, ready to run."""

    fetch: Fetch
    lookups: tuple[Lookup, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A plan, ready to run, and the shape of the response."""

    plan: Plan
    steps: tuple[Step, ...]
    shape: Shape
    root: str


def prepare(supergraph: Supergraph, router: Router, document: Document, conditions: Mapping[str, object]) -> Program:
    """Plan an operation for these values of its @skip and @include variables; raises UnplannableError."""
    collector = Collector(supergraph, document.fragments, conditions)
    planner = Planner(supergraph, router, collector)
    operation = document.operation
    planner.plan(operation.operation, operation.selection_set)
    plan = assemble(supergraph, operation.operation, planner.fetches, document.declarations)
    root = supergraph.roots[operation.operation]
    shape = Shape(Projection(supergraph, collector), planner.root, root, (operation.selection_set,))
    steps = tuple(
        Step(
            fetch,
            tuple(
                Lookup(call, tuple((target, representation_builder(target)) for target in call.targets))
                for call in fetch.calls
            ),
        )
        for fetch in plan.fetches
    )
    return Program(plan, steps, shape, root)
