"""The bundled files: every line says what it may, and together they are a catalogue."""

import re
from collections import Counter

import pytest

from datasources.demo.catalogue import DemoTitle, demo_people, demo_titles
from resolvers.domain.normalization import person_key
from resolvers.domain.titles import CreditRole, Genre, OrganizationRole, ReleaseStatus, TitleKind

TITLES = demo_titles()
ID_FORMS = {"imdb": r"tt\d{7,8}", "tmdb": r"[1-9]\d*", "wikidata": r"Q[1-9]\d*"}


@pytest.mark.parametrize("title", TITLES, ids=lambda title: title.key)
def test_titles_say_what_they_may(title: DemoTitle) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", title.key)
    assert title.key.endswith(f"-{title.year}")
    assert title.kind in {TitleKind.MOVIE, TitleKind.DOCUMENTARY, TitleKind.SHORT, TitleKind.SERIES, TitleKind.SPECIAL}
    assert set(title.genres) <= set(Genre)
    assert title.genres
    assert len(set(title.genres)) == len(title.genres)
    assert title.status in set(ReleaseStatus)
    assert set(title.crew) <= set(CreditRole)
    assert {role for _, role, _ in title.companies} <= set(OrganizationRole)
    assert all(re.fullmatch(r"[A-Z]{2}", country) for country in [*title.countries, *title.ratings])
    assert all(re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", code) for code in [title.language, *title.spoken, *title.names])
    assert all(re.fullmatch(ID_FORMS[source], id_) for source, id_ in title.ids.items())
    assert all(0 <= age <= 18 for _, _, age in title.ratings.values())
    assert 0 <= title.popularity <= 100
    assert title.cast or title.voices or title.crew
    assert 100 <= len(title.synopsis) <= 600
    assert title.released is None or abs(title.released.year - title.year) <= 1
    for season in title.seasons:
        assert season.episodes
        assert [episode.number for episode in season.episodes] == list(range(1, len(season.episodes) + 1))


def test_keys_and_ids_are_unique() -> None:
    assert max(Counter(title.key for title in TITLES).values()) == 1
    for source in ("imdb", "wikidata"):
        ids = Counter(title.ids[source] for title in TITLES if source in title.ids)
        assert ids.most_common(1)[0][1] == 1, ids.most_common(3)
    tmdb = Counter((title.kind == "SERIES", title.ids["tmdb"]) for title in TITLES if "tmdb" in title.ids)
    assert tmdb.most_common(1)[0][1] == 1, tmdb.most_common(3)


def test_people_have_ids_of_the_right_form_and_of_their_own() -> None:
    owners: dict[tuple[str, str], str] = {}
    for person in demo_people():
        assert set(person.ids) <= {"imdb", "wikidata", "tmdb"}
        assert re.fullmatch(r"nm\d{7,8}", person.ids.get("imdb", "nm0000001"))
        assert re.fullmatch(r"Q[1-9]\d*", person.ids.get("wikidata", "Q1"))
        assert person.known_for is None or person.known_for in set(CreditRole)
        assert not (person.born and person.died) or person.born < person.died
        for id_ in person.ids.items():
            assert owners.setdefault(id_, person_key(person.name)) == person_key(person.name), (person, owners[id_])


def test_the_catalogue_is_wide() -> None:
    assert len(TITLES) >= 400
    assert len({country for title in TITLES for country in title.countries}) >= 12
    assert {title.year // 10 * 10 for title in TITLES} == set(range(1920, 2021, 10))
    assert sum(len(title.seasons) > 0 for title in TITLES) >= 50
    assert len(Counter(genre for title in TITLES for genre in title.genres)) == len(Genre)
