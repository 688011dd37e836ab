"""How the gateway reaches a subgraph; here: in this process, without HTTP and without JSON."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Protocol

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    create_source_event_stream,
    parse,
    validate,
)

from graph.engine.executor import Engine
from graph.engine.strawberry_fields import ExecutionContext
from graph.lru import Lru
from graph.operation import OperationKind, Result
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class SubgraphOperation:
    """One operation on one subgraph: its text is the same for every request of the same plan."""

    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    kind: OperationKind = OperationKind.QUERY
    name: str | None = None


class Transport(Protocol):
    """Carries operations to subgraphs. What it returns is read, never changed in place."""

    async def execute(self, subgraph: str, fetch: SubgraphOperation, context: Context) -> Result:
        """Answer a query or mutation of one subgraph; whatever it raises counts as the subgraph being unavailable."""
        ...

    async def subscribe(
        self, subgraph: str, fetch: SubgraphOperation, context: Context
    ) -> Result | AsyncGenerator[Result]:
        """Open a subscription of one subgraph: its events, or a Result without `data` when it was refused.

        Closing the generator ends the subscription.
        """
        ...


class UnknownSubgraphError(LookupError):
    """The supergraph names a subgraph that the transport has never heard of."""


class InProcess:
    """Subgraphs as schemas in this process: a fetch is parsed, validated and compiled once, then only run."""

    def __init__(
        self,
        schemas: Mapping[str, GraphQLSchema],
        format_error: Callable[[GraphQLError], dict[str, Any]],
        *,
        cached_documents: int = 2048,
    ) -> None:
        self._schemas = dict(schemas)
        self._engines = {name: Engine(schema) for name, schema in schemas.items()}
        self._format_error = format_error
        self._mutations: set[asyncio.Future[Result]] = set()
        self._documents: Lru[tuple[str, str], DocumentNode] = Lru(cached_documents)

    async def execute(self, subgraph: str, fetch: SubgraphOperation, context: Context) -> Result:
        """Answer a query or mutation with plain Python objects."""
        schema = self._schema(subgraph)
        document = self._document(subgraph, schema, fetch.text)
        if not isinstance(document, DocumentNode):
            return {"errors": [self._format_error(error) for error in document]}
        answer = self._run(subgraph, document, fetch, context)
        return await (self._to_the_end(answer) if fetch.kind is OperationKind.MUTATION else answer)

    async def _to_the_end(self, answer: Coroutine[Any, Any, Result]) -> Result:
        """Await a mutation that goes on when the client leaves or the time is up: what it commits is also published."""
        task = asyncio.ensure_future(answer)
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def subscribe(
        self, subgraph: str, fetch: SubgraphOperation, context: Context
    ) -> Result | AsyncGenerator[Result]:
        """Open a subscription; each event is resolved with a fresh context, so that no loader serves old data."""
        schema = self._schema(subgraph)
        document = self._document(subgraph, schema, fetch.text)
        if not isinstance(document, DocumentNode):
            return {"errors": [self._format_error(error) for error in document]}
        executor = ExecutionContext.build(
            schema,
            document,
            context_value=context,
            raw_variable_values=dict(fetch.variables),
            operation_name=fetch.name,
        )
        if isinstance(executor, list):
            return {"errors": [self._format_error(error) for error in executor]}
        source = create_source_event_stream(executor)
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            return {"errors": [self._format_error(error) for error in source.errors or ()]}
        return self._events(subgraph, document, source, fetch, context)

    async def _events(
        self,
        subgraph: str,
        document: DocumentNode,
        source: AsyncIterable[Any],
        fetch: SubgraphOperation,
        context: Context,
    ) -> AsyncGenerator[Result]:
        try:
            async for event in source:
                yield await self._run(subgraph, document, fetch, context.fresh(), event)
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    async def _run(
        self, subgraph: str, document: DocumentNode, fetch: SubgraphOperation, context: Context, root: Any = None
    ) -> Result:
        data, errors, executed = await self._engines[subgraph].execute(
            document, fetch.name, fetch.variables, context, root
        )
        result: Result = {"data": data} if executed or not errors else {}
        if errors:
            result["errors"] = [self._format_error(error) for error in errors]
        return result

    def _schema(self, subgraph: str) -> GraphQLSchema:
        try:
            return self._schemas[subgraph]
        except KeyError:
            known = ", ".join(sorted(self._schemas)) or "none"
            raise UnknownSubgraphError(f"There is no subgraph {subgraph!r} in this process; known: {known}.") from None

    def _document(self, subgraph: str, schema: GraphQLSchema, text: str) -> DocumentNode | list[GraphQLError]:
        key = (subgraph, text)
        document = self._documents.get(key)
        if document is not None:
            return document
        try:
            document = parse(text, no_location=True)
        except GraphQLError as error:
            return [error]
        errors = validate(schema, document)
        if errors:
            return errors
        self._documents.put(key, document)
        return document
