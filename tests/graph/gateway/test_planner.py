"""Operations made to be expensive: fragments that spread each other, fields under many names, deep nesting."""

from typing import Any

import pytest

from graph.gateway.document import RequestRefused
from graph.gateway.drafts import Position
from graph.gateway.selection import MOST_FIELDS
from graph.operation import Operation


def chained(each: str, links: int, last: str) -> str:
    """Return an operation whose fragments each hold the next one several times."""
    fragments = [f"fragment F{link} on Star {{ {each.replace('NEXT', f'...F{link + 1}')} }}" for link in range(links)]
    return " ".join(['{ star(id: "s1") { ...F0 } }', *fragments, f"fragment F{links} on Star {{ {last} }}"])


@pytest.mark.parametrize(
    "each",
    [
        "NEXT NEXT",
        "... on Star { NEXT } ... { NEXT }",
        "NEXT ... on Star { NEXT } ... on Body { ... on Star { NEXT } }",
    ],
)
def test_fragments_that_spread_each_other_twice_are_spread_once(observatory: Any, each: str) -> None:
    plan = observatory.plan(chained(each, 60, "label followers"))
    assert plan == observatory.plan('{ star(id: "s1") { label followers } }')


def test_one_field_selected_twice_at_every_level_is_planned_once(observatory: Any) -> None:
    plan = observatory.plan(chained("companions { NEXT } companions { NEXT }", 40, "label followers"))
    once = '{ star(id: "s1") { ' + "companions { " * 40 + "label followers" + " }" * 40 + " } }"
    assert plan == observatory.plan(once)


@pytest.mark.parametrize("last", ["label", "label followers"], ids=["one subgraph", "two subgraphs"])
def test_an_operation_that_doubles_with_every_level_is_refused(observatory: Any, last: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        observatory.plan(chained("a: companions { NEXT } b: companions { NEXT }", 30, last))
    (error,) = refused.value.result["errors"]
    assert error["extensions"]["code"] == "COST_LIMIT"
    assert f"{MOST_FIELDS:,} fields" in error["message"]


def test_a_thousand_names_for_fields_are_planned(observatory: Any) -> None:
    names = " ".join(
        f"a{number}: label b{number}: followers c{number}: companions {{ label }}" for number in range(333)
    )
    plan = observatory.gateway.plan(Operation(f'{{ star(id: "s1") {{ {names} }} }}'))
    assert [fetch.subgraph for fetch in plan.fetches] == ["stars", "people"]
    assert plan.fetches[1].text.count("followers") == 333


def test_a_whole_selection_is_planned_by_field_only_when_more_turns_up_below_it() -> None:
    position = Position((), abstract=False)
    opened: list[str] = []
    position.keep_whole("chart", lambda: opened.append("chart"))
    whole = position.find_child("chart")
    assert whole is not None
    assert whole.find_key("Point", "x") == "x"
    assert whole.find_child("body") is whole
    for plan_by_field in position.open_whole("chart"):
        plan_by_field()
    assert opened == ["chart"]
    assert position.open_whole("chart") == []
    assert position.find_child("chart") is None
