"""Ids in text."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import BadUserInput
from resolvers.domain.identifiers import parse_id, parse_ids


@given(st.uuids())
def test_equal_ids_become_equal_strings(id_: UUID) -> None:
    assert parse_id(str(id_)) == parse_id(str(id_).upper()) == str(id_)


@given(st.text())
def test_anything_else_is_bad_input_and_never_another_error(text: str) -> None:
    try:
        canonical = UUID(parse_id(text))
    except BadUserInput:
        return
    assert str(canonical) == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "{01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f}",
        "01968d2e4f7a7c3b9d1e5a6b7c8d9e0f",
        "01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f\n",
        " 01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f",
        "٠1968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f",
        "\x00" * 36,
        "g" * 10_000,
    ],
)
def test_the_message_names_what_was_sent_and_stays_short(text: str) -> None:
    with pytest.raises(BadUserInput, match=r"title id .* is not a UUID") as caught:
        parse_id(text, what="title id")
    assert len(str(caught.value)) < 400


@given(st.lists(st.uuids(), max_size=100))
def test_several_keep_their_order_and_repetitions(ids: list[UUID]) -> None:
    assert parse_ids([str(id_).upper() for id_ in ids]) == [str(id_) for id_ in ids]


def test_more_than_the_limit_are_refused() -> None:
    ids = ["01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f"] * 101
    assert len(parse_ids(ids[:100])) == 100
    with pytest.raises(BadUserInput, match="101 ids are too many: ask for at most 100"):
        parse_ids(ids)
