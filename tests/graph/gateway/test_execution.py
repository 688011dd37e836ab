"""Answers over several subgraphs: hops, batching, @requires, @provides, abstract types, aliases, order of mutations."""

import asyncio
from typing import Any

import pytest

from graph.operation import READ_ONLY, Operation


async def test_fields_of_three_subgraphs_come_back_as_one_object_in_the_order_asked(observatory: Any) -> None:
    data = await observatory.data('{ star(id: "s1") { followers label images(limit: 1) { url } id } }')
    assert data == {"star": {"followers": 41, "label": "Vega", "images": [{"url": "/s1-0.png"}], "id": "s1"}}
    assert list(data["star"]) == ["followers", "label", "images", "id"]
    assert observatory.transport.order[0] == "stars"
    assert sorted(observatory.transport.order[1:]) == ["people", "telescopes"]


async def test_a_level_of_a_list_takes_one_entity_call_per_subgraph(observatory: Any) -> None:
    await observatory.data('{ stars { label images(limit: 1) { id } isVisible(from: "DE") } }')
    assert observatory.transport.order == ["stars", "telescopes"]
    _, fetch = observatory.transport.asked[1]
    assert fetch.variables["_representations"] == [{"__typename": "Star", "id": key} for key in ("s1", "s2", "s3")]


async def test_equal_entities_are_asked_for_once_wherever_they_stand(observatory: Any) -> None:
    data = await observatory.data('{ stars { companions { myNote } } first: star(id: "s1") { myNote } }')
    (people,) = [fetch for subgraph, fetch in observatory.transport.asked if subgraph == "people"]
    assert sorted(part["id"] for part in people.variables["_representations"]) == ["s1", "s2", "s3"]
    assert data["first"] == {"myNote": "note 0"}
    assert data["stars"][2]["companions"] == [{"myNote": "note 0"}, {"myNote": "note 0"}]


async def test_what_one_fetch_was_answered_another_does_not_ask_for(observatory: Any) -> None:
    held = observatory.transport.gates["telescopes"] = asyncio.Event()
    query = '{ me { favourites { label } } image(id: "i1") { by { email favourites { label } } } }'
    asking = asyncio.create_task(observatory.data(query))
    while len(observatory.transport.answers) < 2:  # me, and the favourites' labels
        await asyncio.sleep(0)
    held.set()
    data = await asking
    favourites = [{"label": "Vega"}, {"label": "Altair"}]
    assert data == {
        "me": {"favourites": favourites},
        "image": {"by": {"email": "cecilia@example.org", "favourites": favourites}},
    }
    assert observatory.transport.order.count("stars") == 1


async def test_what_failed_is_asked_for_again(observatory: Any) -> None:
    held = observatory.transport.gates["telescopes"] = asyncio.Event()
    observatory.transport.failures["stars"] = RuntimeError("down")
    query = '{ me { favourites { label } } image(id: "i1") { by { email favourites { label } } } }'
    asking = asyncio.create_task(observatory.ask(query))
    while "stars" not in observatory.transport.order:
        await asyncio.sleep(0)
    del observatory.transport.failures["stars"]
    held.set()
    result = await asking
    assert result["data"]["image"]["by"]["favourites"] == [{"label": "Vega"}, {"label": "Altair"}]
    assert {error["path"][0] for error in result["errors"]} == {"me"}


async def test_different_selections_of_entities_at_one_level_share_a_request(observatory: Any) -> None:
    data = await observatory.data('{ a: star(id: "s1") { myNote } b: star(id: "s3") { followers } }')
    assert data == {"a": {"myNote": "note 0"}, "b": {"followers": 7}}
    assert observatory.transport.order == ["stars", "people"]


async def test_required_fields_are_fetched_with_their_arguments_and_stay_invisible(observatory: Any) -> None:
    data = await observatory.data('{ star(id: "s1") { exposure(seconds: 2) distance } }')
    assert data == {"star": {"exposure": round(2 * 7.68 * 3.26 * 10, 2), "distance": 7.68}}
    assert observatory.transport.order == ["stars", "telescopes"]


async def test_one_required_field_with_different_arguments_takes_two_representations(observatory: Any) -> None:
    data = await observatory.data('{ star(id: "s1") { exposure(seconds: 1) parallax } }')
    assert data == {"star": {"exposure": round(7.68 * 3.26 * 10, 2), "parallax": round(1 / 7.68, 4)}}


async def test_provided_fields_save_a_hop(observatory: Any) -> None:
    data = await observatory.data('{ image(id: "i1") { by { name } } }')
    assert data == {"image": {"by": {"name": "Cecilia"}}}
    assert observatory.transport.order == ["telescopes"]
    await observatory.data('{ image(id: "i1") { by { name email } } }')
    assert observatory.transport.order == ["telescopes", "telescopes", "people"]


async def test_a_value_type_is_completed_through_the_object_it_belongs_to(observatory: Any) -> None:
    data = await observatory.data('{ star(id: "s1") { label seeing { arcseconds jitter } } }')
    assert data["star"]["seeing"] == {"arcseconds": 0.8, "jitter": 0.1}


async def test_interfaces_unions_and_lists_of_lists(observatory: Any) -> None:
    data = await observatory.data(
        """{
          sky {
            __typename label
            ... on Star { followers @skip(if: true) magnitude }
            ... on Planet { images(limit: 1) { id } }
          }
          findings { ... on Planet { radius host { label } } ... on Star { id images(limit: 1) { id } } }
          stars(first: 1) { chart { x body { kind: __typename ... on Star { myNote } ... on Planet { radius } } } }
        }"""
    )
    assert data["sky"] == [
        {"__typename": "Star", "label": "Vega", "magnitude": 0.03},
        {"__typename": "Planet", "label": "Thestias", "images": [{"id": "p1-0"}]},
        {"__typename": "Star", "label": "Deneb", "magnitude": 1.25},
    ]
    assert data["findings"] == [
        {"radius": 1.1, "host": {"label": "Vega"}},
        {"id": "s3", "images": [{"id": "s3-0"}]},
    ]
    assert data["stars"][0]["chart"] == [
        [
            {"x": 0, "body": {"kind": "Star", "myNote": "note 0"}},
            {"x": 1, "body": {"kind": "Planet", "radius": 1.1}},
        ],
        [],
    ]


async def test_aliases_that_collide_with_keys_and_with_other_types(observatory: Any) -> None:
    data = await observatory.data(
        """{
          star(id: "s1") { id: label near: distance far: distance(unit: LIGHTYEAR) followers }
          sky { ... on Star { value: spectrum } ... on Planet { value: label } }
          findings { ... on Star { size: magnitude } }
        }"""
    )
    assert data["star"] == {"id": "Vega", "near": 7.68, "far": pytest.approx(25.0368), "followers": 41}
    assert data["sky"] == [{"value": "A0V"}, {"value": "Thestias"}, {"value": "A2I"}]
    assert data["findings"] == [{}, {"size": None}]


async def test_named_and_nested_fragments_with_variables(observatory: Any) -> None:
    data = await observatory.data(
        """
        query Sky($seen: Region!, $limit: Int = 1, $with: Boolean!) {
          stars(first: $limit) { ...Card ... @include(if: $with) { label } }
        }
        fragment Card on Star { ...Where images(limit: $limit) { id } }
        fragment Where on Star { isVisible(from: $seen) }
        """,
        seen="AQ",
        **{"with": False},
    )
    assert data == {"stars": [{"isVisible": False, "images": [{"id": "s1-0"}]}]}
    _, fetch = observatory.transport.asked[1]
    assert fetch.variables["seen"] == "AQ"
    assert "with" not in fetch.variables


@pytest.mark.parametrize(("flag", "subgraphs"), [(True, ["stars", "people"]), (False, ["stars"])])
async def test_what_is_skipped_by_a_variable_is_not_fetched(observatory: Any, flag: bool, subgraphs: list[str]) -> None:
    query = """query ($all: Boolean!, $none: Boolean = true) {
      star(id: "s1") { label followers @include(if: $all) myNote @skip(if: $none) }
    }"""
    data = await observatory.data(query, all=flag)
    assert data == {"star": {"label": "Vega", "followers": 41} if flag else {"label": "Vega"}}
    assert observatory.transport.order == subgraphs


async def test_mutations_run_in_order_and_neighbours_share_a_request(observatory: Any) -> None:
    data = await observatory.data(
        """mutation {
          one: book(star: "s1") { id star { label } }
          cancel(booking: "b-s1")
          follow(star: "s3") { label }
          again: book(star: "s2") { id }
        }"""
    )
    assert observatory.log == ["book s1", "cancel b-s1", "follow s3", "book s2"]
    assert list(data) == ["one", "cancel", "follow", "again"]
    assert data["one"] == {"id": "b-s1", "star": {"label": "Vega"}}
    order = observatory.transport.order
    assert order[0] == "telescopes"
    assert order.index("people") < len(order) - 1 - order[::-1].index("telescopes")


async def test_introspection_asks_no_subgraph_and_shows_nothing_internal(observatory: Any) -> None:
    data = await observatory.data(
        """query ($name: String = "Star") {
          __typename
          __schema { queryType { name } types { name } }
          __type(name: $name) { fields { name } }
          unit: __type(name: "Unit") { enumValues { name } }
        }"""
    )
    names = {one["name"] for one in data["__schema"]["types"]}
    assert data["__typename"] == "Query"
    assert "Star" in names
    assert not any(name.startswith(("join__", "link__", "_")) and not name.startswith("__") for name in names)
    assert "baseline" not in {one["name"] for one in data["__type"]["fields"]}
    assert data["unit"] == {"enumValues": [{"name": "PARSEC"}, {"name": "LIGHTYEAR"}]}
    assert observatory.transport.asked == []


async def test_introspection_and_data_in_one_answer(observatory: Any) -> None:
    data = await observatory.data('{ star(id: "s1") { label } kind: __type(name: "Star") { kind } }')
    assert data == {"star": {"label": "Vega"}, "kind": {"kind": "OBJECT"}}


async def test_answers_of_subgraphs_are_never_changed(observatory: Any) -> None:
    await observatory.data("{ stars { seeing { jitter arcseconds } followers: myNote companions { myNote } } }")
    first = observatory.transport.answers[0]["data"]["stars"][0]
    assert "followers" not in first
    assert all(set(one) == {"id"} for one in first["companions"])


async def test_a_kind_that_is_not_allowed_is_refused_with_405(observatory: Any) -> None:
    operation = Operation('mutation { cancel(booking: "b") }')
    result = await observatory.gateway.execute(operation, observatory.request, READ_ONLY)
    assert result["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "status": 405}
    assert "data" not in result
    result = await observatory.ask("subscription { imaged { image { id } } }")
    assert result["errors"][0]["extensions"]["status"] == 405
    assert observatory.log == []
