"""Reads a client's operation: parsed, validated against the API schema, its operation chosen; cached by its text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
    strip_ignored_characters,
    validate,
    value_from_ast_untyped,
)
from graphql.language import VariableDefinitionNode, VariableNode

from graph.engine.variables import Variables
from graph.lru import Lru
from graph.operation import OperationKind, Result

_META_ROOTS = frozenset({"__schema", "__type"})


class RequestRefused(Exception):
    """The operation cannot start; `result` is the answer, without `data`."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        self.result: Result = {"errors": list(errors)}
        super().__init__("; ".join(str(error.get("message")) for error in errors))


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One valid operation, ready to be planned."""

    text: str
    """The document without what means nothing: equal for documents that differ in white space, commas and comments."""
    node: DocumentNode
    operation: OperationDefinitionNode
    kind: OperationKind
    fragments: Mapping[str, FragmentDefinitionNode]
    declarations: Mapping[str, str]
    """Variable → its type and default as declared."""
    defaults: Mapping[str, Any]
    """Variable → its default value."""
    variables: Variables
    """What reads the values that a request gives."""
    conditions: tuple[str, ...]
    """Variables that decide over @skip and @include."""
    introspects: bool


class Documents:
    """Parses and validates; the same text with the same operation name is done once."""

    def __init__(
        self, schema: GraphQLSchema, *, max_tokens: int = 10_000, entries: int = 1024, characters: int = 8_000_000
    ) -> None:
        self._schema = schema
        self._max_tokens = max_tokens
        self._cache: Lru[tuple[str, str | None], Document] = Lru(entries, characters)
        self._valid: Lru[str, bool] = Lru(entries, characters)

    def read(self, text: str, name: str | None) -> Document:
        """Return the operation of this name (or the only one); raise RequestRefused, saying what is wrong and where."""
        key = (text, name)
        found = self._cache.get(key)
        if found is None:
            found = self._read(text, name)
            self._cache.put(key, found, len(text))
        return found

    def _read(self, text: str, name: str | None) -> Document:
        try:
            node = parse(text, max_tokens=self._max_tokens)
        except GraphQLError as error:
            raise RequestRefused([_refusal(error, None)]) from error
        except RecursionError as error:
            raise RequestRefused([_plain("The document is nested too deeply to be read.")]) from error
        plain = strip_ignored_characters(text)
        if self._valid.get(plain) is None:  # validating costs more than all the rest
            errors = validate(self._schema, node)
            if errors:
                raise RequestRefused([_refusal(error, _path_of(node, error)) for error in errors])
            self._valid.put(plain, True, len(plain))
        operation = _chosen(node, name)
        fragments = {part.name.value: part for part in node.definitions if isinstance(part, FragmentDefinitionNode)}
        return Document(
            text=plain,
            node=node,
            operation=operation,
            kind=OperationKind(operation.operation.value),
            fragments=fragments,
            declarations={part.variable.name.value: _declared(part) for part in operation.variable_definitions or ()},
            defaults={
                part.variable.name.value: value_from_ast_untyped(part.default_value)
                for part in operation.variable_definitions or ()
                if part.default_value
            },
            variables=Variables(self._schema, operation.variable_definitions or ()),
            conditions=tuple(dict.fromkeys(_conditions(node))),
            introspects=any(field.name.value in _META_ROOTS for field, _ in _fields(node, operation.selection_set, ())),
        )

    def variables(self, document: Document, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the coerced variables of an operation; raise RequestRefused for values that do not fit."""
        coerced = document.variables.read(given)
        if isinstance(coerced, list):
            raise RequestRefused([_refusal(error, _path_of_variable(document, error)) for error in coerced])
        return coerced.coerced


def _chosen(node: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [part for part in node.definitions if isinstance(part, OperationDefinitionNode)]
    if name:
        for operation in operations:
            if operation.name and operation.name.value == name:
                return operation
        known = ", ".join(part.name.value for part in operations if part.name) or "none has a name"
        raise RequestRefused([_plain(f"There is no operation named {name!r} in the document; there is: {known}.")])
    if len(operations) == 1:
        return operations[0]
    if not operations:
        raise RequestRefused([_plain("The document holds no operation.")])
    raise RequestRefused([_plain("The document holds several operations: name one in `operationName`.")])


def _declared(node: VariableDefinitionNode) -> str:
    default = f" = {print_ast(node.default_value)}" if node.default_value else ""
    return print_ast(node.type) + default


# – errors that say where –


def _plain(message: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": "BAD_USER_INPUT"}}


def _refusal(error: GraphQLError, path: tuple[str, ...] | None) -> dict[str, Any]:
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if path:
        formatted["path"] = list(path)
    formatted["extensions"] = {**(error.extensions or {}), "code": "BAD_USER_INPUT"}
    return formatted


def _path_of(document: DocumentNode, error: GraphQLError) -> tuple[str, ...] | None:
    """Return the response path of the field that the faulty node stands in, or that uses the faulty variable."""
    for node in error.nodes or ():
        declaration = _declaration(document, node)
        if declaration is not None:
            path = _first_use(document, _operations(document), declaration.variable.name.value)
        else:
            path = _holder(document, node)
        if path:
            return path
    return None


def _declaration(document: DocumentNode, node: Node) -> VariableDefinitionNode | None:
    """Return the variable definition that a node is or stands in."""
    for operation in _operations(document):
        for declaration in operation.variable_definitions or ():
            if node is declaration or _is_within(declaration, node):
                return declaration
    return None


def _path_of_variable(document: Document, error: GraphQLError) -> tuple[str, ...] | None:
    for node in error.nodes or ():
        if isinstance(node, VariableDefinitionNode):
            return _first_use(document.node, (document.operation,), node.variable.name.value)
    return None


def _operations(document: DocumentNode) -> Iterable[OperationDefinitionNode]:
    return (part for part in document.definitions if isinstance(part, OperationDefinitionNode))


def _holder(document: DocumentNode, wanted: Node) -> tuple[str, ...] | None:
    """Return the path of the innermost field around a node; for a fragment, as it is spread first."""
    for operation in _operations(document):
        for selection_set, path in _selection_sets(document, operation.selection_set, ()):
            for node in selection_set.selections:
                if node is wanted or (not isinstance(node, FieldNode) and _is_within(node, wanted)):
                    return (*path, _response(node)) if isinstance(node, FieldNode) else path
                if isinstance(node, FieldNode) and _is_within(node, wanted):
                    return (*path, _response(node))
    return None


def _first_use(
    document: DocumentNode, operations: Iterable[OperationDefinitionNode], variable: str
) -> tuple[str, ...] | None:
    for operation in operations:
        for field, path in _fields(document, operation.selection_set, ()):
            if any(node.name.value == variable for node in _own_nodes(field) if isinstance(node, VariableNode)):
                return path
    return None


def _fields(
    document: DocumentNode, selection_set: SelectionSetNode, path: tuple[str, ...]
) -> Iterator[tuple[FieldNode, tuple[str, ...]]]:
    for inner, at in _selection_sets(document, selection_set, path):
        for node in inner.selections:
            if isinstance(node, FieldNode):
                yield node, (*at, _response(node))


def _selection_sets(
    document: DocumentNode, selection_set: SelectionSetNode, path: tuple[str, ...]
) -> Iterator[tuple[SelectionSetNode, tuple[str, ...]]]:
    """Yield every selection set below one with its path; each fragment once, where it is spread first."""
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    seen: set[str] = set()
    open_: list[tuple[SelectionSetNode, tuple[str, ...]]] = [(selection_set, path)]
    while open_:
        current, at = open_.pop()
        yield current, at
        following: list[tuple[SelectionSetNode, tuple[str, ...]]] = []
        for node in current.selections:
            if isinstance(node, FragmentSpreadNode):
                fragment = fragments.get(node.name.value)
                if fragment is not None and node.name.value not in seen:
                    seen.add(node.name.value)
                    following.append((fragment.selection_set, at))
            else:
                inner: SelectionSetNode | None = getattr(node, "selection_set", None)
                if inner is not None:
                    following.append((inner, (*at, _response(node)) if isinstance(node, FieldNode) else at))
        open_.extend(reversed(following))


def _response(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _is_within(holder: Node, wanted: Node) -> bool:
    return any(node is wanted for node in _own_nodes(holder))


def _own_nodes(node: Node) -> Iterator[Node]:
    """Yield all nodes of a selection but those of its sub-selection."""
    open_: list[Any] = [getattr(node, key, None) for key in node.keys if key not in ("selection_set", "loc")]
    while open_:
        part = open_.pop()
        if isinstance(part, Node):
            yield part
            open_.extend(getattr(part, key, None) for key in part.keys if key != "loc")
        elif isinstance(part, tuple | list):
            open_.extend(part)


def _conditions(document: DocumentNode) -> Iterator[str]:
    """Yield the variables that decide over @skip and @include anywhere in a document."""
    open_: list[Any] = list(document.definitions)
    while open_:
        node = open_.pop()
        for directive in getattr(node, "directives", None) or ():
            if directive.name.value in ("skip", "include"):
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        yield argument.value.name.value
        selection_set = getattr(node, "selection_set", None)
        if selection_set is not None:
            open_.extend(selection_set.selections)
