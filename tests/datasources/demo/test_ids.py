"""Ids of demo rows."""

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from datasources.demo.ids import demo_id


@given(st.text(), st.text())
def test_an_id_has_the_shape_of_a_uuid7(namespace: str, key: str) -> None:
    text = demo_id(namespace, key)
    found = UUID(text)
    assert str(found) == text
    assert found.version == 7
    assert found.variant == RFC_4122
    assert datetime.fromtimestamp((found.int >> 80) / 1000, UTC) == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_id_never_changes() -> None:
    """Rows of existing databases have these ids: a change here would double the demo."""
    assert demo_id("title", "the-matrix-1999") == "019b76da-a800-741e-b46e-d03e5d2ac8d5"


def test_namespaces_are_apart() -> None:
    assert len({demo_id(namespace, str(key)) for namespace in ("title", "person") for key in range(500)}) == 1000
