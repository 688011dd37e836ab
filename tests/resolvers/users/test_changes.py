"""Operation ids: what makes two operations the same."""

import pytest

from resolvers.domain.errors import BadUserInput
from resolvers.users.changes import Operation


def test_the_same_content_has_the_same_fingerprint() -> None:
    one = Operation.of("op", "addToWatchlist", title="a", stamp=None)
    assert one == Operation.of("op", "addToWatchlist", stamp=None, title="a")
    assert one is not None
    for other in (
        Operation.of("op", "removeFromWatchlist", title="a", stamp=None),
        Operation.of("op", "addToWatchlist", title="b", stamp=None),
        Operation.of("op", "addToWatchlist", title="a", stamp="s"),
    ):
        assert other is not None
        assert other.fingerprint != one.fingerprint


def test_ids() -> None:
    assert Operation.of(None, "addToWatchlist") is None
    for id_ in ("", "x" * 101, "a\nb", "a\x00"):
        with pytest.raises(BadUserInput):
            Operation.of(id_, "addToWatchlist")
