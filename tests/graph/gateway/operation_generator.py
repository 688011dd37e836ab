"""Random operations on any schema: aliases, fragments of all kinds, conditions, arguments, variables; by seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_leaf_type,
    parse,
    parse_value,
    print_ast,
    validate,
    value_from_ast_untyped,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a generator may write on a schema, and how much of it."""

    literals: Mapping[str, Sequence[str]]
    """What an argument may be, as GraphQL text: by `field.argument`, `Input.field`, or the name of a type."""
    declared: Mapping[str, str] = field(default_factory=dict)
    """Variables that literals may use: name → type and default."""
    aliases: Sequence[str] = ("a", "b", "id", "label")
    unasked: frozenset[str] = frozenset()
    """Fields that are never asked for, as `Type.field`, or `field` for that field of any type."""
    deepest: int = 4
    most_fields: int = 1_000
    """Of one operation, about; each is given a number up to this by lot."""
    lifted: float = 0.0
    """Share of arguments that become a variable of their own."""


@dataclass(frozen=True, slots=True)
class Generated:
    """One operation: its text and the values of those of its variables that are sent."""

    text: str
    variables: Mapping[str, Any]


class Generator:
    """Writes random operations on a schema; most are valid."""

    def __init__(self, schema: GraphQLSchema, seed: int | str, vocabulary: Vocabulary) -> None:
        self._schema = schema
        self._vocabulary = vocabulary
        self._random = random.Random(seed)  # noqa: S311 – a reproducible choice, no secret
        self._begin()

    def _begin(self) -> None:
        self._fragments: list[str] = []
        self._lifted: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._heads: dict[tuple[tuple[str, ...], str], tuple[str, str]] = {}
        self._fields = 0
        self._enough = self._random.randint(1, self._vocabulary.most_fields)

    def valid_operation(self) -> Generated:
        """Return the next operation that the schema allows."""
        while True:
            generated = self.operation()
            if not validate(self._schema, parse(generated.text)):
                return generated

    def operation(self) -> Generated:
        """Return one operation with its fragments and the values of its variables."""
        self._begin()
        root = self._schema.query_type
        assert root is not None
        text = "\n".join([self._selection(root, (), 0), *self._fragments])
        declared = {"yes": "Boolean! = true", "no": "Boolean! = false", **self._vocabulary.declared, **self._lifted}
        used = {name: type_ for name, type_ in declared.items() if f"${name}" in text}
        for name in {"yes", "no"} & used.keys():
            if self._random.random() < 0.3:
                self._values[name] = self._random.random() < 0.5
        variables = ", ".join(f"${name}: {type_}" for name, type_ in used.items())
        return Generated(f"query ({variables}) {text}" if used else text, self._values)

    # – selections; `path` holds the response keys that lead there –

    def _selection(self, described: GraphQLNamedType, path: tuple[str, ...], depth: int) -> str:
        parts = list(self._parts(described, path, depth))
        self._random.shuffle(parts)
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _parts(self, described: GraphQLNamedType, path: tuple[str, ...], depth: int) -> Iterator[str]:
        chance = self._random
        if isinstance(described, GraphQLObjectType | GraphQLInterfaceType):
            for name in self._chosen(described, depth):
                written = self._field(described, name, path, depth)
                yield written
                if written.endswith("}") and chance.random() < 0.08:  # the same again, to be merged
                    yield self._field(described, name, path, depth)
        if chance.random() < 0.2:
            key = chance.choice(["__typename", "kind"])
            if self._heads.setdefault((path, key), ("__typename", ""))[0] == "__typename":
                yield "__typename" if key == "__typename" else f"{key}: __typename"
        if isinstance(described, GraphQLInterfaceType | GraphQLUnionType):
            for possible in self._schema.get_possible_types(described):
                if chance.random() < 0.6:
                    yield f"... on {possible.name}{self._condition()} {self._selection(possible, path, depth + 1)}"
        if isinstance(described, GraphQLObjectType) and depth and chance.random() < 0.2:
            yield self._fragment(described, path, depth)

    def _chosen(self, described: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> list[str]:
        chance, unasked = self._random, self._vocabulary.unasked
        names = [name for name in described.fields if not {name, f"{described.name}.{name}"} & unasked]
        chosen = chance.sample(names, k=min(len(names), chance.randint(1, 4)))
        # What leads further is found too seldom by lot.
        if described is not self._schema.query_type and chance.random() < 0.7:
            chosen += [name for name in ("edges", "node") if name in names and name not in chosen]
        full = depth >= self._vocabulary.deepest or self._fields >= self._enough
        return [name for name in chosen if not full or is_leaf_type(get_named_type(described.fields[name].type))]

    def _fragment(self, described: GraphQLObjectType, path: tuple[str, ...], depth: int) -> str:
        """Return a spread of a fragment: of this type, of an interface or union it belongs to, or of none."""
        chance = self._random
        wider: list[GraphQLNamedType] = list(described.interfaces)
        wider += [
            type_
            for type_ in self._schema.type_map.values()
            if isinstance(type_, GraphQLUnionType) and described in type_.types
        ]
        condition = chance.choice([described, described, *wider])
        selection = self._selection(condition, path, depth + 1)
        if chance.random() < 0.5:
            on = "" if condition is described and chance.random() < 0.3 else f" on {condition.name}"
            return f"...{on}{self._condition()} {selection}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {condition.name} {selection}")
        again = f" ...{name}" if chance.random() < 0.2 else ""
        return f"...{name}{self._condition()}{again}"

    def _field(
        self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str, path: tuple[str, ...], depth: int
    ) -> str:
        described = parent.fields[name]
        named = get_named_type(described.type)
        self._fields += 1
        key, arguments = self._head(name, described, path)
        written = f"{name if key == name else f'{key}: {name}'}{arguments}{self._condition()}"
        return written if is_leaf_type(named) else f"{written} {self._selection(named, (*path, key), depth + 1)}"

    def _head(self, name: str, described: GraphQLField, path: tuple[str, ...]) -> tuple[str, str]:
        """Return a response key for a field, and its arguments.

        The same key at the same place is the same field with the same arguments, so that selections merge.
        """
        chance, aliases = self._random, self._vocabulary.aliases
        tried = [chance.choice(aliases), name] if chance.random() < 0.35 else [name]
        for key in (*tried, *(f"{name}{number}" for number in range(1_000))):
            known = self._heads.get((path, key))
            if known is None:
                known = self._heads[path, key] = (name, self._arguments(name, described))
            if known[0] == name:
                return key, known[1]
        raise AssertionError

    def _condition(self) -> str:
        """Return @skip, @include, both or, mostly, neither."""
        chance = self._random
        if chance.random() < 0.8:
            return ""
        skip = f" @skip(if: {chance.choice(['$yes', '$no', '$no', 'true', 'false'])})"
        include = f" @include(if: {chance.choice(['$yes', '$yes', '$no', 'true', 'false'])})"
        return chance.choice([skip, include, skip, include, include + skip])

    # – arguments –

    def _arguments(self, name: str, described: GraphQLField) -> str:
        written = []
        for argument, its in described.args.items():
            if isinstance(its.type, GraphQLNonNull) or self._random.random() < 0.5:
                text = self._value(f"{name}.{argument}", its.type)
                required = isinstance(its.type, GraphQLNonNull) and its.default_value is Undefined
                written.append(f"{argument}: {self._perhaps_lifted(text, its.type, required=required)}")
        return f"({', '.join(written)})" if written else ""

    def _value(self, coordinate: str, type_: GraphQLInputType) -> str:
        chance, literals = self._random, self._vocabulary.literals
        if isinstance(type_, GraphQLNonNull):
            return self._value(coordinate, type_.of_type)
        if coordinate in literals:
            return chance.choice(literals[coordinate])
        if isinstance(type_, GraphQLList):
            if chance.random() < 0.1:
                return self._value(coordinate, type_.of_type)  # one is a list of one
            return f"[{', '.join(self._value(coordinate, type_.of_type) for _ in range(chance.randint(1, 3)))}]"
        if isinstance(type_, GraphQLInputObjectType):
            written = []
            for name, its in type_.fields.items():
                required = isinstance(its.type, GraphQLNonNull) and its.default_value is Undefined
                if required or chance.random() < 0.25:
                    text = self._value(f"{type_.name}.{name}", its.type)
                    written.append(f"{name}: {self._perhaps_lifted(text, its.type, required=required)}")
            return "{" + ", ".join(written) + "}"
        if isinstance(type_, GraphQLEnumType):
            return chance.choice(list(type_.values))
        return chance.choice(literals[type_.name])

    def _perhaps_lifted(self, text: str, type_: GraphQLInputType, *, required: bool) -> str:
        """Return the literal, or a new variable that has its value: sent, or by default."""
        chance = self._random
        if "$" in text or chance.random() >= self._vocabulary.lifted:
            return text
        name = f"v{len(self._lifted)}_"
        way = chance.choice(["sent", "sent", "default", "both", "absent"])
        if way == "absent" and (required or isinstance(type_, GraphQLNonNull)):
            way = "sent"
        declared = str(type_)
        if way == "sent" and text != "null" and not isinstance(type_, GraphQLNonNull) and chance.random() < 0.3:
            declared += "!"
        if way in ("default", "both"):
            if text != "null" and chance.random() < 0.5:
                declared = declared.removesuffix("!")  # a default makes a nullable variable good for `!`
            declared += f" = {text}"
        self._lifted[name] = declared
        if way in ("sent", "both"):
            self._values[name] = value_from_ast_untyped(parse_value(text))
        return f"${name}"


def keys_of(value: Any) -> Iterator[str]:
    """Yield all response keys of an answer in their order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def tidy(text: str) -> str:
    """Return an operation on several lines."""
    return print_ast(parse(text))
