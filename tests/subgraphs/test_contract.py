"""What we serve is in the contract, word for word but for descriptions and order."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from graphql import DefinitionNode, Node, SchemaExtensionNode, parse, print_ast

from subgraphs.registry import SUBGRAPHS, Subgraph

CONTRACT = Path(os.environ.get("MEDIA_GATEWAY_SHARED", "../shared")) / "contract"
SHARED = ["PageInfo", "Money", "Node", "ChangeEvent", "Genre", "DeviceKind", "TitleKind", "VideoQuality"]
SCALARS = ["DateTime", "Date", "Duration", "Region", "Language", "URL", "Stamp"]

each_subgraph = pytest.mark.parametrize("subgraph", SUBGRAPHS, ids=lambda subgraph: subgraph.name)

Facts = dict[tuple[str, ...], str]
"""What a document says: a path such as ("Title", "offers", "(first)") → the type, default, directives there."""


def definitions(sdl: str) -> dict[str, DefinitionNode]:
    """Return the type definitions of an SDL document by name."""
    found = {}
    for definition in parse(sdl, no_location=True).definitions:
        if not isinstance(definition, SchemaExtensionNode) and hasattr(definition, "name"):
            found[definition.name.value] = definition
    return found


def _directives(node: Any) -> str:
    return " ".join(sorted(print_ast(directive) for directive in node.directives or ()))


def _default(node: Any) -> str:
    return "" if getattr(node, "default_value", None) is None else f" = {print_ast(node.default_value)}"


def facts(sdl: str) -> Facts:
    """Return everything an SDL document says but descriptions and order."""
    told: Facts = {}
    for name, node in definitions(sdl).items():
        told[name,] = f"{node.kind} {_directives(node)}".strip()
        for part in ("interfaces", "types", "values"):
            for member in getattr(node, part, None) or ():
                told[name, f"{part} {member.name.value}"] = _directives(member) if part == "values" else ""
        for field in getattr(node, "fields", None) or ():
            place = name, field.name.value
            told[place] = f"{print_ast(field.type)}{_default(field)} {_directives(field)}".strip()
            for argument in getattr(field, "arguments", None) or ():
                told[*place, f"({argument.name.value})"] = (
                    f"{print_ast(argument.type)}{_default(argument)} {_directives(argument)}".strip()
                )
    return told


def contract_of(subgraph: Subgraph) -> str:
    """Return the contract of a subgraph, or skip."""
    file = CONTRACT / f"{subgraph.name}.graphql"
    if not file.exists():
        pytest.skip(f"no contract at {CONTRACT}: set MEDIA_GATEWAY_SHARED to the shared folder")
    return file.read_text()


@each_subgraph
def test_what_is_served_is_in_the_contract(subgraph: Subgraph) -> None:
    promised = facts(contract_of(subgraph))
    served = facts(subgraph.build(None).as_str())
    differences = [
        f"{'.'.join(place)}: served {said!r}, promised {promised.get(place)!r}"
        for place, said in served.items()
        if promised.get(place) != said and not any(part.startswith("_") for part in place)  # federation's own
    ]
    assert differences == []


@each_subgraph
def test_what_is_served_is_served_whole(subgraph: Subgraph) -> None:
    """A field comes with all its arguments, an enum with all its values, a union and an interface with all members."""
    promised = facts(contract_of(subgraph))
    served = facts(subgraph.build(None).as_str())
    missing = [
        ".".join(place)
        for place in promised
        if place not in served
        and (place[:-1] in served)
        and (len(place) == 3 or place[-1].startswith(("values ", "interfaces ")))
    ]
    assert missing == []


def test_shared_types_are_word_for_word_the_same() -> None:
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for subgraph in SUBGRAPHS:
        found: dict[str, Node] = {**definitions(subgraph.build(None).as_str())}
        for name in [*SHARED, *SCALARS]:
            if name in found:
                texts[name][subgraph.name] = print_ast(found[name])
    assert {name for name, by_subgraph in texts.items() if len(set(by_subgraph.values())) > 1} == set()
    assert len(texts["TitleKind"]) + len(texts["Genre"]) > 2, "an enum is used by two subgraphs"


def test_a_difference_would_be_seen() -> None:
    one = facts(
        'type A implements N @key(fields: "id") { "says" b(c: Int = 1): D @x } '
        "enum E { F } union U = A input I { j: K = 2 }"
    )
    assert one == {
        ("A",): 'object_type_definition @key(fields: "id")',
        ("A", "interfaces N"): "",
        ("A", "b"): "D @x",
        ("A", "b", "(c)"): "Int = 1",
        ("E",): "enum_type_definition",
        ("E", "values F"): "",
        ("U",): "union_type_definition",
        ("U", "types A"): "",
        ("I",): "input_object_type_definition",
        ("I", "j"): "K = 2",
    }
