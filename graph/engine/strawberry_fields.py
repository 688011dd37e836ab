"""All that the engine knows of Strawberry's inside, pinned to 0.341 and watched by a test.

Strawberry wraps every resolver: an Info, argument conversion, field extensions, exception handlers. Where a field has
neither extensions (permissions are one) nor handlers, the wrapper only passes things on, and the resolver can be called
without it. Every other field keeps its wrapper, and with it all it does.

One thing is not looked at: an instance of a Strawberry type that was marked with `strawberry.cast` to pass for another
type. Such marks are honoured on objects of all other classes.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLEnumType, GraphQLField, GraphQLNamedType, GraphQLResolveInfo, GraphQLSchema
from graphql.type import get_named_type, is_input_object_type
from strawberry.schema.schema import Schema, StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from graph.engine.entities import batched_entities
from subgraphs.batch import level_of

if TYPE_CHECKING:
    from graph.engine.fields import Field
    from graph.engine.run import Run

ExecutionContext = StrawberryGraphQLCoreExecutionContext
"""The executor that Strawberry uses by default; the engine's is one of it."""

_BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


@dataclass(frozen=True, slots=True)
class DirectCall:
    """A resolver that may be called without its wrapper: with the source first, or by these keywords, or both."""

    function: Callable[..., Any]
    wants_self: bool
    source_keywords: tuple[str, ...]
    info: str | None
    """Name of the parameter that takes the Info."""
    make_info: "Callable[[Run, Field, Any], Any]"
    convert: "Callable[[dict[str, Any]], dict[str, Any]]"
    is_async: bool
    level: Callable[..., Any] | None


@dataclass(frozen=True, slots=True)
class Direct:
    """A Strawberry field that needs no wrapper: exactly one of attribute, event and call is there."""

    attribute: str | None = None
    getter: Callable[[Any, str], Any] | None = None
    event: bool = False
    call: DirectCall | None = None


def direct_access(definition: GraphQLField, schema: Schema | None) -> Direct | None:
    """Return how to read a field without its wrapper; None where the wrapper does more than pass things on."""
    if schema is None or getattr(definition.resolve, "__module__", None) != GraphQLCoreConverter.__module__:
        return None  # none of Strawberry's, or somebody has put another resolver in its place
    field = definition.extensions.get(_BACKREF) if definition.extensions else None
    if not isinstance(field, StrawberryField) or type(field).get_result is not StrawberryField.get_result:
        return None
    if field.is_subscription:
        return Direct(event=True)
    converter = schema.schema_converter
    if converter._get_field_exception_handlers(field):
        return None
    if field.is_basic_field:
        getter = field.default_resolver
        return Direct(attribute=field.python_name, getter=None if getter is getattr else getter)
    resolver = field.base_resolver
    if field.extensions or resolver is None or not callable(resolver.wrapped_func):
        return None
    if any(is_input_object_type(get_named_type(argument.type)) for argument in definition.args.values()):
        return None  # input objects may build themselves, with the Info
    entities = batched_entities(resolver.wrapped_func)
    source_keywords = dict.fromkeys(one.name for one in (resolver.parent_parameter, resolver.root_parameter) if one)
    return Direct(
        call=DirectCall(
            function=entities or resolver.wrapped_func,
            wants_self=resolver.self_parameter is not None,
            source_keywords=tuple(source_keywords),
            info=resolver.info_parameter.name if resolver.info_parameter else None,
            make_info=_info_maker(converter.config.info_class, field),
            convert=partial(
                convert_arguments,
                arguments=field.arguments,
                scalar_registry=converter.scalar_registry,
                config=converter.config,
            ),
            is_async=field.is_async or entities is not None,
            level=level_of(resolver.wrapped_func),
        )
    )


def enum_class(type_: GraphQLEnumType) -> type[enum.Enum] | None:
    """Return the Python enum behind an enum type; None for one of graphql-core alone."""
    wrapped = getattr(type_, "wrapped_cls", None)
    return wrapped if isinstance(wrapped, type) and issubclass(wrapped, enum.Enum) else None


def class_settles_type(type_: GraphQLNamedType, declared: GraphQLNamedType, class_: type) -> bool:
    """Return whether every instance of a class is of an object type where `declared` is asked for.

    True when the class is the one behind the object type, and nobody has written a check of their own.
    """
    own = class_.__dict__.get("__strawberry_definition__")
    definition = (type_.extensions or {}).get(_BACKREF)
    if own is None or own is not definition or not isinstance(own, StrawberryObjectDefinition):
        return False
    asked = (declared.extensions or {}).get(_BACKREF)
    return (
        own.is_type_of is None
        and not own.is_graphql_generic
        and own.concrete_of is None
        and getattr(asked, "resolve_type", None) is None
    )


def strawberry_schema(schema: GraphQLSchema) -> Schema | None:
    """Return the Strawberry schema that a schema was made from; None for one of graphql-core alone."""
    found = (schema.extensions or {}).get(_BACKREF)
    return found if isinstance(found, Schema) else None


class _LazyInfo:
    """An Info that builds graphql-core's only when more than the context is asked for."""

    _engine_run: "Run"
    _engine_field: "Field"
    _engine_path: Any
    _engine_raw: GraphQLResolveInfo[Any] | None

    def __init__(self, run: "Run", field: "Field", path: Any) -> None:
        self._engine_run = run
        self._engine_field = field
        self._engine_path = path
        self._engine_raw = None

    @property
    def context(self) -> Any:
        """Return the request's context."""
        return self._engine_run.context

    @property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:
        if self._engine_raw is None:
            self._engine_raw = self._engine_run.resolve_info(self._engine_field, self._engine_path)
        return self._engine_raw

    @property
    def _field(self) -> StrawberryField:
        return cast("StrawberryField", self._engine_field.definition.extensions[_BACKREF])


_LAZY: dict[type, type] = {}


def _info_maker(base: type[Info], field: StrawberryField) -> "Callable[[Run, Field, Any], Any]":
    """Return what makes the Info of one call from the run, the field and the path of the object the field is in."""
    if base.__init__ is not Info.__init__ or base.context is not Info.context:

        def make(run: "Run", selected: "Field", path: Any) -> Info:
            return base(_raw_info=run.resolve_info(selected, path), _field=field)

        return make
    lazy = _LAZY.get(base)
    if lazy is None:
        lazy = _LAZY[base] = type(base.__name__, (_LazyInfo, base), {"__module__": base.__module__})
    return lazy
