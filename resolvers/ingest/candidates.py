"""What a record of any source is turned into before it meets the catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from resolvers.domain.normalization import (
    Certificate,
    canonical_genres,
    match_name,
    popularity,
    sort_name,
    weighted_rating,
)
from resolvers.domain.titles import Genre, TitleKind
from resolvers.ingest.report import Tally

PRIOR_MEAN = 6.5
MOST_VOTES = 3_000_000
"""Votes that mean popularity 100: about what the best known film has on IMDb."""


@dataclass(frozen=True, slots=True)
class ToldText:
    """A name or description."""

    field: str
    language: str
    text: str
    region: str | None = None
    is_original: bool = False


@dataclass(frozen=True, slots=True)
class ToldOffer:
    """That a platform shows a title to its subscribers, since when (None = unknown) and as of when."""

    platform: str
    region: str
    since: date | None
    verified: date


@dataclass(frozen=True, slots=True)
class ToldCredit:
    """Somebody's part in a title; `person_key` is the person's record in the source."""

    person_key: str
    name: str
    role: str
    character: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A title as a source tells it. `facts` are columns of a title; one that does not `create` only adds to a title."""

    file: str
    line: int
    key: str
    facts: Mapping[str, Any]
    texts: Sequence[ToldText] = ()
    offers: Sequence[ToldOffer] = ()
    credits: Sequence[ToldCredit] = field(default=())
    creates: bool = True


def named(name: str) -> dict[str, str]:
    """Return the facts that follow from a name."""
    return {"name": name, "sort_name": sort_name(name), "match_name": match_name(name)}


def rated(average: float | None, votes: int, *, prior_votes: float) -> dict[str, Any]:
    """Return the facts that follow from a rating (0–10): weighted mean and popularity; none for no votes."""
    if average is None or votes <= 0:
        return {}
    return {
        "rating_average": average,
        "rating_votes": votes,
        "rating_weighted": weighted_rating(average, votes, mean=PRIOR_MEAN, prior_votes=prior_votes),
        "popularity": popularity(votes, top=MOST_VOTES),
    }


def certified(found: Certificate | None, region: str) -> dict[str, Any]:
    """Return the facts that follow from an age mark."""
    if found is None:
        return {}
    rating = {"region": region, "scheme": found.scheme, "code": found.code, "minimumAge": found.minimum_age}
    return {"content_ratings": [rating], "minimum_age": found.minimum_age}


def genres_told(words: Iterable[str], tally: Tally) -> list[str]:
    """Return the canonical genres of a source's words; unknown words go to the report."""
    genres, unknown = canonical_genres(words)
    for word in unknown:
        tally.remark(f"unknown genre {word!r} dropped")
    return [genre.value for genre in genres]


def film_kind(genres: Sequence[str]) -> str:
    """Return what kind a film is, as far as its genres tell."""
    return TitleKind.DOCUMENTARY if Genre.DOCUMENTARY in genres else TitleKind.MOVIE
