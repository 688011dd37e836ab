"""From a document to something that runs: plan it, and keep with the plan what executing and projecting it needs."""

from collections.abc import Mapping
from typing import NamedTuple

from graph.gateway.assemble import assemble
from graph.gateway.document import Document, RequestRefused
from graph.gateway.plan import EntityCall, Fetch, Plan, Target
from graph.gateway.planner import Planner
from graph.gateway.project import Projection, Shape
from graph.gateway.representations import Build, representation_builder
from graph.gateway.routes import Router
from graph.gateway.selection import OperationTooLargeError
from graph.gateway.supergraph import Supergraph
from graph.operation import OperationKind


class Lookup(NamedTuple):
    """An entity call with the functions that represent its targets."""

    call: EntityCall
    targets: tuple[tuple[Target, Build], ...]
    repeats: tuple[str, str] | None
    """Subgraph and selection, where another fetch of the plan asks for the same: what one was answered, the other
    need not ask for."""


class Step(NamedTuple):
    """A fetch, ready to run."""

    fetch: Fetch
    lookups: tuple[Lookup, ...]


class Program(NamedTuple):
    """A plan, ready to run, and the shape of the response."""

    plan: Plan
    steps: tuple[Step, ...]
    shape: Shape
    root: str

    @property
    def weight(self) -> int:
        """The characters of all fetches: a short operation can have a long plan."""
        return sum([len(fetch.text) for fetch in self.plan.fetches])


def prepare(supergraph: Supergraph, router: Router, document: Document, conditions: Mapping[str, object]) -> Program:
    """Plan an operation for these values of its @skip and @include variables.

    Raises UnplannableError, and RequestRefused for an operation that is too large or nested too deeply to be planned.
    """
    collector = router.collector(document.fragments, conditions)
    planner = Planner(supergraph, router, collector)
    operation = document.operation
    try:
        planner.plan(operation.operation, operation.selection_set)
        plan = assemble(supergraph, document.kind, planner.fetches, document.declarations)
    except OperationTooLargeError as error:
        raise RequestRefused([{"message": str(error), "extensions": {"code": "COST_LIMIT"}}]) from error
    except RecursionError as error:
        message = "The operation is nested too deeply to be planned."
        raise RequestRefused([{"message": message, "extensions": {"code": "COST_LIMIT"}}]) from error
    root = supergraph.roots[operation.operation]
    shape = Shape(Projection(supergraph, collector), planner.root, root, (operation.selection_set,))
    repeated = _repeated(plan)
    return Program(plan, tuple([_step(fetch, repeated) for fetch in plan.fetches]), shape, root)


def _repeated(plan: Plan) -> frozenset[tuple[str, str]]:
    """Return subgraph and selection of the entity calls that stand in more than one fetch.

    None of a mutation: what its fields change may be asked for before and after.
    """
    if plan.kind is OperationKind.MUTATION:
        return frozenset()
    asked = [(fetch.subgraph, call.selection) for fetch in plan.fetches for call in fetch.calls]
    return frozenset([one for one in asked if asked.count(one) > 1]) if len(asked) > 1 else frozenset()


def _step(fetch: Fetch, repeated: frozenset[tuple[str, str]]) -> Step:
    lookups = []
    for call in fetch.calls:
        targets = tuple([(target, representation_builder(target)) for target in call.targets])
        asked = fetch.subgraph, call.selection
        lookups.append(Lookup(call, targets, asked if asked in repeated else None))
    return Step(fetch, tuple(lookups))
