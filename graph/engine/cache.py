"""Plans by document: bounded, so that a client who sends ever new operations cannot fill the memory."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from graphql import DocumentNode, GraphQLError, GraphQLLeafType, GraphQLSchema
from graphql.execution.values import VariableValues

from graph.engine.collect import Selected, select
from graph.engine.leaves import Leaf, leaf_of
from graph.engine.plan import NoRootTypeError, Plan
from graph.engine.strawberry_fields import strawberry_schema
from graph.lru import Lru


@dataclass(slots=True)
class Counts:
    """What the engine has done since it was made."""

    compiled: int = 0
    """Plans made."""
    executed: int = 0
    """Executions of plans."""
    left_to_graphql_core: "Counter[str]" = field(default_factory=Counter)
    """Executions by graphql-core, by reason."""


def _nothing() -> None:
    """Return what a pickled schema has in the place of its plans."""


class Plans:
    """The plans of one schema.

    A document is known by its identity, not by its text: whoever parses an operation anew for each request gets nothing
    from plans.
    """

    def __init__(self, schema: GraphQLSchema, size: int = 1024) -> None:
        self.counts = Counts()
        self._schema = schema
        self._strawberry = strawberry_schema(schema)
        self._selected: Lru[tuple[int, str | None], Selected] = Lru(size)
        self._plans: Lru[tuple[int, str | None, bool, tuple[object, ...]], Plan] = Lru(size)
        self._seen: Lru[int, tuple[DocumentNode, int]] = Lru(min(size, 256))
        self._leaves: dict[str, Leaf] = {}

    def __len__(self) -> int:
        return len(self._plans)

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        """Stay behind when the schema is pickled: generated code cannot be, and whoever unpickles it compiles anew."""
        return _nothing, ()

    def selected(self, document: DocumentNode, name: str | None) -> Selected | None:
        """Return the operation of a document that a name stands for; None where graphql-core would refuse."""
        key = id(document), name
        found = self._selected.get(key)
        if found is None or found.document is not document:
            found = select(self._schema, document, name)
            if found is not None:
                self._selected.put(key, found)
        return found

    def plan(
        self,
        selected: Selected,
        name: str | None,
        variables: VariableValues,
        *,
        hide_suggestions: bool = False,
        patience: int = 0,
    ) -> Plan | str:
        """Return the plan of an operation, or why there is none; compiles it when asked for more than `patience` times.

        A document that comes only once is not worth compiling; `patience` 0 compiles at first sight.
        """
        if selected.refusal is not None:
            return selected.refusal
        values = selected.values(variables)
        key = id(selected.document), name, hide_suggestions, values
        found = self._plans.get(key)
        if found is not None and found.selected.document is selected.document:
            return found
        if patience and not self._seen_enough(selected.document, patience):
            return "not seen often enough"
        try:
            plan = Plan(
                self._schema,
                selected,
                variables,
                strawberry=self._strawberry,
                leaf_of=self._leaf_of,
                hide_suggestions=hide_suggestions,
            )
        except (GraphQLError, NoRootTypeError) as error:
            return f"cannot be compiled: {type(error).__name__}"
        except RecursionError:
            return "nested too deeply"
        self.counts.compiled += 1
        self._plans.put(key, plan)
        return plan

    def _seen_enough(self, document: DocumentNode, patience: int) -> bool:
        seen = self._seen.get(id(document))
        times = seen[1] if seen is not None and seen[0] is document else 0
        self._seen.put(id(document), (document, times + 1))
        return times >= patience

    def _leaf_of(self, type_: GraphQLLeafType) -> Leaf:
        found = self._leaves.get(type_.name)
        if found is None:
            found = self._leaves[type_.name] = leaf_of(type_)
        return found
