"""A watchlist as an add-wins observed-remove set: replicas that saw the same operations, in any order, agree.

Every add gets a tag of its own, every remove names the tags it saw. An add that a remove did not see survives it.
Source: Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data
Types" (2011), specification 15 (OR-Set), with the removed tags kept so that order does not matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from resolvers.domain.errors import Conflict


class ChangeKind(StrEnum):
    """Whether an entry came or went."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Adds as (title, tag), and the tags that were removed, whether their add was seen yet or not."""

    adds: frozenset[tuple[str, str]] = frozenset()
    removed: frozenset[str] = frozenset()


def add(watchlist: Watchlist, title: str, tag: str) -> Watchlist:
    """Return the list with a title added under a tag. The same again changes nothing, nor does a tag already removed.

    Raises Conflict for a tag that belongs to another title.
    """
    if any(known == tag and other != title for other, known in watchlist.adds):
        raise Conflict("This stamp was used for another title: each operation needs a stamp of its own.")
    return replace(watchlist, adds=watchlist.adds | {(title, tag)})


def remove(watchlist: Watchlist, tags: Iterable[str]) -> Watchlist:
    """Return the list without these tags, now and whenever they arrive; adds under other tags stay."""
    return replace(watchlist, removed=watchlist.removed | frozenset(tags))


def merge(one: Watchlist, other: Watchlist) -> Watchlist:
    """Return what two replicas know together: commutative, associative, idempotent."""
    return Watchlist(one.adds | other.adds, one.removed | other.removed)


def elements(watchlist: Watchlist) -> dict[str, frozenset[str]]:
    """Return the titles on the list, each with the tags that keep it there."""
    alive: dict[str, set[str]] = {}
    for title, tag in watchlist.adds:
        if tag not in watchlist.removed:
            alive.setdefault(title, set()).add(tag)
    return {title: frozenset(tags) for title, tags in alive.items()}


def tags_of(watchlist: Watchlist, title: str) -> frozenset[str]:
    """Return the tags that keep a title on the list; none when it is not there."""
    return elements(watchlist).get(title, frozenset())
