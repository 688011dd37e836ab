"""Printed plans, word for word: fewer or other fetches are a decision to be seen in a review."""

from textwrap import dedent
from typing import Any

import pytest

from graph.gateway.gateway import Gateway
from graph.operation import Operation

PLANS = {
    "one subgraph": (
        '{ star(id: "s1") { label companions { label } } }',
        """
        Fetch 0 → stars
            {star(id: "s1") {label companions {label}}}
        """,
    ),
    "parallel hops": (
        "query ($id: ID!) { star(id: $id) { label followers images { url by { name } } } }",
        """
        Sequence
          Fetch 0 → stars
              query($id: ID!) {star(id: $id) {label id}}
          Parallel
            Fetch 1 → people
              star: Star(id)
                {... on Star {followers}}
            Fetch 2 → telescopes
              star: Star(id)
                {... on Star {images {url by {name}}}}
        """,
    ),
    "requires": (
        '{ star(id: "s1") { exposure filterName distance: magnitude } }',
        """
        Sequence
          Fetch 0 → stars
              {star(id: "s1") {distance: magnitude distance_Star: distance(unit: LIGHTYEAR) baseline id spectrum}}
          Fetch 1 → telescopes
            star: Star(id, distance=distance_Star, baseline, spectrum)
              {... on Star {exposure filterName}}
        """,
    ),
    "an interface, and one hop for two types": (
        "{ sky { label ... on Star { images { id } } ... on Planet { images { id } } } }",
        """
        Sequence
          Fetch 0 → stars
              {sky {__typename label id}}
          Fetch 1 → telescopes
            sky: Star(id)
            sky: Planet(id)
              {... on Star {images {id}} ... on Planet {images {id}}}
        """,
    ),
    "two places, one request": (
        '{ a: star(id: "s1") { followers } b: star(id: "s2") { followers } c: star(id: "s2") { myNote } }',
        """
        Sequence
          Fetch 0 → stars
              {a: star(id: "s1") {id} b: star(id: "s2") {id} c: star(id: "s2") {id}}
          Fetch 1 → people
            a: Star(id)
            b: Star(id)
              {... on Star {followers}}
            c: Star(id)
              {... on Star {myNote}}
        """,
    ),
    "mutations in order": (
        'mutation { book(star: "s1") { star { label } } follow(star: "s1") { myNote } cancel(booking: "b") }',
        """
        Sequence
          Fetch 0 → telescopes
              mutation {book(star: "s1") {star {id}}}
          Fetch 1 → stars
            book.star: Star(id)
              {... on Star {label}}
          Fetch 2 → people
              mutation {follow(star: "s1") {myNote}}
          Fetch 3 → telescopes
              mutation {cancel(booking: "b")}
        """,
    ),
    "a subscription": (
        "subscription { imaged { image { url } star { label } } }",
        """
        Sequence
          Fetch 0 → telescopes
              subscription {imaged {image {url} star {id}}}
          Fetch 1 → stars
            imaged.star: Star(id)
              {... on Star {label}}
        """,
    ),
    "a value type from its parent": (
        '{ star(id: "s1") { seeing { jitter arcseconds } } }',
        """
        Sequence
          Fetch 0 → stars
              {star(id: "s1") {seeing {arcseconds} id}}
          Fetch 1 → telescopes
            star: Star(id)
              {... on Star {seeing {jitter}}}
        """,
    ),
    "nothing to fetch": ("{ __typename __schema { queryType { name } } }", "Nothing to fetch"),
}


@pytest.mark.parametrize("name", PLANS)
def test_plan(observatory: Any, name: str) -> None:
    query, expected = PLANS[name]
    assert observatory.plan(query) == dedent(expected).strip()


async def test_the_answer_holds_the_plan_for_those_who_may_see_it(observatory: Any) -> None:
    query = '{ star(id: "s1") { label } }'
    asks = Operation(query, extensions={"queryPlan": True})
    refused = await observatory.gateway.execute(asks, observatory.request)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "data" not in refused
    assert observatory.transport.asked == []

    insiders = {id(observatory.request)}
    gateway = Gateway(
        observatory.gateway.supergraph, observatory.transport, may_see_plans=lambda one: id(one) in insiders
    )
    told = await gateway.execute(asks, observatory.request)
    assert told["extensions"] == {"queryPlan": observatory.plan(query)}
    assert told["data"] == {"star": {"label": "Vega"}}
    assert "extensions" not in await gateway.execute(Operation(query), observatory.request)
