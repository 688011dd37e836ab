"""How the raw value of a field is got from its source object."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from graphql import GraphQLField
from graphql.type import TypeNameMetaFieldDef
from strawberry.schema.schema import Schema

from graph.engine.arguments import Convert
from graph.engine.strawberry_fields import DirectCall, direct_access


class Kind(enum.Enum):
    """The ways to a field's value."""

    TYPENAME = "the name of the object type"
    ATTRIBUTE = "an attribute of the source; AttributeError when it has none"
    GETTER = "a function of the source and a name"
    DEFAULT = "graphql-core's default: key of a mapping or attribute, called when callable"
    EVENT = "the source itself: what a subscription's stream has yielded"
    CALL = "a resolver as graphql-core calls it, with the whole GraphQLResolveInfo"
    DIRECT = "a Strawberry resolver without the wrappers around it"


@dataclass(frozen=True, slots=True)
class Access:
    """How a field is read. `waits`: only started when its level is; `keeps_path`: its path outlives the call."""

    kind: Kind
    name: str = ""
    function: Callable[..., Any] | None = None
    call: DirectCall | None = None
    waits: bool = False
    keeps_path: bool = False

    @property
    def level(self) -> Callable[..., Any] | None:
        """Return the function that resolves the field for a whole level at once, where there is one."""
        return self.call.level if self.call is not None else None

    @property
    def convert(self) -> Convert | None:
        """Return what turns coerced arguments into those the resolver wants."""
        return self.call.convert if self.call is not None else None


def access_of(definition: GraphQLField, name: str, schema: Schema | None) -> Access:
    """Return how a field is read; `schema` is Strawberry's where the field is of one."""
    if definition is TypeNameMetaFieldDef:
        return Access(Kind.TYPENAME)
    resolve = definition.resolve
    if resolve is None:
        return Access(Kind.DEFAULT, name)
    known = direct_access(definition, schema)
    if known is not None:
        if known.attribute is not None:
            kind = Kind.ATTRIBUTE if known.getter is None else Kind.GETTER
            return Access(kind, known.attribute, known.getter)
        if known.event:
            return Access(Kind.EVENT)
        if known.call is not None:
            call = known.call
            waits = call.level is not None or call.is_async
            return Access(Kind.DIRECT, function=call.function, call=call, waits=waits, keeps_path=bool(call.info))
    return Access(Kind.CALL, function=resolve, waits=iscoroutinefunction(resolve), keeps_path=True)
