"""One execution: what its resolvers are given, what is still awaited, what has failed."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError, GraphQLNamedType, GraphQLObjectType, GraphQLResolveInfo
from graphql.execution import Executor
from graphql.execution.values import VariableValues

from graph.engine.fields import Field, Late
from graph.engine.paths import Keys, Link, field_path, keys_of

Waiting = tuple[Late, Any, "dict[str, Any] | None", Link]
"""A position whose value is awaited: how it goes on, what was kept for its start (a source or an awaitable), the
object its value goes into (None: found by the path), and the path."""


class Pending:
    """Stands in the response where a value is still awaited."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<pending>"


PENDING = Pending()


class Raised:
    """What a resolver has raised, carried to where the value is completed."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class Run:
    """One execution of one plan; use it once."""

    __slots__ = (
        "_executor",
        "_make_executor",
        "arguments",
        "context",
        "data",
        "errors",
        "hide_suggestions",
        "is_async_iterable",
        "is_awaitable",
        "nulled",
        "pending",
        "variables",
    )

    def __init__(
        self,
        context: Any,
        variables: VariableValues,
        make_executor: Callable[[], Executor[Any]],
        is_awaitable: Callable[[Any], bool],
        is_async_iterable: Callable[[Any], bool],
        *,
        hide_suggestions: bool = False,
    ) -> None:
        """`make_executor` is called when a resolver wants the whole GraphQLResolveInfo, at most once."""
        self.context = context
        self.variables = variables
        self.hide_suggestions = hide_suggestions
        self.is_awaitable = is_awaitable
        self.is_async_iterable = is_async_iterable
        self.arguments: dict[Any, tuple[dict[str, Any], tuple[str, ...]]] = {}
        self.pending: list[Waiting] = []
        self.errors: list[GraphQLError] = []
        self.data: dict[str, Any] | None = None
        self.nulled: set[Keys] = set()
        """Positions that errors have made null."""
        self._make_executor = make_executor
        self._executor: Executor[Any] | None = None

    # – what resolvers are given –

    @property
    def executor(self) -> Executor[Any]:
        """Return graphql-core's executor of the same operation, for what is left to it."""
        if self._executor is None:
            self._executor = self._make_executor()
        return self._executor

    def resolve_info(self, field: Field, path: Link) -> GraphQLResolveInfo[Any]:
        """Return graphql-core's info of a field of the object at `path`."""
        here = field_path(path, field)
        return self.executor.build_resolve_info(field.definition, field.nodes, field.parent, here)

    def runtime_type(self, name: Any, field: Field, value: Any, info: GraphQLResolveInfo[Any]) -> GraphQLObjectType:
        """Return the object type that a type resolver has named; raises GraphQLError when it cannot be that."""
        declared: GraphQLNamedType = field.named
        return self.executor.ensure_valid_runtime_type(name, declared, list(field.details), info, value)  # type: ignore[arg-type]

    # – errors –

    def add_error(self, error: GraphQLError, path: Keys) -> None:
        """Record the error that makes the position at `path` null, unless a null further up hides it already."""
        if not self.is_nulled(path):
            self.nulled.add(path)
            self.errors.append(error)

    def is_nulled(self, path: Keys) -> bool:
        """Return whether an error has made the position at `path`, or what it is in, null."""
        nulled = self.nulled
        return bool(nulled) and any(path[:length] in nulled for length in range(len(path) + 1))

    def hides(self, path: Link) -> bool:
        """Return whether nothing at a position matters any more."""
        return bool(self.nulled) and self.is_nulled(keys_of(path))

    # – the response –

    def store(self, path: Keys, value: Any) -> None:
        """Put a value into the response at a path; where an object on the way is null, it is dropped."""
        place: Any = self.data
        for key in path[:-1]:
            if place is None:
                return
            place = place[key]
        if place is not None:
            place[path[-1]] = value
