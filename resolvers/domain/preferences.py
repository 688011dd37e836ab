"""Preferences as a last-writer-wins map: each entry has the stamp of when it was decided, and the later one stays."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resolvers.domain.errors import BadUserInput
from resolvers.domain.hlc import Stamp
from resolvers.domain.identifiers import parse_ids

LONGEST_LIST = 50
_LONGEST_MOOD = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A value (JSON; None = the default) and when it was decided."""

    value: Any
    stamp: Stamp


DEFAULTS: Mapping[str, Any] = {
    "region": None,
    "language": None,
    "audioLanguages": (),
    "subtitleLanguages": (),
    "platforms": (),
    "favoriteGenres": (),
    "avoidedGenres": (),
    "moods": (),
    "autoplay": True,
    "personalization": True,
    "notifications": True,
}
"""The keys there are, named as the fields of Preferences, and what holds where nobody decided."""


def _distinct(values: Sequence[str], key: str) -> list[str]:
    if len(values) > LONGEST_LIST:
        raise BadUserInput(f"{key} has {len(values)} values, but at most {LONGEST_LIST} are kept.")
    return list(dict.fromkeys(values))


def _moods(values: Sequence[str], key: str) -> list[str]:
    moods = [" ".join(value.split()).lower() for value in values]
    if any(not 0 < len(mood) <= _LONGEST_MOOD or "\x00" in mood for mood in moods):
        raise BadUserInput(f"A mood has 1–{_LONGEST_MOOD} characters, such as cozy.")
    return _distinct(moods, key)


def _platforms(values: Sequence[str], key: str) -> list[str]:
    return _distinct(parse_ids(list(values), what="platform id"), key)


_LISTS: Mapping[str, Callable[[Sequence[str], str], list[str]]] = {
    "audioLanguages": _distinct,
    "subtitleLanguages": _distinct,
    "platforms": _platforms,
    "favoriteGenres": _distinct,
    "avoidedGenres": _distinct,
    "moods": _moods,
}


def checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes as they are stored (None resets to the default); raise BadUserInput for what cannot be meant."""
    stored: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in DEFAULTS:
            raise BadUserInput(f"There is no preference {key}.")
        stored[key] = _LISTS[key](value, key) if key in _LISTS and value is not None else value
    both = set(stored.get("favoriteGenres") or ()) & set(stored.get("avoidedGenres") or ())
    if both:
        raise BadUserInput(f"{', '.join(sorted(both))} cannot be a favorite and avoided at once.")
    return stored


def merge(one: Mapping[str, Entry], other: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return the later entry of each key: commutative, associative, idempotent (ties by content)."""
    merged = dict(one)
    for key, entry in other.items():
        merged[key] = max(merged[key], entry, key=_rank) if key in merged else entry
    return merged


def _rank(entry: Entry) -> tuple[Stamp, str]:
    return entry.stamp, json.dumps(entry.value, sort_keys=True)


def effective(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every key: the stored one, or the default where there is none or None."""
    return {key: default if entries.get(key) is None else entries[key] for key, default in DEFAULTS.items()}
