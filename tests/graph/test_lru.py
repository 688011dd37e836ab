"""The bounded cache."""

import pytest

from graph.lru import Lru


def test_what_was_used_longest_ago_leaves_first() -> None:
    cache: Lru[str, int] = Lru(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_the_summed_weight_is_bounded() -> None:
    cache: Lru[str, int] = Lru(100, weight=10)
    cache.put("a", 1, 6)
    cache.put("b", 2, 5)
    assert (cache.get("a"), cache.get("b"), cache.held) == (None, 2, 5)
    cache.put("huge", 3, 11)
    assert (cache.get("huge"), len(cache), cache.held) == (None, 1, 5)
    cache.put("b", 4, 1)
    assert (cache.get("b"), cache.held) == (4, 1)


def test_an_empty_cache_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Lru(0)
