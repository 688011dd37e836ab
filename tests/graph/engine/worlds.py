"""Random worlds for comparing executors: a schema, an operation on it, and resolvers that misbehave reproducibly.

Whatever a resolver does follows from the seed, the object and the field, so two executions see the same world.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from inspect import iscoroutine
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    is_leaf_type,
)

OBJECTS = ("T0", "T1", "T2", "T3")
MEMBERS = OBJECTS[:2]
"""Object types that implement the interface and belong to the union."""
LEAVES = ("String", "Int", "Float", "Boolean", "ID", "Colour", "Even")


def _dice(seed: object) -> Random:
    return Random(str(seed))  # noqa: S311 – a reproducible choice, no secret


class MisbehavedError(Exception):
    """What resolvers raise here."""


def _even(value: Any) -> Any:
    if value == "nothing":
        return None
    if not isinstance(value, int) or value % 2:
        raise MisbehavedError(f"{value!r} is not even")
    return value


@dataclass(frozen=True)
class FieldSpec:
    """A field: its named type, the wrappers around it from the inside out, and whether it has a resolver."""

    base: str
    wrappers: tuple[str, ...]
    resolved: bool


@dataclass(frozen=True)
class Behaviour:
    """How resolvers behave: probabilities of something wrong, and of something asynchronous."""

    seed: int
    bad: float
    late: float


class Thing:
    """An object of the world; its attributes are made up when they are read."""

    def __init__(self, kind: str, token: int, world: "World") -> None:
        self.kind = kind
        self.token = token
        self.world = world

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.world.read(self, name)

    def __repr__(self) -> str:
        return f"<{self.kind}>"


class Keyed(Mapping[str, Any]):
    """The same as a mapping."""

    def __init__(self, kind: str, token: int, world: "World") -> None:
        self.kind = kind
        self.token = token
        self.world = world

    def __getitem__(self, name: str) -> Any:
        return self.world.read(self, name)

    def get(self, name: str, default: Any = None) -> Any:
        return default if name == "__typename" else self.world.read(self, name)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return f"<{self.kind}>"


class World:
    """A schema whose resolvers follow a behaviour."""

    def __init__(self, fields: Mapping[str, Mapping[str, FieldSpec]], behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.fields = fields
        self.leaves: dict[str, Any] = {
            "String": GraphQLString,
            "Int": GraphQLInt,
            "Float": GraphQLFloat,
            "Boolean": GraphQLBoolean,
            "ID": GraphQLID,
            "Colour": GraphQLEnumType("Colour", {"RED": 1, "GREEN": 2}),
            "Even": GraphQLScalarType("Even", serialize=_even),
        }
        checked = _dice(behaviour.seed).random() < 0.3
        self.interface = GraphQLInterfaceType(
            "Named",
            lambda: {"name": self._field("name", FieldSpec("String", (), True))},
            resolve_type=self._resolve_type,
        )
        self.types: dict[str, Any] = {
            name: GraphQLObjectType(
                name,
                lambda name=name: self._fields_of(name),
                interfaces=[self.interface] if name in MEMBERS else [],
                is_type_of=self._is_type_of(name) if checked and name == "T1" else None,
            )
            for name in OBJECTS
        }
        self.types["Named"] = self.interface
        self.types["Either"] = GraphQLUnionType(
            "Either", lambda: [self.types[name] for name in MEMBERS], resolve_type=self._resolve_type
        )
        self.schema = GraphQLSchema(self.types["T0"], types=[self.types[name] for name in OBJECTS])

    def root(self) -> Thing:
        return Thing("T0", 0, self)

    def _fields_of(self, owner: str) -> dict[str, GraphQLField]:
        found = {name: self._field(name, spec) for name, spec in self.fields[owner].items()}
        if owner in MEMBERS:
            found["name"] = self._field("name", FieldSpec("String", (), True))
        found["where"] = GraphQLField(GraphQLString, resolve=lambda _, info: str(info.path.as_list()))
        return found

    def _type(self, spec: FieldSpec) -> Any:
        type_ = self.leaves.get(spec.base) or self.types[spec.base]
        for wrapper in spec.wrappers:
            type_ = GraphQLNonNull(type_) if wrapper == "!" else GraphQLList(type_)
        return type_

    def _field(self, name: str, spec: FieldSpec) -> GraphQLField:
        type_ = self._type(spec)
        if not spec.resolved:
            return GraphQLField(type_)
        arguments = {
            "a": GraphQLArgument(GraphQLInt, default_value=1),
            "many": GraphQLArgument(GraphQLList(GraphQLInt)),
            "must": GraphQLArgument(GraphQLNonNull(GraphQLInt), default_value=0),
        }

        def resolve(source: Any, _: Any, **given: Any) -> Any:
            return self.read(source, name, given)

        async def resolve_late(source: Any, _: Any, **given: Any) -> Any:
            value = self.read(source, name, given)
            for _turn in range(len(name) % 3):
                await asyncio.sleep(0)
            return await value if iscoroutine(value) else value

        dice = _dice(f"{self.behaviour.seed} {name} {spec}")
        late = dice.random() < self.behaviour.late / 2
        return GraphQLField(type_, args=arguments, resolve=resolve_late if late else resolve)

    # – behaviour –

    def read(self, source: Any, name: str, given: Mapping[str, Any] | None = None) -> Any:
        """Return what a field of an object gives; the same every time."""
        dice = _dice(f"{self.behaviour.seed} {source.token} {name} {sorted((given or {}).items())}")
        if dice.random() < self.behaviour.bad:
            raise MisbehavedError("raised")
        spec = FieldSpec("String", (), True) if name == "name" else self.fields[source.kind][name]
        return self._value(dice, self._type(spec))

    def _value(self, dice: Random, type_: Any) -> Any:
        if dice.random() < self.behaviour.bad:
            wrong: list[Any] = [None, MisbehavedError("returned"), 12.5, [1], "str", 2**40, float("nan"), 3, "nothing"]
            value = dice.choice(wrong)
        else:
            value = self._right(dice, type_.of_type if isinstance(type_, GraphQLNonNull) else type_)
        if dice.random() < self.behaviour.late:
            return self._later(value, dice.randint(0, 2))
        return value

    def _right(self, dice: Random, type_: Any) -> Any:
        if isinstance(type_, GraphQLList):
            items = [self._value(dice, type_.of_type) for _ in range(dice.randint(0, 3))]
            shape = dice.random()
            if shape < 0.1:
                return tuple(items)
            if shape < 0.2:
                return (item for item in items)
            return _each(items) if shape < 0.2 + self.behaviour.late / 5 else items
        if is_leaf_type(type_):
            right: dict[str, list[Any]] = {
                "String": ["text", "", 5],
                "Int": [0, -5, 7, True],
                "Float": [1.5, 2],
                "Boolean": [True, False, 1],
                "ID": ["id", 7],
                "Colour": [1, 2],
                "Even": [0, 2, 4],
            }
            return dice.choice(right[type_.name])
        kind = type_.name if type_.name in OBJECTS else dice.choice(MEMBERS)
        return dice.choice((Thing, Thing, Keyed))(kind, dice.getrandbits(48), self)

    async def _later(self, value: Any, turns: int) -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        if isinstance(value, MisbehavedError):
            raise value
        return value

    def _resolve_type(self, value: Any, *_: Any) -> Any:
        kind = getattr(value, "kind", None) if isinstance(value, Thing | Keyed) else None
        dice = _dice(f"{self.behaviour.seed} type {getattr(value, 'token', 0)}")
        if dice.random() < self.behaviour.bad / 2:
            kind = dice.choice(["T3", "Nowhere", None])
        return self._later(kind, 1) if dice.random() < self.behaviour.late / 2 else kind

    def _is_type_of(self, name: str) -> Any:
        def is_type_of(value: Any, _: Any) -> Any:
            dice = _dice(f"{self.behaviour.seed} is {getattr(value, 'token', 0)}")
            answer = isinstance(value, Thing | Keyed) and value.kind == name and dice.random() >= self.behaviour.bad / 2
            return self._later(answer, 1) if dice.random() < self.behaviour.late / 2 else answer

        return is_type_of


async def _each(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        yield item


# – made from dice –

_WRAPPERS = [(), (), ("!",), ("[",), ("[", "!"), ("!", "["), ("!", "[", "!"), ("[", "["), ("!", "[", "!", "[")]
_BASES = [*LEAVES, *OBJECTS, *OBJECTS, "Named", "Either"]
_CONDITIONS = ["", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @skip(if: $no)"]
_ARGUMENTS = ["", "", "(a: 2)", "(a: $n)", "(many: [1, 2])", "(many: [$n])", "(must: $n)"]

Fields = Mapping[str, Mapping[str, FieldSpec]]


def some_fields(dice: Random) -> Fields:
    """Return the fields of the object types."""
    return {
        owner: {
            f"f{number}": FieldSpec(dice.choice(_BASES), dice.choice(_WRAPPERS), dice.random() < 0.5)
            for number in range(dice.randint(2, 5))
        }
        for owner in OBJECTS
    }


def some_behaviour(dice: Random, *, late: bool) -> Behaviour:
    """Return a behaviour; nothing in it is asynchronous unless `late`."""
    bad, often = dice.choice([0.0, 0.02, 0.1, 0.25]), dice.choice([0.05, 0.1, 0.35])
    return Behaviour(dice.getrandbits(32), bad, often if late else 0.0)


def some_operation(dice: Random, fields: Fields) -> str:
    """Return an operation with variables `$yes`, `$no` and `$n`, selecting at most four levels deep."""
    writer = _Writer(dice, fields)
    top = writer.selection("T0", 4)
    head = "query ($yes: Boolean!, $no: Boolean! = false, $n: Int = 1)"
    return "\n".join([f"{head} {top}", *writer.fragments])


class _Writer:
    """Writes selections, and the fragments they spread."""

    def __init__(self, dice: Random, fields: Fields) -> None:
        self.dice = dice
        self.fields = fields
        self.fragments: list[str] = []

    def field(self, owner: str, depth: int) -> str:
        name = self.dice.choice(sorted(self.fields[owner]))
        spec = self.fields[owner][name]
        way = self.dice.randrange(len(_ARGUMENTS)) if spec.resolved else 0
        # One alias per way to ask, so that fields with the same response name can always be merged.
        asked = f"{owner}_{name}_{_ARGUMENTS.index(_ARGUMENTS[way])}: {name}{_ARGUMENTS[way]}"
        below = "" if spec.base in LEAVES else " " + self.selection(spec.base, depth - 1)
        return f"{asked}{self.dice.choice(_CONDITIONS)}{below}"

    def selection(self, owner: str, depth: int) -> str:
        dice = self.dice
        parts = ["__typename"]
        if owner in OBJECTS:
            if dice.random() < 0.5:
                parts.append("where")
            if depth > 0:
                parts += [self.field(owner, depth) for _ in range(dice.randint(1, 4))]
        if owner in {"Named", *MEMBERS} and dice.random() < 0.5:
            parts.append("name" + dice.choice(_CONDITIONS))
        if owner not in OBJECTS and depth > 0:
            for member in MEMBERS:
                if dice.random() < 0.6:
                    condition = dice.choice(_CONDITIONS)
                    parts.append(f"... on {member}{condition} {self.selection(member, depth - 1)}")
        if owner in MEMBERS and depth > 0 and dice.random() < 0.25:
            body = self.selection("Named", depth - 1)
            name = f"part{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on Named {body}")
            parts.append(f"...{name}{dice.choice(_CONDITIONS)}")
        return "{ " + " ".join(parts) + " }"
