"""The bundled catalogue as rows: titles with seasons and episodes, people, credits, texts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from datasources.demo.catalogue import DemoPerson, DemoSeason, DemoTitle
from datasources.demo.ids import demo_id
from datasources.records.bulk import CreditRow, PersonRow, TextRow, TitleRow
from resolvers.domain.normalization import match_name, person_key, sort_name, weighted_rating

SOURCE = "demo"
_LEADING_ROLES = ("DIRECTOR", "CREATOR")
_PRIOR_MEAN, _PRIOR_VOTES = 6.5, 8.0


@dataclass(slots=True)
class CatalogueRows:
    """Everything the catalogue part of the demo writes, in the order it has to be written."""

    people: list[PersonRow] = field(default_factory=list)
    titles: list[TitleRow] = field(default_factory=list)
    parts: list[TitleRow] = field(default_factory=list)
    texts: list[TextRow] = field(default_factory=list)
    credits: list[CreditRow] = field(default_factory=list)


@lru_cache(maxsize=10_000)
def title_id(key: str) -> str:
    """Return the id of a title by its key in the files; parts are `key/s1` and `key/s1/e2`."""
    return demo_id("title", key)


@lru_cache(maxsize=10_000)
def _person(name: str) -> tuple[str, str]:
    """Return key and id of somebody."""
    key = person_key(name)
    return key, demo_id("person", key)


def _billing(title: DemoTitle) -> Iterator[tuple[str, str, str | None, int | None]]:
    """Yield (person, role, character, billing): directors and creators, the cast as billed, everybody else."""
    for role in _LEADING_ROLES:
        for name in title.crew.get(role, ()):
            yield name, role, None, None
    for place, (name, character) in enumerate([*title.cast], 1):
        yield name, "ACTOR", character, place
    for place, (name, character) in enumerate([*title.voices], len(title.cast) + 1):
        yield name, "VOICE", character, place
    for role, names in title.crew.items():
        if role not in _LEADING_ROLES:
            for name in names:
                yield name, role, None, None


def credit_rows(title: DemoTitle) -> list[CreditRow]:
    """Return the credits of a title in the order they are shown; the same credit twice counts once."""
    rows: dict[tuple[str, str, str | None], CreditRow] = {}
    for name, role, character, billing in _billing(title):
        person, person_id = _person(name)
        if (key := (person, role, character)) not in rows:
            id_ = demo_id("credit", f"{title.key}:{person}:{role}:{character or ''}")
            rows[key] = CreditRow(id_, title_id(title.key), person_id, role, len(rows), character, billing=billing)
    return list(rows.values())


def _row(key: str, kind: str, name: str, **facts: Any) -> TitleRow:
    """Return the row of a title or part."""
    return TitleRow(title_id(key), kind, name, sort_name(name), match_name(name), SOURCE, **facts)


def title_row(title: DemoTitle, ratings: Sequence[float]) -> TitleRow:
    """Return the row of a film or series; its rating is what the demo's viewers gave it."""
    serial = title.kind == "SERIES"
    tmdb = title.ids.get("tmdb")
    average = sum(ratings) / len(ratings) if ratings else None
    return _row(
        title.key,
        title.kind,
        title.name,
        original_name=title.original_name,
        tagline=title.tagline,
        wikidata=title.ids.get("wikidata"),
        imdb=title.ids.get("imdb"),
        tmdb=tmdb,
        tmdb_type=None if tmdb is None else "tv" if serial else "movie",
        season_count=(title.season_count or len(title.seasons) or None) if serial else None,
        episode_count=(title.episode_count or sum(len(season.episodes) for season in title.seasons) or None)
        if serial
        else None,
        release_year=title.year,
        release_date=title.released,
        end_date=title.ended,
        status=title.status,
        runtime_minutes=title.runtime,
        genres=title.genres,
        themes=title.themes,
        moods=title.moods,
        countries=title.countries,
        original_language=title.language,
        spoken_languages=title.spoken or [title.language],
        content_ratings=[
            {"region": region, "scheme": scheme, "code": code, "minimumAge": age}
            for region, (scheme, code, age) in title.ratings.items()
        ],
        minimum_age=max((age for _, _, age in title.ratings.values()), default=None),
        rating_average=None if average is None else round(average, 2),
        rating_weighted=None
        if average is None
        else weighted_rating(average, len(ratings), mean=_PRIOR_MEAN, prior_votes=_PRIOR_VOTES),
        rating_votes=len(ratings),
        popularity=title.popularity,
        organizations=[{"name": name, "role": role, "country": country} for name, role, country in title.companies],
    )


def _season_rows(title: DemoTitle, season: DemoSeason) -> Iterator[TitleRow]:
    """Yield the season, then its episodes; parts inherit what holds for the whole series."""
    inherited: dict[str, Any] = {
        "genres": title.genres,
        "countries": title.countries,
        "original_language": title.language,
        "spoken_languages": title.spoken or [title.language],
        "status": "RELEASED",
    }
    minimum_age = max((age for _, _, age in title.ratings.values()), default=None)
    days = [episode.released for episode in season.episodes if episode.released]
    first: date | None = min(days, default=None)
    season_key = f"{title.key}/s{season.number}"
    yield _row(
        season_key,
        "SEASON",
        f"Season {season.number}",
        parent_id=title_id(title.key),
        season_number=season.number,
        episode_count=len(season.episodes),
        release_year=season.year or (first.year if first else None),
        release_date=first,
        minimum_age=minimum_age,
        popularity=round(title.popularity / 4, 2),
        **inherited,
    )
    for episode in season.episodes:
        yield _row(
            f"{season_key}/e{episode.number}",
            "EPISODE",
            episode.name,
            parent_id=title_id(season_key),
            season_number=season.number,
            episode_number=episode.number,
            release_year=episode.released.year if episode.released else season.year,
            release_date=episode.released,
            runtime_minutes=episode.minutes or title.runtime,
            minimum_age=minimum_age,
            popularity=round(title.popularity / 10, 2),
            **inherited,
        )


def text_rows(title: DemoTitle) -> Iterator[TextRow]:
    """Yield the synopsis, the original name and the names in other languages."""
    id_ = title_id(title.key)
    yield TextRow(id_, "description", "en", title.synopsis, SOURCE)
    if title.original_name:
        yield TextRow(id_, "name", title.language, title.original_name, SOURCE, is_original=True)
    for language, name in title.names.items():
        if not (title.original_name and language == title.language):
            yield TextRow(id_, "name", language, name, SOURCE)


def _merged_people(people: Sequence[DemoPerson]) -> dict[str, DemoPerson]:
    """Return what is known of each person by name; what was said first holds, gaps are filled from later files."""
    merged: dict[str, DemoPerson] = {}
    for person in people:
        key, _ = _person(person.name)
        first = merged.get(key)
        if first is None:
            merged[key] = person
            continue
        merged[key] = DemoPerson(
            first.name,
            first.known_for or person.known_for,
            first.born or person.born,
            first.died or person.died,
            first.birth_place or person.birth_place,
            first.bio or person.bio,
            {**person.ids, **first.ids},
        )
    return merged


def _person_rows(titles: Sequence[DemoTitle], people: Sequence[DemoPerson]) -> Iterator[PersonRow]:
    """Yield everybody in the credits or the people files; as popular as their best known titles."""
    names: dict[str, str] = {}
    roles: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    fame: defaultdict[str, list[float]] = defaultdict(list)
    for title in titles:
        for name, role, _, billing in _billing(title):
            key, _ = _person(name)
            names.setdefault(key, name)
            roles[key][role] += 1
            fame[key].append(title.popularity * (1.0 if (billing or 1) <= 3 else 0.6))
    known = _merged_people(people)
    for key in dict.fromkeys([*known, *names]):
        person = known.get(key) or DemoPerson(names[key])
        best = sorted(fame[key], reverse=True)[:3]
        main = max(roles[key], key=roles[key].__getitem__, default=None)
        yield PersonRow(
            id=demo_id("person", key),
            name=person.name,
            source=SOURCE,
            imdb=person.ids.get("imdb"),
            wikidata=person.ids.get("wikidata"),
            birth_date=person.born,
            death_date=person.died,
            birth_place=person.birth_place,
            biography=[{"text": person.bio, "language": "en", "source": SOURCE}] if person.bio else [],
            known_for=person.known_for or main,
            popularity=round(
                min(100.0, sum(weight * value for weight, value in zip((0.5, 0.3, 0.2), best, strict=False))), 2
            ),
        )


def catalogue_rows(
    titles: Sequence[DemoTitle], people: Sequence[DemoPerson], ratings: Mapping[str, Sequence[float]]
) -> CatalogueRows:
    """Return the rows of the catalogue; `ratings` are what the viewers gave by title key."""
    rows = CatalogueRows(people=list(_person_rows(titles, people)))
    for title in titles:
        rows.titles.append(title_row(title, ratings.get(title.key, ())))
        rows.texts += text_rows(title)
        rows.credits += credit_rows(title)
        for season in title.seasons:
            rows.parts += _season_rows(title, season)
    return rows
