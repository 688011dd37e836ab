"""Other forms of an operation: smaller while it still shows a difference, under another alias, without conditions."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from graphql import (
    REMOVE,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    value_from_ast_untyped,
    visit,
)

from tests.graph.gateway.operation_generator import Generated

_MOST_TRIES = 150
NOTHING = "nothing_"


async def shrunk(
    schema: GraphQLSchema, generated: Generated, still: Callable[[Generated], Awaitable[bool]]
) -> Generated:
    """Return an operation with as few selections and directives as `still` allows, within a number of tries."""
    tries = 0
    found = True
    while found:
        found = False
        for text in _smaller(generated.text):
            if validate(schema, parse(text)):
                continue
            tries += 1
            if tries > _MOST_TRIES:
                return generated
            declared = {one.variable.name.value for one in _operation(parse(text)).variable_definitions or ()}
            candidate = Generated(text, {key: value for key, value in generated.variables.items() if key in declared})
            if await still(candidate):
                generated, found = candidate, True
                break
    return generated


def _smaller(text: str) -> Iterator[str]:
    """Yield the text with one selection or all directives of one selection less, large ones first."""
    document = parse(text)
    selections: list[Node] = []

    class Selections(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
            selections.extend(node.selections)

    visit(document, Selections())
    for selection in selections:
        yield _tidied(_without(document, selection))
    for selection in selections:
        if getattr(selection, "directives", None):
            yield _tidied(_replaced(document, selection))


def _without(document: DocumentNode, selection: Node) -> DocumentNode:
    class Removal(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode | None:
            if not any(one is selection for one in node.selections):
                return None
            rest = tuple(one for one in node.selections if one is not selection)
            return SelectionSetNode(selections=rest or _selections("{ __typename }"))

    return visit(document, Removal())


def _replaced(document: DocumentNode, selection: Node) -> DocumentNode:
    class Replacement(Visitor):
        def enter(self, node: Node, *_: object) -> Node | None:
            if node is not selection:
                return None
            return type(node)(**{key: getattr(node, key) for key in node.keys if key not in ("directives", "loc")})

    return visit(document, Replacement())


def _tidied(document: DocumentNode) -> str:
    """Return the text without fragments that are not spread and variables that are not used."""
    definitions = list(document.definitions)
    while True:
        spread = {
            node.name.value for one in definitions for node in _nodes(one) if isinstance(node, FragmentSpreadNode)
        }
        kept = [one for one in definitions if not isinstance(one, FragmentDefinitionNode) or one.name.value in spread]
        if len(kept) == len(definitions):
            break
        definitions = kept
    operation = _operation(DocumentNode(definitions=tuple(definitions)))
    rest = [one for one in definitions if one is not operation]
    used = {
        node.name.value
        for one in (operation.selection_set, *rest)
        for node in _nodes(one)
        if isinstance(node, VariableNode)
    }
    variables = tuple(one for one in operation.variable_definitions or () if one.variable.name.value in used)
    operation = OperationDefinitionNode(
        operation=operation.operation, selection_set=operation.selection_set, variable_definitions=variables
    )
    return print_ast(DocumentNode(definitions=(operation, *rest)))


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))


def _nodes(node: Node) -> list[Node]:
    found: list[Node] = []

    class All(Visitor):
        def enter(self, one: Node, *_: object) -> None:
            found.append(one)

    visit(node, All())
    return found


def renamed(text: str, alias: str, other: str) -> str:
    """Return an operation in which fields under an alias are under another one; unaliased fields stay."""

    class Renaming(Visitor):
        def leave_field(self, node: FieldNode, *_: object) -> FieldNode | None:
            if node.alias is None or node.alias.value != alias:
                return None
            name = type(node.alias)(value=other)
            return FieldNode(
                **{key: getattr(node, key) for key in node.keys if key not in ("alias", "loc")}, alias=name
            )

    return print_ast(visit(parse(text), Renaming()))


def resolved(text: str, variables: Mapping[str, Any]) -> str:
    """Return an equivalent operation without @skip and @include: what they leave out is not there.

    A field of which nothing is left asks for its type as NOTHING.
    """
    document = parse(text)
    values = {
        one.variable.name.value: value_from_ast_untyped(one.default_value)
        for one in _operation(document).variable_definitions or ()
        if one.default_value is not None
    } | dict(variables)

    class Resolution(Visitor):
        def leave_field(self, node: FieldNode, *_: object) -> Node:
            return _decided(node, values)

        def leave_inline_fragment(self, node: InlineFragmentNode, *_: object) -> Node:
            return _decided(node, values)

        def leave_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> Node:
            return _decided(node, values)

        def leave_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode:
            return SelectionSetNode(selections=node.selections or _selections(f"{{ {NOTHING}: __typename }}"))

    return _tidied(visit(document, Resolution()))


def _decided(node: Node, values: Mapping[str, Any]) -> Any:
    for directive in node.directives or ():
        value = directive.arguments[0].value
        condition = values[value.name.value] if isinstance(value, VariableNode) else value.value
        if condition is (directive.name.value == "skip"):
            return REMOVE
    return type(node)(**{key: getattr(node, key) for key in node.keys if key not in ("directives", "loc")})


def _selections(text: str) -> Any:
    return _operation(parse(text)).selection_set.selections
