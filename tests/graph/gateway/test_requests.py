"""Operations that cannot start: every refusal has a code, a message for people, and the place it speaks of."""

from typing import Any

import pytest

from graph.gateway.document import Documents, RequestRefused
from graph.gateway.gateway import Gateway
from graph.operation import Operation


async def refused(observatory: Any, query: str, name: str | None = None, **variables: Any) -> dict[str, Any]:
    result = await observatory.gateway.execute(Operation(query, variables, name), observatory.request)
    assert "data" not in result
    assert all(error["extensions"]["code"] == "BAD_USER_INPUT" for error in result["errors"])
    assert observatory.transport.asked == []
    error: dict[str, Any] = result["errors"][0]
    return error


async def test_syntax(observatory: Any) -> None:
    error = await refused(observatory, "{ star(id: }")
    assert error["message"].startswith("Syntax Error")
    assert error["locations"] == [{"line": 1, "column": 12}]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ('{ star(id: "s1") { lable } }', ["star", "lable"]),
        ('{ one: star(id: "s1") { label(of: 1) } }', ["one", "label"]),
        (
            '{ star(id: "s1") { ...Bad } } fragment Bad on Star { more: companions { nothing } }',
            ["star", "more", "nothing"],
        ),
        ("{ star { label } }", ["star"]),
        ('{ star(id: "s1") { label ... on Planet { radius } } }', ["star"]),
        ("{ stars(first: $n) { label } }", ["stars"]),
        ('{ star(id: "s1") { isVisible(from: "ZZ") } }', ["star", "isVisible"]),
        ("query ($n: Nothing) { stars(first: $n) { label } }", ["stars"]),
        ("{ stars { label @unknown } }", ["stars", "label"]),
        ('{ star(id: "s1") { baseline } }', ["star", "baseline"]),
        ("{ a: epoch @defer }", ["a"]),
    ],
)
async def test_validation_errors_name_the_field_they_stand_in(observatory: Any, query: str, path: list[str]) -> None:
    error = await refused(observatory, query)
    assert error["path"] == path
    assert error["locations"]


async def test_variables_name_the_first_field_that_uses_them(observatory: Any) -> None:
    query = "query ($from: Region!, $n: Int) { mine: stars(first: $n) { seen: isVisible(from: $from) } }"
    error = await refused(observatory, query, **{"from": "ZZ"})
    assert error["path"] == ["mine", "seen"]
    assert "'ZZ' is no region of ISO 3166-1." in error["message"]
    assert (await refused(observatory, query))["path"] == ["mine", "seen"]
    assert (await refused(observatory, query, **{"from": "DE", "n": "many"}))["path"] == ["mine"]


async def test_a_scalar_inside_an_input_object_is_checked_too(observatory: Any) -> None:
    query = "query ($filter: StarFilter) { stars(filter: $filter) { label } }"
    error = await refused(observatory, query, filter={"region": "ZZ"})
    assert error["path"] == ["stars"]
    assert "filter" in error["message"]


async def test_choosing_an_operation(observatory: Any) -> None:
    two = "query A { epoch } query B { epoch }"
    assert "operationName" in (await refused(observatory, two))["message"]
    assert "'C'" in (await refused(observatory, two, "C"))["message"]
    assert "never used" in (await refused(observatory, "fragment F on Star { label }"))["message"]
    result = await observatory.gateway.execute(Operation(two, name="B"), observatory.request)
    assert result == {"data": {"epoch": "J2000"}}


async def test_a_document_of_too_many_tokens_is_refused_while_parsing(observatory: Any) -> None:
    gateway = Gateway(observatory.gateway.supergraph, observatory.transport, max_tokens=20)
    result = await gateway.execute(Operation("{" + "epoch " * 50 + "}"), observatory.request)
    assert "20 tokens" in result["errors"][0]["message"]


async def test_a_document_that_is_nested_too_deeply_is_refused(observatory: Any) -> None:
    query = "{ stars " + "{ companions " * 3000 + "{ label }" + "}" * 3001
    error = await refused(observatory, query)
    assert error["message"]


def test_a_document_is_read_once(observatory_supergraph: Any) -> None:
    documents = Documents(observatory_supergraph.api, entries=2)
    first = documents.read("{ epoch }", None)
    assert documents.read("{ epoch }", None) is first
    documents.read("{ a: epoch }", None)
    documents.read("{ b: epoch }", None)
    assert documents.read("{ epoch }", None) is not first


def test_a_refused_document_is_not_cached(observatory_supergraph: Any) -> None:
    documents = Documents(observatory_supergraph.api)
    for _ in range(2):
        with pytest.raises(RequestRefused):
            documents.read("{ nothing }", None)
    assert len(documents._cache) == 0


async def test_plans_are_kept_by_the_values_that_decide_over_fields(observatory: Any) -> None:
    query = "query ($all: Boolean!, $id: ID!) { star(id: $id) { label followers @include(if: $all) } }"
    for variables in ({"all": True, "id": "s1"}, {"all": True, "id": "s3"}, {"all": False, "id": "s1"}):
        await observatory.data(query, **variables)
    assert len(observatory.gateway._programs) == 2


async def test_documents_that_differ_in_white_space_share_a_plan_and_nothing_else(observatory: Any) -> None:
    one = "query ($from: Region!) { stars { isVisible(from: $from) } }"
    other = """# the same
    query ($from: Region!) {
      stars { isVisible(from: $from), }
    }"""
    gateway = observatory.gateway
    assert gateway.plan(Operation(one)) is gateway.plan(Operation(other))
    assert gateway.plan(Operation(one)) is not gateway.plan(Operation(one.replace("stars", "all: stars")))
    for query, line in ((one, 1), (other, 2)):
        error = await refused(observatory, query, **{"from": "ZZ"})
        assert error["locations"][0]["line"] == line
