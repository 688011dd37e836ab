"""Merging answers into one tree without changing them, and representing entities."""

from typing import Any

from graph.gateway.merge import merge, objects_at, own
from graph.gateway.plan import Represent, Target
from graph.gateway.representations import representation_builder


def test_an_interface_object_learns_its_concrete_type() -> None:
    found = {"__typename": "Body", "id": "1"}
    merge(found, {"__typename": "Star", "label": "Vega"}, {})
    assert found == {"__typename": "Star", "id": "1", "label": "Vega"}


def test_what_is_known_is_not_overwritten() -> None:
    found: dict[str, Any] = {"a": 1, "b": None}
    merge(found, {"a": 2, "b": 3}, {})
    assert found == {"a": 1, "b": 3}


def test_lists_are_merged_item_by_item() -> None:
    found: dict[str, Any] = own({"items": [{"a": 1}, None, {"a": 3}]}, {"items": {}})
    merge(found, {"items": [{"b": 1}, {"b": 2}, {"b": 3}]}, {"items": {}})
    assert found == {"items": [{"a": 1, "b": 1}, {"b": 2}, {"a": 3, "b": 3}]}


def test_only_containers_that_others_write_to_are_copied() -> None:
    inner, other = {"x": 1}, {"y": 2}
    copy = own({"inner": inner, "other": other}, {"inner": {}})
    assert copy["inner"] is not inner
    assert copy["other"] is other


def test_paths_go_through_lists_of_lists_and_over_nulls() -> None:
    data = {"rows": [[{"n": {"i": 1}}, None], [], [{"n": None}, {"n": {"i": 2}}]]}
    assert objects_at(data, ("rows", "n")) == [{"i": 1}, {"i": 2}]


def build(*fields: Represent) -> Any:
    return representation_builder(Target(("x",), None, "Star", fields))


def test_an_entity_without_its_key_is_not_asked_for() -> None:
    one = build(Represent("id", "key"))
    assert one({"key": None}) is None
    assert one({}) is None
    assert one({"key": "s1"}) == (("Star", "s1"), {"__typename": "Star", "id": "s1"})


def test_a_representation_misses_nothing_that_was_asked_for() -> None:
    two = build(Represent("id", "id"), Represent("size", "size"))
    assert two({"id": "s1"}) is None
    assert two({"id": "s1", "size": None})[1] == {"__typename": "Star", "id": "s1", "size": None}


def test_nested_and_abstract_parts_carry_their_types() -> None:
    nested = Represent("near", "near", {"Star": (Represent("id", "id"),), "Planet": (Represent("radius", "r"),)})
    one = build(nested)
    found = {"near": [{"__typename": "Star", "id": "s2", "more": 1}, {"__typename": "Planet", "r": 2.0}, None]}
    identity, representation = one(found)
    assert representation["near"] == [
        {"__typename": "Star", "id": "s2"},
        {"__typename": "Planet", "radius": 2.0},
        None,
    ]
    assert one(dict(found))[0] == identity
    assert one({"near": [{"__typename": "Star"}]}) is None
