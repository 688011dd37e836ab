"""Cursors, page sizes, pages."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import BadUserInput
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import (
    MAXIMUM_PAGE,
    cut_page,
    day,
    decode_cursor,
    encode_cursor,
    instant,
    list_key,
    number,
    page_size,
    plain_text,
    whole,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
positions = st.lists(json_values, max_size=4)
keys = st.text(st.characters(codec="ascii"), min_size=1, max_size=12)
KEY = list_key("titles", "POPULARITY")


def cursor_of(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@given(keys, positions)
def test_a_cursor_gives_back_its_position(key: str, position: list[Any]) -> None:
    cursor = encode_cursor(key, position)
    assert decode_cursor(key, cursor) == position
    assert cursor.isascii()
    assert not set(cursor) & set("=+/ ")


@given(keys, keys, positions)
def test_a_cursor_is_good_for_its_list_only(key: str, other: str, position: list[Any]) -> None:
    if key != other:
        with pytest.raises(BadUserInput, match="another list"):
            decode_cursor(other, encode_cursor(key, position))


def test_no_cursor_is_no_position() -> None:
    assert decode_cursor(KEY, None) is None
    assert decode_cursor(KEY, None, whole) is None


@given(st.text() | st.binary().map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_a_broken_cursor_is_bad_input_and_never_another_error(cursor: str) -> None:
    with pytest.raises(BadUserInput):
        decode_cursor(KEY, cursor)


@pytest.mark.parametrize("content", [{KEY: 1, "x": 2}, KEY, 7, None, [], [[KEY]], "[" * 100_000])
def test_a_cursor_of_another_shape_is_bad_input(content: Any) -> None:
    with pytest.raises(BadUserInput):
        decode_cursor(KEY, cursor_of(content))


def test_deep_nesting_is_bad_input() -> None:
    cursor = urlsafe_b64encode(b"[" * 100_000).decode()
    with pytest.raises(BadUserInput):
        decode_cursor(KEY, cursor)


def test_a_cursor_with_characters_added_is_broken() -> None:
    cursor = encode_cursor(KEY, [1])
    with pytest.raises(BadUserInput, match="broken"):
        decode_cursor(KEY, f"{cursor[:4]}!{cursor[4:]}")


@given(positions)
def test_a_forged_position_is_bad_input_and_never_another_error(position: list[Any]) -> None:
    try:
        found = decode_cursor(KEY, cursor_of([KEY, *position]), number, plain_text, whole, instant, day, parse_id)
    except BadUserInput:
        return
    assert found is not None
    assert len(found) == 6


@pytest.mark.parametrize(
    ("part", "good"),
    [
        (whole, [0, -1, 2**31 - 1, -(2**31)]),
        (number, [0, 1.5, "87.5", "-1e-300"]),
        (plain_text, ["", "matrix", "日本"]),
        (instant, ["2026-03-01T12:00:00+00:00", "2026-03-01 12:00:00.000001+00", "2026-03-01 12:00:00+05:30"]),
        (day, ["2026-03-01"]),
        (parse_id, ["01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f"]),
    ],
)
def test_parts_take_what_we_write(part: Callable[[Any], Any], good: list[Any]) -> None:
    for value in good:
        assert decode_cursor(KEY, cursor_of([KEY, value]), part) == [part(value)]


@pytest.mark.parametrize(
    ("part", "bad"),
    [
        (whole, [2**31, -(2**31) - 1, 1.0, True, "1", None, [], {}]),
        (number, ["nan", "Infinity", "-inf", "x", None, [], {}, 10**400]),
        (plain_text, ["a\x00b", 1, None, [], "\ud800"]),
        (instant, ["2026-03-01T12:00:00", "2026-03-01", "now", 5, None]),
        (day, ["2026-02-30", "", 20260301, None]),
        (parse_id, ["1", 1, None, []]),
    ],
)
def test_parts_refuse_what_we_cannot_have_written(part: Callable[[Any], Any], bad: list[Any]) -> None:
    for value in bad:
        with pytest.raises(BadUserInput, match="broken"):
            decode_cursor(KEY, cursor_of([KEY, value]), part)


@pytest.mark.parametrize("position", [[], [1], [1, 2, 3]])
def test_a_position_of_another_length_is_broken(position: list[Any]) -> None:
    with pytest.raises(BadUserInput, match="broken"):
        decode_cursor(KEY, cursor_of([KEY, *position]), whole, whole)


@given(json_values)
def test_parts_return_what_a_database_can_hold(value: Any) -> None:
    for part in (whole, number, plain_text, instant, day):
        try:
            found = part(value)
        except (ValueError, TypeError, OverflowError):
            continue
        match found:
            case float():
                assert isfinite(found)
            case str():
                assert "\x00" not in found
            case datetime():
                assert found.astimezone(UTC)
            case int():
                assert -(2**31) <= found < 2**31
            case _:
                assert isinstance(found, date)


@given(st.integers())
def test_a_page_holds_0_to_100(first: int) -> None:
    if 0 <= first <= MAXIMUM_PAGE:
        assert page_size(first) == first
    else:
        with pytest.raises(BadUserInput, match=f"first is {first}, but must be between 0 and 100"):
            page_size(first)


def test_the_default_is_taken_when_nothing_is_said() -> None:
    assert page_size(None) == 20
    assert page_size(None, default=8, maximum=20) == 8
    with pytest.raises(BadUserInput):
        page_size(21, default=8, maximum=20)


@given(positions, positions)
def test_lists_with_other_arguments_have_other_keys(one: list[Any], other: list[Any]) -> None:
    assert list_key("a", *one) == list_key("a", *one)
    if json.dumps(one) != json.dumps(other):
        assert list_key("a", *one) != list_key("a", *other)
    assert list_key("a", *one) != list_key("b", *one)


@given(st.lists(st.integers(0, 2**31 - 1), unique=True).map(sorted), st.integers(1, 10))
def test_following_the_pages_sees_every_item_once_in_order(items: list[int], first: int) -> None:
    seen: list[int] = []
    cursor: str | None = None
    while True:
        position = decode_cursor(KEY, cursor, whole)
        behind = [item for item in items if position is None or item > position[0]]
        page = cut_page(KEY, behind[: first + 1], first, position, lambda item: (item,))
        assert page.has_previous is (cursor is not None)
        assert len(page.nodes) <= first
        seen += page.nodes
        if not page.has_next:
            break
        cursor = page.items[-1][0]
    assert seen == items


def test_an_empty_page_still_tells_of_more() -> None:
    page = cut_page(KEY, [1], 0, None, lambda item: (item,))
    assert page.nodes == []
    assert page.has_next
