"""The engine's two doors: `Engine.execute` for whoever holds a document, and graphql-core's executor seam.

Both run the same plans. The seam (`execution_context_class` of a Strawberry schema) keeps everything around execution:
Strawberry's schema extensions, graphql-core's variable coercion and its source streams of subscriptions. The direct
door has nothing around it.
"""

from collections.abc import Awaitable, Iterator, Mapping
from inspect import isawaitable
from typing import Any, ClassVar, Final, NamedTuple, Self, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    default_field_resolver,
    execute,
)
from graphql.execution import Executor
from graphql.execution.executor import default_type_resolver
from graphql.execution.values import VariableValues
from graphql.pyutils.is_awaitable import is_async_iterable
from graphql.type import GraphQLResolveInfoHelpers
from strawberry.execution import optimized_is_awaitable

from graph.engine.cache import Counts, Plans
from graph.engine.collect import Selected
from graph.engine.complete import abandon
from graph.engine.errors import fail_root
from graph.engine.levels import drive
from graph.engine.plan import Plan
from graph.engine.run import Run
from graph.engine.strawberry_fields import ExecutionContext

_PLANS: Final = "_graph_engine_plans"
_NO_VARIABLES: Final = VariableValues({}, {})


class Executed(NamedTuple):
    """What an execution gives: GraphQL's `data`, and its errors (empty when there are none).

    `executed` is False when the request itself was refused – no such operation, a wrong variable – so that there is no
    `data` at all.
    """

    data: dict[str, Any] | None
    errors: list[GraphQLError]
    executed: bool = True


class Engine:
    """Executes operations on one schema, compiled; what it does not compile it leaves to graphql-core and counts."""

    def __init__(self, schema: GraphQLSchema, *, plans: int = 1024) -> None:
        """`plans` is the number of plans that are kept."""
        self._schema = schema
        self._plans = Plans(schema, plans)

    @property
    def counts(self) -> Counts:
        """Return what has been done so far."""
        return self._plans.counts

    def __len__(self) -> int:
        """Return the number of plans that are held."""
        return len(self._plans)

    async def execute(
        self,
        document: DocumentNode,
        operation_name: str | None = None,
        variables: Mapping[str, Any] | None = None,
        context: Any = None,
        root: Any = None,
    ) -> Executed:
        """Execute a valid document's operation; never raises for what a resolver did.

        Keep the document: plans are found by its identity. A subscription is executed as one event, `root`.
        """
        selected = self._plans.selected(document, operation_name)
        if selected is None:
            return await self._by_graphql_core("no such operation", document, operation_name, variables, context, root)
        values = _NO_VARIABLES
        if selected.operation.variable_definitions:
            coerced = selected.variables.read(variables or {})
            if isinstance(coerced, list):
                return Executed(None, coerced, executed=False)
            values = coerced
        plan = self._plans.plan(selected, operation_name, values)
        if isinstance(plan, str):
            return await self._by_graphql_core(plan, document, operation_name, variables, context, root)
        self._plans.counts.executed += 1

        def make_executor() -> Executor[Any]:
            return _bare_executor(self._schema, selected, values, context, root)

        run = Run(context, values, make_executor, optimized_is_awaitable, is_async_iterable)
        for awaited in _steps(run, plan, root, serial=plan.serial):
            await awaited
        return Executed(run.data, run.errors)

    async def _by_graphql_core(
        self,
        reason: str,
        document: DocumentNode,
        operation_name: str | None,
        variables: Mapping[str, Any] | None,
        context: Any,
        root: Any,
    ) -> Executed:
        self._plans.counts.left_to_graphql_core[reason] += 1
        outcome = execute(
            self._schema,
            document,
            root,
            context,
            dict(variables or {}),
            operation_name,
            executor_class=ExecutionContext,
            is_awaitable=cast("Any", optimized_is_awaitable),
        )
        result = await outcome if isawaitable(outcome) else outcome
        refused = result.data is None and all(error.path is None for error in result.errors or ())
        return Executed(result.data, result.errors or [], executed=not refused)


def _steps(run: Run, plan: Plan, source: Any, *, serial: bool) -> Iterator[Awaitable[None]]:
    """Run a plan; yields what must be awaited before going on. The response is in the run at the end."""
    response: dict[str, Any] = {}
    for select in plan.roots(source, serial=serial):
        try:
            run.data = select(source, run, None)
        except Exception as error:
            fail_root(run, error)
        pending, run.pending = run.pending, []
        if run.data is None:
            abandon(run, [entry[1] for entry in pending if entry[0].start is None])
            return
        if pending:
            yield drive(run, pending)
        if run.data is None:
            return
        response.update(run.data)
    run.data = response


class CompiledExecutor(ExecutionContext):
    """Strawberry's execution context with compiled execution: pass the class as `execution_context_class`.

    A document is executed by graphql-core the first time it is seen, so that somebody who parses every request anew
    does not pay for compiling; a subclass may say otherwise. The plans belong to the schema: `plans_of(schema)`.
    """

    patience: ClassVar[int] = 1
    """How many times graphql-core executes a document before it is compiled; 0: it is compiled at first sight."""

    document: DocumentNode | None = None

    @classmethod
    def build(
        cls, schema: GraphQLSchema, document: DocumentNode, *args: Any, **options: Any
    ) -> Self | list[GraphQLError]:
        """Return an executor that knows its document, or the errors of the request."""
        executor = super().build(schema, document, *args, **options)
        if isinstance(executor, list):
            return executor
        built = cast("Self", executor)
        built.document = document
        return built

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Return helpers for resolvers; made when asked for: kept, they would make every executor a reference cycle."""
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, _: GraphQLResolveInfoHelpers) -> None:
        """Drop what graphql-core sets."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Return the result of the operation, or an awaitable of it."""
        plans = plans_of(self.schema)
        plan = self._refusal() or self._plan(plans)
        if isinstance(plan, str):
            plans.counts.left_to_graphql_core[plan] += 1
            return super().execute_operation(serially)
        plans.counts.executed += 1
        run = Run(
            self.context_value,
            self.variable_values,
            lambda: self,
            self.is_awaitable,
            self.is_async_iterable,
            hide_suggestions=self.hide_suggestions,
        )
        steps = _steps(run, plan, self.root_value, serial=plan.serial if serially is None else serially)
        for awaited in steps:
            return self._go_on(run, awaited, steps)
        return ExecutionResult(run.data, run.errors or None)

    async def _go_on(self, run: Run, awaited: Awaitable[None], steps: Iterator[Awaitable[None]]) -> ExecutionResult:
        await awaited
        for one in steps:
            await one
        return ExecutionResult(run.data, run.errors or None)

    def _refusal(self) -> str | None:
        """Return what of the way it is executed the plans do not know; None when there is nothing."""
        if self.abort_signal is not None:
            return "abort signal"
        if self.hooks is not None:
            return "execution hooks"
        if self.middleware_manager is not None and self.middleware_manager.middlewares:
            return "middleware"
        if self.field_resolver is not default_field_resolver or self.type_resolver is not default_type_resolver:
            return "default resolvers of its own"
        return None

    def _plan(self, plans: Plans) -> Plan | str:
        if self.document is None:
            return "executor without its document"
        name = self.operation.name.value if self.operation.name is not None else None
        selected = plans.selected(self.document, name)
        if selected is None or selected.operation is not self.operation:
            return "no such operation"
        return plans.plan(
            selected, name, self.variable_values, hide_suggestions=self.hide_suggestions, patience=self.patience
        )


def plans_of(schema: GraphQLSchema) -> Plans:
    """Return the plans of executors of a schema; they live as long as the schema."""
    attributes = vars(schema)  # not in `schema.extensions`: schemas derived from this one have the same dictionary
    found: Plans | None = attributes.get(_PLANS)
    if found is None:
        found = attributes[_PLANS] = Plans(schema)
    return found


def _bare_executor(
    schema: GraphQLSchema, selected: Selected, variables: VariableValues, context: Any, root: Any
) -> Executor[Any]:
    """Return graphql-core's executor of an operation that was prepared here."""
    return CompiledExecutor(
        schema,
        selected.definitions,
        selected.fragments,
        root,
        context,
        selected.operation,
        variables,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=cast("Any", optimized_is_awaitable),
    )
