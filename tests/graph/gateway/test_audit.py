"""The public federation gateway audit, its planning half: every operation plans, every fetch fits its subgraph."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from graphql import GraphQLSchema, parse, validate

from graph.gateway.document import RequestRefused
from graph.gateway.gateway import Gateway
from graph.gateway.transport import InProcess
from graph.operation import Operation

FOLDER = Path(os.environ.get("MEDIA_GATEWAY_SHARED", "../shared")) / "data" / "federation-audit"
SUITES = sorted(FOLDER.glob("*.json"))


@pytest.mark.skipif(not SUITES, reason=f"the audit's data is not at {FOLDER} (set MEDIA_GATEWAY_SHARED)")
def test_all_suites_are_there() -> None:
    assert len(SUITES) == 46


@pytest.mark.skipif(not SUITES, reason=f"the audit's data is not at {FOLDER} (set MEDIA_GATEWAY_SHARED)")
def test_which_of_two_subgraphs_answers_does_not_show_in_the_members_of_a_union() -> None:
    case = json.loads((FOLDER / "partial-union-complex.json").read_text())
    gateway = Gateway(case["supergraph"], InProcess({}, lambda error: dict(error.formatted)))
    actions = "wrapper { actions { ... on OnlyA { a } ... on OnlyB { b } } }"
    either = str(gateway.plan(Operation("{ rootA { %s } }" % actions)))  # noqa: UP031 – braces are GraphQL's here
    only_b = "{ rootA { %s } }" % actions.replace("wrapper", "bWrapper")  # noqa: UP031 – as above
    assert "OnlyA" not in either
    assert "OnlyB" in str(gateway.plan(Operation(only_b)))


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_every_operation_plans_and_every_fetch_is_valid(
    suite: Path, subgraph_schema: Callable[[str], GraphQLSchema]
) -> None:
    case = json.loads(suite.read_text())
    gateway = Gateway(case["supergraph"], InProcess({}, lambda error: dict(error.formatted)))
    schemas = {one["name"]: subgraph_schema(one["sdl"]) for one in case["subgraphs"]}
    for test in case["tests"]:
        try:
            plan = gateway.plan(Operation(test["query"]))
        except RequestRefused:
            expected = test["expected"]
            assert expected.get("errors"), test["query"]
            assert expected.get("data") is None, test["query"]
            continue
        for fetch in plan.fetches:
            errors = validate(schemas[fetch.subgraph], parse(fetch.text))
            assert not errors, f"{fetch}\n{errors}"
