"""Bringing what several sources say of one title together: the strongest says it, the others fill the gaps."""

from collections.abc import Mapping, Sequence
from typing import Any

STRENGTH = {"demo": 10, "wikidata": 6, "imdb": 5, "tmdb": 4, "justwatch": 3, "movielens": 2, "platform_csv": 2}
"""Whom to believe: a stronger source replaces what a weaker one said. The demo is written by hand, so it stays."""

MOST_GENRES = 5
_IDS = ("wikidata", "imdb", "tmdb", "tmdb_type", "tvdb", "eidr")
_ONLY_FILLED = (*_IDS, "themes", "moods", "tagline")


def is_stronger(source: str, other: str) -> bool:
    """Return whether a source is believed before another; unknown ones come last."""
    return STRENGTH.get(source, 0) > STRENGTH.get(other, 0)


def union_of_genres(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Return the genres of both, those of `first` before the others, at most five unless `first` has more."""
    union = list(dict.fromkeys([*first, *second]))
    return union[: max(MOST_GENRES, len(first))]


def fuse(held: Mapping[str, Any], told: Mapping[str, Any], *, replace: bool) -> dict[str, Any]:
    """Return the fields of `held` that change when a source tells `told`; both are columns of a title.

    Gaps (None, empty lists) are filled. What is filled changes only if `replace`, and then not ids, themes, moods and
    taglines. Genres are united, of ratings the one with most votes is kept, and popularity only grows.
    """
    changes: dict[str, Any] = {}
    for field, value in told.items():
        if value is None or field.startswith("rating_") or field in {"genres", "popularity"}:
            continue
        if isinstance(value, (list, tuple)) and not value:
            continue
        empty = held[field] is None or (isinstance(held[field], (list, tuple)) and not held[field])
        replaces = replace and field not in _ONLY_FILLED
        if (empty or replaces) and not _equal(held[field], value):
            changes[field] = value
    if told.get("genres"):
        genres = union_of_genres(*((told["genres"], held["genres"]) if replace else (held["genres"], told["genres"])))
        if not _equal(held["genres"], genres):
            changes["genres"] = genres
    if told.get("rating_votes", 0) > held["rating_votes"]:
        changes |= {field: told[field] for field in ("rating_average", "rating_weighted", "rating_votes")}
    if told.get("popularity", 0.0) > held["popularity"]:
        changes["popularity"] = told["popularity"]
    return changes


def _equal(held: Any, told: Any) -> bool:
    if isinstance(held, (list, tuple)) and isinstance(told, (list, tuple)):
        return list(held) == list(told)
    return bool(held == told)
