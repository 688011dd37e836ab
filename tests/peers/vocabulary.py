"""What generated operations say to our graph: real ids, words that find something, and now and then nonsense."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tests.graph.gateway.operation_generator import Vocabulary

SAMPLE = """
{
  titles(first: 12) {
    edges { node { id externalIds { imdb } credits(first: 2) { edges { node { person { id } } } } } }
  }
  series: titles(first: 3, filter: {kinds: [SERIES]}) {
    edges { node { id children(first: 1) { edges { node { id } } } } }
  }
  platforms(first: 12) { edges { node { id slug } } }
}
"""
NOBODY = "00000000-0000-4000-8000-000000000000"
UNASKED = frozenset({"SearchConnection.tookMs"})
"""Measured time, never the same twice. All else that depends on the time is asked for: the subgraphs' clock stands."""
_COUNTS = ("1", "2", "3", "2", "1", "0", "null")


def vocabulary(sample: Mapping[str, Any]) -> Vocabulary:
    """Return what may be said to the graph that answered SAMPLE."""
    titles = [edge["node"] for edge in sample["titles"]["edges"]]
    series = [edge["node"] for edge in sample["series"]["edges"]]
    platforms = [edge["node"] for edge in sample["platforms"]["edges"]]
    title_ids = [title["id"] for title in titles + series]
    title_ids += [edge["node"]["id"] for title in series for edge in title["children"]["edges"]]
    people = {edge["node"]["person"]["id"] for title in titles for edge in title["credits"]["edges"]}
    platform_ids = [platform["id"] for platform in platforms]
    regions = ("US", "GB", "DE", "FR", "JP")
    languages = ("en", "de", "fr", "ja")
    return Vocabulary(
        literals={
            "title.id": _texts([*title_ids, NOBODY]),
            "titlesByIds.ids": [orjson.dumps([*title_ids[at : at + 3], NOBODY]).decode() for at in range(6)],
            "titleByExternalId.id": _texts([title["externalIds"]["imdb"] or "tt0" for title in titles[:4]] + ["tt0"]),
            "titleByExternalId.source": ["IMDB", "IMDB", "TMDB"],
            "person.id": _texts([*sorted(people), NOBODY]),
            "platform.id": _texts([*platform_ids, NOBODY]),
            "platform.slug": _texts([platform["slug"] for platform in platforms]),
            "platformCatalog.platformId": _texts(platform_ids),
            "TitleFilter.personIds": [f'["{one}"]' for one in sorted(people)],
            "TitleFilter.platformIds": [f'["{one}"]' for one in platform_ids[:5]],
            "TitleFilter.minRating": ["5", "7.5", "null"],
            "TitleFilter.maxAge": ["12", "18"],
            "TitleFilter.moods": ['["tense"]', '"funny"', "[]"],
            "IntRange.min": ["1", "60", "1980", "null"],
            "IntRange.max": ["120", "1999", "2030"],
            "SearchInput.query": _texts(["space", "a funny film about love", "detective", "under 2 hours", "xyzzy"]),
            "suggest.prefix": _texts(["th", "star", "an", "q"]),
            "RecommendationContextInput.hour": ["8", "21"],
            "RecommendationContextInput.minutesAvailable": ["45", "120"],
            "RecommendationContextInput.mood": _texts(["tense", "funny"]),
            "RecommendationContextInput.occasion": _texts(["date night", "family"]),
            "RecommendationFilter.maxRuntimeMinutes": ["100", "null"],
            "leavingSoon.days": ["1", "7", "30", "31"],
            "SearchInput.first": _COUNTS,
            "SearchInput.after": ["null"],
            "provenance.field": _texts(["name", "releaseYear"]),
            **{f"{name}.first": _COUNTS for name in _CONNECTIONS},
            **{f"{name}.after": ["null"] for name in _CONNECTIONS},
            "Region": _texts(regions),
            "Language": _texts(languages),
            "Boolean": ["true", "false"],
        },
        aliases=("a", "b", "c", "other", "name", "id"),
        unasked=UNASKED,
        deepest=8,
        most_fields=36,
        lifted=0.4,
    )


_CONNECTIONS = (
    "platforms",
    "platformCatalog",
    "titles",
    "trending",
    "suggest",
    "recommendations",
    "children",
    "credits",
    "similar",
    "watchlist",
    "continueWatching",
    "history",
    "ratings",
)


def _texts(words: Sequence[str]) -> list[str]:
    return [orjson.dumps(word).decode() for word in words]
