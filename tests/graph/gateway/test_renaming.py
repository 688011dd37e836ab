"""The gateway fits nothing by name or place: renamed and reordered graphs plan and answer as the originals do."""

import json
import os
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationType, parse, validate

from graph.gateway.document import RequestRefused
from graph.gateway.gateway import Gateway
from graph.gateway.plan import Plan
from graph.gateway.transport import InProcess, SubgraphOperation
from graph.operation import Operation, Result
from tests.graph.gateway.conftest import HERE, Observatory, build_parts
from tests.graph.gateway.renaming import (
    Case,
    Names,
    Question,
    Renaming,
    SubgraphSdl,
    read_shapes,
    rename,
    rename_data,
    rewrite,
)

FOLDER = Path(os.environ.get("MEDIA_GATEWAY_SHARED", "../shared")) / "data" / "federation-audit"
SUITES = sorted(FOLDER.glob("*.json"))
SEEDS = (1, 2)
ADDRESS = "http://renamed.invalid"
QUERIES = (
    '{ star(id: "s1") { label measuredIn far: distance(unit: LIGHTYEAR) followers seeing { arcseconds jitter } } }',
    '{ stars(first: 3, filter: { brighterThan: 1.5, region: "DE" }) { id measuredIn exposure(seconds: 2) parallax } }',
    """
    { sky { __typename id ...bright ... on Planet { host { label what: __typename } images { url by { name } } } } }
    fragment bright on Star { filterName magnitude images(limit: 1) { id } companions { followers } }
    """,
    "{ findings { ... on Planet { radius } ... on Star { kind: __typename discoverer { mentor { name } } } } }",
    """
    query sky($unit: Unit = LIGHTYEAR, $no: Boolean = false) {
      star(id: "s2") { distance(unit: $unit) id @skip(if: $no) label @include(if: $no) }
      epoch
      __typename
    }
    """,
    'mutation { book(star: "s1") { id star { label } } follow(star: "s2") { id } cancel(booking: "b-s1") }',
    '{ star(id: "s1") { no } }',
    '{ star(id: "s1") { distance(unit: FURLONG) } }',
)


def identity(_names: Names, name: str) -> str:
    return name


def unordered(value: Any) -> int:
    """Return a hash of a parsed document that is equal in any order, of field sets too."""
    if isinstance(value, dict):
        if value.get("kind") == "string_value":
            return hash(tuple(sorted(re.findall(r"\w+", value["value"]))))
        return hash(tuple(sorted((key, unordered(part)) for key, part in value.items() if part is not None)))
    if isinstance(value, list | tuple):
        return hash(tuple(sorted(unordered(item) for item in value)))
    return hash(value)


def read_case(suite: Path) -> Case:
    case = json.loads(suite.read_text())
    return Case(
        case["supergraph"],
        tuple(SubgraphSdl(one["name"], one["sdl"]) for one in case["subgraphs"]),
        tuple(Question(one["query"], one["expected"]) for one in case["tests"]),
    )


@cache
def observatory_case() -> Case:
    return Case(
        (HERE / "supergraph.graphql").read_text(),
        tuple(SubgraphSdl(name, (HERE / f"{name}.graphql").read_text()) for name in ("people", "stars", "telescopes")),
        tuple(Question(query, {}) for query in QUERIES),
    )


def gateway_of(case: Case) -> Gateway:
    return Gateway(case.supergraph, InProcess({}, lambda error: dict(error.formatted)))


def plan_of(gateway: Gateway, question: Question) -> Plan | None:
    try:
        return gateway.plan(Operation(question.query))
    except RequestRefused:
        return None


def served_schema(sdl: str, build: Callable[[str], GraphQLSchema]) -> GraphQLSchema:
    """Return what a subgraph serves whose root types have names of their own."""
    built = build(sdl)
    roots = read_shapes(sdl).roots
    query = built.type_map[roots.get(OperationType.QUERY, "Query")]
    assert built.query_type is not None
    query.fields.update(built.query_type.fields)  # type: ignore[attr-defined]
    mutation = built.type_map.get(roots.get(OperationType.MUTATION, ""))
    return GraphQLSchema(**{**built.to_kwargs(), "query": query, "mutation": mutation})  # type: ignore[arg-type]


def assert_plans_alike(renaming: Renaming, build: Callable[[str], GraphQLSchema]) -> int:
    """Check all operations of a case, original and renamed; return how many fetches there were."""
    original, renamed = gateway_of(renaming.original), gateway_of(renaming.renamed)
    schemas = {one.name: served_schema(one.sdl, build) for one in renaming.renamed.subgraphs}
    fetches = 0
    for before, after in zip(renaming.original.questions, renaming.renamed.questions, strict=True):
        expected, plan = plan_of(original, before), plan_of(renamed, after)
        if expected is None or plan is None:
            assert plan is expected, after.query
            continue
        assert len(plan.fetches) == len(expected.fetches), f"{expected}\n\n{plan}"
        for fetch in plan.fetches:
            errors = validate(schemas[fetch.subgraph], parse(fetch.text))
            assert not errors, f"{fetch}\n{errors}"
        fetches += len(plan.fetches)
    return fetches


@pytest.mark.skipif(not SUITES, reason=f"the audit's data is not at {FOLDER} (set MEDIA_GATEWAY_SHARED)")
def test_all_suites_are_there() -> None:
    assert len(SUITES) == 46


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_renamed_operations_of_the_audit_plan_as_many_fetches(
    suite: Path, seed: int, subgraph_schema: Callable[[str], GraphQLSchema]
) -> None:
    assert assert_plans_alike(rename(read_case(suite), f"{seed} {suite.stem}", ADDRESS), subgraph_schema)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_an_expected_answer_renamed_and_restored_is_the_same(suite: Path, seed: int) -> None:
    renaming = rename(read_case(suite), seed, ADDRESS)
    shapes = read_shapes(renaming.renamed.supergraph)
    for before, after in zip(renaming.original.questions, renaming.renamed.questions, strict=True):
        data = after.expected.get("data")
        restored = rename_data(after.query, data, shapes, renaming.backward.of, keys=True)
        assert restored == before.expected.get("data")
        assert not data or data != before.expected["data"]


@pytest.mark.parametrize("seed", SEEDS)
def test_renamed_operations_of_the_observatory_plan_as_many_fetches(
    seed: int, subgraph_schema: Callable[[str], GraphQLSchema]
) -> None:
    assert assert_plans_alike(rename(observatory_case(), seed, ADDRESS), subgraph_schema)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", [observatory_case, *SUITES], ids=lambda case: getattr(case, "stem", "observatory"))
def test_every_name_is_new_and_leads_back(case: Path | Callable[[], Case], seed: int) -> None:
    renaming = rename(read_case(case) if isinstance(case, Path) else case(), seed, ADDRESS)
    words = renaming.forward.words.values()
    olds = {old for part in words for old in part}
    news = [new for part in words for new in part.values()]
    assert len(set(news)) == len(news)
    assert not olds.intersection(news)
    original, renamed = renaming.original, renaming.renamed
    for subgraph in gateway_of(renamed).supergraph.subgraphs.values():
        assert subgraph.url == f"{ADDRESS}/{subgraph.name}"
    back = {renaming.backward.of(Names.SUBGRAPHS, one.name): one.sdl for one in renamed.subgraphs}
    pairs = [
        (original.supergraph, renamed.supergraph),
        *((one.sdl, back[one.name]) for one in original.subgraphs),
        *((one.query, other.query) for one, other in zip(original.questions, renamed.questions, strict=True)),
    ]
    for before, after in pairs:
        # An unknown name would raise: every name of the renamed text is one that was drawn.
        restored = parse(rewrite(after, renaming.backward.of, address=ADDRESS), no_location=True)
        known = parse(rewrite(before, identity, address=ADDRESS), no_location=True)
        assert unordered(restored.to_dict()) == unordered(known.to_dict())


def fields_of_star(renaming: Renaming) -> list[str]:
    star = gateway_of(renaming.renamed).supergraph.types[renaming.forward.of(Names.TYPES, "Star")]
    return [renaming.backward.of(Names.FIELDS, name) for name in star.fields]


def test_a_seed_gives_an_order_of_its_own() -> None:
    first, again, other = [rename(observatory_case(), seed, ADDRESS) for seed in (1, 1, 2)]
    assert first == again
    assert first.renamed != other.renamed
    assert sorted(fields_of_star(first)) == sorted(fields_of_star(other))
    assert fields_of_star(first) != fields_of_star(other)


def test_a_mutation_keeps_the_order_in_which_it_runs() -> None:
    renaming = rename(observatory_case(), SEEDS[0], ADDRESS)
    mutation = next(one.query for one in renaming.renamed.questions if one.query.startswith("mutation"))
    root: Any = parse(mutation).definitions[0]
    names = [node.name.value for node in root.selection_set.selections]
    assert [renaming.backward.of(Names.FIELDS, name) for name in names] == ["book", "follow", "cancel"]


@pytest.mark.parametrize("refused", ['@join__directive(graphs: [A], name: "x")', '@fromContext(field: "$x y")'])
def test_names_in_directives_that_are_not_understood_are_refused(refused: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        rewrite(f"type A {refused} {{ b: Int }}", identity)


@dataclass
class RenamedSubgraphs:
    """Asks the original subgraphs what a gateway over the renamed ones asks."""

    renaming: Renaming
    inner: InProcess

    async def execute(self, subgraph: str, fetch: SubgraphOperation, context: Any) -> Result:
        name = self.renaming.backward.of(Names.SUBGRAPHS, subgraph)
        shapes = read_shapes(next(one.sdl for one in self.renaming.original.subgraphs if one.name == name))
        text = self.renaming.restore_operation(fetch.text)
        variables = self.renaming.restore_variables(text, fetch.variables, shapes)
        answer = await self.inner.execute(name, replace(fetch, text=text, variables=variables), context)
        return {**answer, "data": self.renaming.rename_data(text, answer.get("data"), shapes)}

    async def subscribe(self, subgraph: str, fetch: SubgraphOperation, context: Any) -> AsyncGenerator[Result]:
        raise NotImplementedError


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_renamed_observatory_answers_as_the_observatory(seed: int, observatory: Observatory) -> None:
    renaming = rename(observatory_case(), seed, ADDRESS)
    shapes = read_shapes(renaming.original.supergraph)
    inner = InProcess(build_parts().schemas, lambda error: dict(error.formatted))
    gateway = Gateway(renaming.renamed.supergraph, RenamedSubgraphs(renaming, inner))
    for before, after in zip(renaming.original.questions, renaming.renamed.questions, strict=True):
        expected = await observatory.ask(before.query)
        answer = await gateway.execute(Operation(after.query), observatory.request)  # type: ignore[arg-type]
        data = rename_data(before.query, expected.get("data"), shapes, renaming.forward.of, keys=True)
        assert answer.get("data") == data
        assert len(answer.get("errors", ())) == len(expected.get("errors", ()))


def test_representations_inputs_and_enums_get_their_names_back() -> None:
    sdl = (
        "enum Colour { RED } input Paint { tone: Colour, more: [Paint!] } interface Thing { id: ID, hue: Colour }"
        ' type Cup implements Thing @key(fields: "id hue") { id: ID, hue: Colour, in: Thing } type Query { cup: Cup }'
    )
    query = "query ($p: [Paint], $c: Colour, $r: [_Any!]!) { a: cup { ...f in { hue } } } fragment f on Cup { hue }"
    # No supergraph is read here: the subgraph stands for it.
    renaming = rename(Case(sdl, (SubgraphSdl("s", sdl),), (Question("{ cup { id } }", {}),)), 3, ADDRESS)
    new = renaming.forward.of
    shapes = read_shapes(sdl)
    red, hue, tone, more = (
        new(Names.VALUES, "RED"),
        *(new(names, name) for names, name in ((Names.FIELDS, "hue"), (Names.INPUTS, "tone"), (Names.INPUTS, "more"))),
    )
    cup, inside = new(Names.TYPES, "Cup"), new(Names.FIELDS, "in")
    variables = {
        "p": [{tone: red, more: [{tone: None}]}],
        "c": red,
        "r": [{"__typename": cup, hue: red, inside: {hue: red}}],
    }
    assert renaming.restore_variables(query, variables, shapes) == {
        "p": [{"tone": "RED", "more": [{"tone": None}]}],
        "c": "RED",
        "r": [{"__typename": "Cup", "hue": "RED", "in": {"hue": "RED"}}],
    }
    data = {"a": {"hue": "RED", "in": {"hue": "RED"}}}
    assert renaming.rename_data(query, data, shapes) == {"a": {"hue": red, "in": {"hue": red}}}
    text = renaming.restore_operation(f"{{ {new(Names.FIELDS, 'cup')} {{ {hue} x_y: {hue} }} }}")
    assert " ".join(text.split()) == f"{{ {new(Names.FIELDS, 'cup')}: cup {{ {hue}: hue x_y: hue }} }}"
    with pytest.raises(KeyError):
        renaming.restore_operation("{ cup { hue } }")
