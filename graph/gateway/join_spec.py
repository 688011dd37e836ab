"""Reads a composed supergraph SDL (join v0.3 to v0.5, https://specs.apollo.dev/join) into a Supergraph."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLScalarType,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SchemaDefinitionNode,
    SelectionSetNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
    value_from_ast_untyped,
)
from graphql import parse_type as parse_type_reference
from graphql.language import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

from graph.gateway.api_schema import build_api_schema
from graph.gateway.supergraph import Field, Key, Ownership, Subgraph, Supergraph, SupergraphError, Type, TypeKind

_LINK = re.compile(r"^https?://(?P<host>[^/]+)/(?:.*/)?(?P<feature>[A-Za-z_][\w-]*)/v(?P<version>\d+\.\d+)$")
_JOIN_VERSIONS = frozenset({"0.3", "0.4", "0.5"})
# Features a gateway may meet marked as necessary; any other must be refused (core specification, "for: EXECUTION").
_UNDERSTOOD = frozenset({"link", "core", "join", "inaccessible", "authenticated", "requiresScopes", "policy", "tag"})
_DEFAULT_ROOTS = {
    OperationType.QUERY: "Query",
    OperationType.MUTATION: "Mutation",
    OperationType.SUBSCRIPTION: "Subscription",
}
_KINDS: dict[type[Node], TypeKind] = {
    ObjectTypeDefinitionNode: TypeKind.OBJECT,
    InterfaceTypeDefinitionNode: TypeKind.INTERFACE,
    UnionTypeDefinitionNode: TypeKind.UNION,
}
_Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | UnionTypeDefinitionNode


def read_supergraph(sdl: str, scalars: Mapping[str, GraphQLScalarType] | None = None) -> Supergraph:
    """Return the model of a supergraph SDL; `scalars` gives custom scalars of the API schema real parsers.

    Raises SupergraphError, naming line and reason, for SDL that is broken or asks for what is not understood.
    """
    try:
        document = parse(sdl)
    except GraphQLError as error:
        raise SupergraphError(error.message, _line_of(error)) from error
    return _Reader(document).read(scalars or {})


@dataclass(slots=True)
class _Draft:
    """What is gathered about one type before types are linked with each other."""

    node: _Composite
    kind: TypeKind
    graphs: list[str] = field(default_factory=list)
    keys: dict[str, list[Key]] = field(default_factory=dict)
    interface_object_in: set[str] = field(default_factory=set)
    implements: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    supertypes: set[str] = field(default_factory=set)
    fields: dict[str, Field] = field(default_factory=dict)


class _Reader:
    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._subgraphs: dict[str, Subgraph] = {}
        self._drafts: dict[str, _Draft] = {}

    def read(self, scalars: Mapping[str, GraphQLScalarType]) -> Supergraph:
        self._check_links()
        self._read_subgraphs()
        for node in self._document.definitions:
            if type(node) in _KINDS and not is_internal(node.name.value):  # type: ignore[attr-defined]
                self._read_type(node)  # type: ignore[arg-type]
        self._link_unions()
        for draft in self._drafts.values():
            for node in getattr(draft.node, "fields", None) or ():
                draft.fields[node.name.value] = self._read_field(draft, node)
        roots = self._roots()
        self._add_interface_object_fields()
        types = {name: self._finish(name, draft) for name, draft in self._drafts.items()}
        return Supergraph(
            subgraphs=self._subgraphs,
            types=types,
            roots=roots,
            api=build_api_schema(self._document, scalars),
            _root_names=frozenset(roots.values()),
        )

    # – the schema definition and the subgraphs –

    def _check_links(self) -> None:
        found = False
        for node in self._document.definitions:
            if not isinstance(node, SchemaDefinitionNode):
                continue
            for link in _directives(node, "link", "core"):
                url = str(link.values.get("url") or link.values.get("feature") or "")
                match = _LINK.match(url)
                if match is None:
                    if link.values.get("for"):
                        raise SupergraphError(
                            f"@link names a necessary feature by an unreadable URL, {url!r}.", link.line
                        )
                    continue
                feature, version = match["feature"], match["version"]
                if feature == "join":
                    found = True
                    if version not in _JOIN_VERSIONS:
                        raise SupergraphError(
                            f"join v{version} is not understood; compose with v0.3, v0.4 or v0.5.", link.line
                        )
                elif link.values.get("for") and feature not in _UNDERSTOOD:
                    raise SupergraphError(f"The necessary feature {feature!r} ({url}) is not understood.", link.line)
        if not found:
            raise SupergraphError("This is no composed supergraph: the schema has no @link to the join specification.")

    def _read_subgraphs(self) -> None:
        names: set[str] = set()
        for node in self._document.definitions:
            if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
                for value in node.values or ():
                    found = _directives(value, "join__graph")
                    if not found or "name" not in found[0].values:
                        raise SupergraphError(f"{value.name.value} has no @join__graph(name:, url:).", _line(value))
                    name = str(found[0].values["name"])
                    if name in names:
                        raise SupergraphError(f"Two subgraphs are named {name!r}.", _line(value))
                    names.add(name)
                    graph = value.name.value
                    self._subgraphs[graph] = Subgraph(graph, name, str(found[0].values.get("url") or ""))
        if not self._subgraphs:
            raise SupergraphError("This is no composed supergraph: the enum join__Graph names no subgraphs.")

    def _roots(self) -> dict[OperationType, str]:
        roots: dict[OperationType, str] = {}
        for node in self._document.definitions:
            if isinstance(node, SchemaDefinitionNode):
                roots.update({part.operation: part.type.name.value for part in node.operation_types})
        roots = roots or {kind: name for kind, name in _DEFAULT_ROOTS.items() if name in self._drafts}
        for name in roots.values():
            if name not in self._drafts:
                raise SupergraphError(f"The root type {name} is not defined.")
        return roots

    # – types –

    def _read_type(self, node: _Composite) -> None:
        name = node.name.value
        if name in self._drafts:
            raise SupergraphError(f"The type {name} is defined twice.", _line(node))
        draft = self._drafts[name] = _Draft(node, _KINDS[type(node)])
        for join in _directives(node, "join__type"):
            graph = self._graph(join)
            if graph not in draft.graphs:
                draft.graphs.append(graph)
            if join.values.get("isInterfaceObject"):
                draft.interface_object_in.add(graph)
            text = join.values.get("key")
            if text:
                key = Key(_field_set(str(text), join.line), str(text), bool(join.values.get("resolvable", True)))
                draft.keys.setdefault(graph, []).append(key)
        if not draft.graphs:
            raise SupergraphError(f"The type {name} belongs to no subgraph (no @join__type).", _line(node))
        for join in _directives(node, "join__implements"):
            draft.implements.setdefault(self._graph(join), set()).add(str(join.values["interface"]))
        for join in _directives(node, "join__unionMember"):
            draft.members.setdefault(self._graph(join), set()).add(str(join.values["member"]))
        draft.supertypes.update(part.name.value for part in getattr(node, "interfaces", None) or ())

    def _link_unions(self) -> None:
        for name, draft in self._drafts.items():
            if isinstance(draft.node, UnionTypeDefinitionNode):
                for member in draft.node.types or ():
                    if member.name.value not in self._drafts:
                        raise SupergraphError(f"{name} names an unknown member, {member.name.value}.", _line(member))
                    self._drafts[member.name.value].supertypes.add(name)
            for interface in draft.supertypes:
                if interface not in self._drafts:
                    raise SupergraphError(f"{name} implements an unknown interface, {interface}.", _line(draft.node))

    def _finish(self, name: str, draft: _Draft) -> Type:
        graphs = tuple(draft.graphs)
        local = {
            graph: frozenset(
                field.name
                for field in draft.fields.values()
                if (owner := field.owners.get(graph)) is not None and owner.requires is None and owner.interface is None
            )
            for graph in graphs
        }
        return Type(
            name=name,
            kind=draft.kind,
            graphs=graphs,
            fields=draft.fields,
            keys={graph: tuple(keys) for graph, keys in draft.keys.items()},
            supertypes=frozenset(draft.supertypes),
            possible={graph: self._possible(name, draft, graph) for graph in graphs},
            interface_object_in=frozenset(draft.interface_object_in),
            local_fields=local,
            is_abstract=draft.kind is not TypeKind.OBJECT,
        )

    def _possible(self, name: str, draft: _Draft, graph: str) -> tuple[str, ...]:
        if draft.kind is TypeKind.OBJECT:
            return (name,)
        if isinstance(draft.node, UnionTypeDefinitionNode):
            if draft.members:
                members = draft.members.get(graph, set())
                return tuple(part.name.value for part in draft.node.types or () if part.name.value in members)
            return tuple(
                part.name.value for part in draft.node.types or () if graph in self._drafts[part.name.value].graphs
            )
        return tuple(
            other
            for other, its in self._drafts.items()
            if its.kind is TypeKind.OBJECT and name in its.implements.get(graph, ())
        )

    # – fields –

    def _read_field(self, draft: _Draft, node: FieldDefinitionNode) -> Field:
        type_name = _named(node.type)
        joins = _directives(node, "join__field")
        owners: dict[str, Ownership] = {}
        external: set[str] = set()
        types: dict[str, str] = {}
        inactive = {str(join.values["override"]) for join in joins if not _override_is_active(join)}
        for join in joins:
            if "graph" not in join.values:
                continue  # resolved through an interface object
            graph = self._graph(join)
            if join.values.get("contextArguments"):
                raise SupergraphError(f"{node.name.value} uses @fromContext, which is not understood.", join.line)
            spelled = join.values.get("type")
            if spelled:
                types[graph] = str(spelled)
            taken_over = bool(join.values.get("usedOverridden")) and self._subgraphs[graph].name not in inactive
            if join.values.get("external") or taken_over or not _override_is_active(join):
                external.add(graph)
                continue
            owners[graph] = Ownership(
                type_name=_named_in(str(spelled), join.line) if spelled else type_name,
                requires=_optional_field_set(join, "requires"),
                provides=_optional_field_set(join, "provides"),
            )
        if not joins:
            owners = {graph: Ownership(type_name) for graph in draft.graphs}
        signature = print_ast(node.type) + "".join(f"|{graph}:{text}" for graph, text in sorted(types.items()))
        return Field(
            name=node.name.value,
            type_name=type_name,
            signature=signature,
            is_leaf=type_name not in self._drafts,
            owners=owners,
            external=frozenset(external),
        )

    def _add_interface_object_fields(self) -> None:
        """Give every implementing type the owners that it has only through an interface object."""
        for draft in self._drafts.values():
            if draft.kind is not TypeKind.OBJECT:
                continue
            for name, known in draft.fields.items():
                extra = {
                    graph: replace(owner, interface=interface)
                    for interface in sorted(draft.supertypes)
                    for graph in self._drafts[interface].interface_object_in
                    if graph not in draft.graphs
                    and (its := self._drafts[interface].fields.get(name)) is not None
                    and (owner := its.owners.get(graph)) is not None
                }
                if extra:
                    draft.fields[name] = replace(known, owners={**known.owners, **extra})

    def _graph(self, join: "_Applied") -> str:
        graph = join.values.get("graph")
        if graph not in self._subgraphs:
            raise SupergraphError(f"@{join.name} names an unknown subgraph, {graph}.", join.line)
        return str(graph)


@dataclass(frozen=True, slots=True)
class _Applied:
    """A directive as it is applied somewhere: its arguments as plain values."""

    name: str
    values: dict[str, Any]
    line: int | None


def is_internal(name: str) -> bool:
    """Return whether a type belongs to the composition machinery and not to the graph."""
    return name.startswith(("join__", "link__", "core__", "federation__"))


def _directives(node: Node, *names: str) -> list[_Applied]:
    directives: Iterable[DirectiveNode] = getattr(node, "directives", None) or ()
    return [
        _Applied(
            directive.name.value,
            {argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()},
            _line(directive),
        )
        for directive in directives
        if directive.name.value in names
    ]


def _override_is_active(join: _Applied) -> bool:
    """Return whether an @override holds: one with a label only when the label is percent(100)."""
    label = join.values.get("overrideLabel")
    return not label or label == "percent(100)"


def _optional_field_set(join: _Applied, name: str) -> SelectionSetNode | None:
    text = join.values.get(name)
    return _field_set(str(text), join.line) if text else None


def _field_set(text: str, line: int | None) -> SelectionSetNode:
    try:
        definition = parse("{" + text + "}", no_location=True).definitions[0]
    except GraphQLError as error:
        raise SupergraphError(f"The field set {text!r} cannot be read: {error.message}", line) from error
    if not isinstance(definition, OperationDefinitionNode):
        raise SupergraphError(f"The field set {text!r} is no list of fields.", line)
    return definition.selection_set


def _named(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    if not isinstance(node, NamedTypeNode):
        raise SupergraphError("A type reference is neither a name, a list nor non-null.", _line(node))
    return node.name.value


def _named_in(text: str, line: int | None) -> str:
    try:
        return _named(parse_type_reference(text))
    except GraphQLError as error:
        raise SupergraphError(f"The type {text!r} of @join__field cannot be read: {error.message}", line) from error


def _line(node: Node) -> int | None:
    return node.loc.start_token.line if node.loc else None


def _line_of(error: GraphQLError) -> int | None:
    return error.locations[0].line if error.locations else None
