"""The supergraph as one Graph: reads an operation, plans it, runs it over a transport, shapes the answer."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from graphql import GraphQLScalarType, SelectionSetNode, execute_sync
from graphql.language import DocumentNode, FieldNode, InlineFragmentNode, SelectionNode

from graph.gateway.document import Document, Documents, RequestRefused
from graph.gateway.execute import Execution
from graph.gateway.join_spec import read_supergraph
from graph.gateway.live import marked
from graph.gateway.plan import Plan
from graph.gateway.planner import UnplannableError
from graph.gateway.prepare import Program, prepare
from graph.gateway.routes import Router
from graph.gateway.supergraph import Supergraph
from graph.gateway.transport import SubgraphOperation, Transport
from graph.lru import Lru
from graph.operation import READ_AND_WRITE, Operation, OperationKind, Result
from resolvers.context import Context

logger = logging.getLogger(__name__)
_META_ROOTS = frozenset({"__schema", "__type"})
_PLAN = "queryPlan"
"""The key in a request's `extensions` that asks for the plan, and in the answer's that holds it."""


def no_one(_: Context) -> bool:
    """Return False, whoever asks."""
    return False


class Gateway:
    """Answers operations on a supergraph; safe for any number of requests at once."""

    def __init__(
        self,
        supergraph: str | Supergraph,
        transport: Transport,
        *,
        scalars: Mapping[str, GraphQLScalarType] | None = None,
        fetch_timeout: float = 10.0,
        max_tokens: int = 10_000,
        cached_operations: int = 1024,
        may_see_plans: Callable[[Context], bool] = no_one,
    ) -> None:
        """`scalars` check values of custom scalars here; `fetch_timeout` is in seconds. Raises SupergraphError.

        Who may see plans gets one in `extensions.queryPlan` by sending `"extensions": {"queryPlan": true}`.
        """
        self.supergraph = read_supergraph(supergraph, scalars) if isinstance(supergraph, str) else supergraph
        self._transport = transport
        self._fetch_timeout = fetch_timeout
        self._may_see_plans = may_see_plans
        self._router = Router(self.supergraph)
        self._documents = Documents(self.supergraph.api, max_tokens=max_tokens, entries=cached_operations)
        self._programs: Lru[tuple[str, str | None, tuple[object, ...]], Program] = Lru(cached_operations, 8_000_000)

    def plan(self, operation: Operation) -> Plan:
        """Return the plan of an operation; `str()` prints it.

        Of its variables only those of @skip and @include matter. Raises RequestRefused where execute would refuse.
        """
        document = self._documents.read(operation.query, operation.name)
        return self._program(operation, document, {**document.defaults, **operation.variables}).plan

    async def execute(
        self, operation: Operation, context: Context, allowed: frozenset[OperationKind] = READ_AND_WRITE
    ) -> Result:
        """Answer a query or mutation; what is not allowed, or wrong, is answered without `data`."""
        try:
            document, program = self._prepare(operation, allowed - {OperationKind.SUBSCRIPTION})
            wants_plan = self._wants_plan(operation, context)
        except RequestRefused as refused:
            return refused.result
        meta = self._introspect(document, operation) if document.introspects else None
        if meta is not None and "errors" in meta:
            return meta
        execution = Execution(program, self._transport, context, operation.variables, self._fetch_timeout)
        result = await execution.run(meta["data"] if meta is not None else None)
        if wants_plan:
            result["extensions"] = {_PLAN: str(program.plan)}
        return result

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        """Open a subscription's stream, or answer any other operation once."""
        try:
            document, program = self._prepare(operation, READ_AND_WRITE | {OperationKind.SUBSCRIPTION})
        except RequestRefused as refused:
            return refused.result
        if document.kind is not OperationKind.SUBSCRIPTION:
            return await self.execute(operation, context)
        source = program.steps[0].fetch
        variables = {name: operation.variables[name] for name in source.variables if name in operation.variables}
        fetch = SubgraphOperation(source.text, variables, source.kind)
        try:
            stream = await self._transport.subscribe(source.subgraph, fetch, context)
        except Exception:
            logger.exception("Subgraph %s failed", source.subgraph)
            message = f"The subgraph {source.subgraph!r} is unavailable; try again later."
            return {"errors": [{"message": message, "extensions": {"code": "UPSTREAM_UNAVAILABLE"}}]}
        if isinstance(stream, dict):
            return stream
        events = self._completed(program, stream, operation.variables, context)
        return marked(events, self.supergraph.api, document, operation.variables)

    async def _completed(
        self, program: Program, stream: AsyncGenerator[Result], variables: Mapping[str, Any], context: Context
    ) -> AsyncGenerator[Result]:
        """Yield each event with the fields of the other subgraphs; each is looked up afresh."""
        async with aclosing(stream) as events:
            async for event in events:
                execution = Execution(program, self._transport, context.fresh(), variables, self._fetch_timeout)
                yield await execution.complete(event)

    def _prepare(self, operation: Operation, allowed: frozenset[OperationKind]) -> tuple[Document, Program]:
        document = self._documents.read(operation.query, operation.name)
        if document.kind not in allowed:
            raise RequestRefused([not_allowed(document.kind)])
        variables = self._documents.variables(document, operation.variables)
        return document, self._program(operation, document, variables)

    def _program(self, operation: Operation, document: Document, variables: Mapping[str, Any]) -> Program:
        """Return the program for these values of the @skip and @include variables, planning it at first sight."""
        values = tuple([bool(variables.get(name)) for name in document.conditions])
        key = (document.text, operation.name, values)
        program = self._programs.get(key)
        if program is None:
            conditions = dict(zip(document.conditions, values, strict=True))
            try:
                program = prepare(self.supergraph, self._router, document, conditions)
            except UnplannableError as error:
                raise RequestRefused([{"message": str(error), "extensions": {"code": "INTERNAL"}}]) from error
            self._programs.put(key, program, program.weight)
        return program

    def _wants_plan(self, operation: Operation, context: Context) -> bool:
        """Return whether the answer is to hold the plan; raise RequestRefused for someone who may not see it."""
        if not operation.extensions.get(_PLAN):
            return False
        if self._may_see_plans(context):
            return True
        message = f"Query plans are for administrators: leave out `extensions.{_PLAN}`."
        raise RequestRefused([{"message": message, "extensions": {"code": "FORBIDDEN"}}])

    def _introspect(self, document: Document, operation: Operation) -> Result:
        """Answer `__schema` and `__type` from the API schema; no subgraph is asked."""
        root = replace(document.operation, selection_set=_meta_only(document, document.operation.selection_set))
        node = DocumentNode(definitions=(root, *document.fragments.values()))
        outcome = execute_sync(self.supergraph.api, node, variable_values=dict(operation.variables))
        if outcome.errors:
            return {
                "errors": [{**error.formatted, "extensions": {"code": "BAD_USER_INPUT"}} for error in outcome.errors]
            }
        return {"data": outcome.data or {}}


def _meta_only(document: Document, selection_set: SelectionSetNode) -> SelectionSetNode:
    """Return a root selection with nothing but its introspection fields; fragments on the root are spread."""
    kept: list[SelectionNode] = []
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            if node.name.value in _META_ROOTS:
                kept.append(node)
            continue
        if isinstance(node, InlineFragmentNode):
            inner = node.selection_set
        else:
            inner = document.fragments[node.name.value].selection_set  # type: ignore[attr-defined]
        kept.append(
            InlineFragmentNode(
                directives=node.directives, selection_set=_meta_only(document, inner), type_condition=None
            )
        )
    return SelectionSetNode(selections=tuple(kept))


def not_allowed(kind: OperationKind) -> dict[str, Any]:
    """Return the request error for a kind of operation that is not answered in this place."""
    how = "subscribe to it over a stream" if kind is OperationKind.SUBSCRIPTION else "send it as a POST request"
    return {
        "message": f"A {kind.value} is not answered here: {how}.",
        "extensions": {"code": "BAD_USER_INPUT", "status": 405},
    }
