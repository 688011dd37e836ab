"""What is known of one selected field before anything runs."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails

from graph.engine.access import Access
from graph.engine.arguments import Arguments
from graph.engine.dispatch import Dispatch
from graph.engine.leaves import Leaf


class Late:
    """Positions of one field that wait for the same kind of thing: how it is started, and how it goes on from there.

    `start` is called with what was kept (a source, or an awaitable), the run and the path, and returns an awaitable or
    a value; None: what was kept is the awaitable. `finish` completes the awaited value. `path` is that of the object
    the field is in when the position is a field started late (`of_object`), else that of the position.
    """

    __slots__ = ("batch", "field", "finish", "of_object", "start")

    def __init__(
        self,
        field: "Field",
        finish: Callable[..., Any],
        start: Callable[..., Any] | None = None,
        *,
        of_object: bool = False,
    ) -> None:
        self.field = field
        self.finish = finish
        self.start = start
        self.of_object = of_object
        self.batch = field.access.call if of_object and field.access.level is not None else None
        """The resolver of a whole level, where there is one."""


class Field:
    """One response name of one object type: its nodes, its type, how it is read and how its value is completed."""

    __slots__ = (
        "access",
        "arguments",
        "definition",
        "details",
        "dispatch",
        "keeps_paths",
        "key",
        "late",
        "leaf",
        "named",
        "nodes",
        "non_null_at",
        "parent",
    )

    def __init__(
        self,
        parent: GraphQLObjectType,
        key: str,
        details: Sequence[FieldDetails],
        definition: GraphQLField,
        access: Access,
        arguments: Arguments | None,
        leaf_of: Callable[[GraphQLLeafType], Leaf],
    ) -> None:
        self.parent = parent
        self.key = key
        self.details = details
        self.nodes: list[FieldNode] = [one.node for one in details]
        self.definition = definition
        self.access = access
        self.arguments = arguments
        self.named, self.non_null_at = _shape(definition.type)
        self.leaf: Leaf | None = leaf_of(self.named) if is_leaf_type(self.named) else None
        self.dispatch: Dispatch | None = None
        self.late: dict[Any, Late] = {}
        self.keeps_paths = False
        """Whether paths of objects in its value outlive the moment: something in them waits or is told its path."""

    @property
    def name(self) -> str:
        """Return the name in the schema."""
        return self.nodes[0].name.value

    @property
    def type(self) -> GraphQLOutputType:
        """Return the declared type."""
        return self.definition.type

    @property
    def non_null(self) -> bool:
        """Return whether the field itself must not be null."""
        return self.non_null_at[0]

    @property
    def depth(self) -> int:
        """Return how many lists are around the named type."""
        return len(self.non_null_at) - 1

    @property
    def item_type(self) -> GraphQLOutputType:
        """Return the type of the items of the outermost list."""
        outer: Any = self.type.of_type if isinstance(self.type, GraphQLNonNull) else self.type
        item: GraphQLOutputType = outer.of_type
        return item


def _shape(type_: GraphQLOutputType) -> tuple[Any, tuple[bool, ...]]:
    """Return the named type, and for the field and each list level whether null is forbidden."""
    non_null_at = []
    inner: Any = type_
    while True:
        non_null = isinstance(inner, GraphQLNonNull)
        non_null_at.append(non_null)
        inner = inner.of_type if non_null else inner
        if not isinstance(inner, GraphQLList):
            return inner, tuple(non_null_at)
        inner = inner.of_type
