"""Laws and examples of normalisation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.normalization import (
    Length,
    ParsedName,
    canonical_genres,
    certificate,
    fold,
    genres_of_word,
    imdb_title_id,
    match_name,
    parse_length,
    parse_name,
    person_key,
    popularity,
    similarity,
    sort_name,
    weighted_rating,
)
from resolvers.domain.titles import Genre

words = st.text(max_size=30)


@given(words)
def test_keys_are_stable(name: str) -> None:
    for key in (fold, match_name, person_key):
        assert key(key(name)) == key(name)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=30))
def test_case_and_punctuation_around_words_do_not_count(name: str) -> None:
    if any(letter.isalnum() for letter in fold(name)):
        assert match_name(f"¡{name}!") == match_name(f"({name})")
        assert match_name(name).isalnum()
    assert person_key(name.casefold()) == person_key(name)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The Matrix", "matrix, the"),
        ("Amélie", "AMELIE"),
        ("Spider-Man: Into the Spider-Verse", "Spider Man Into the Spider Verse"),
        ("La Cité des enfants perdus", "Cité des enfants perdus, La"),
        ("L'Avventura", "Avventura, L'"),
        ("Børning", "Borning"),
        ("Ocean's Eleven", "Ocean’s Eleven"),
    ],
)
def test_spellings_of_one_name_meet(left: str, right: str) -> None:
    assert match_name(left) == match_name(right)


@pytest.mark.parametrize(
    ("left", "right"), [("Alien", "Aliens"), ("Die Hard", "Hard"), ("!!!", "???"), ("千と千尋", "千")]
)
def test_different_names_stay_apart(left: str, right: str) -> None:
    assert match_name(left) != match_name(right)


def test_sort_names_ignore_what_a_shelf_ignores() -> None:
    assert sort_name("The Éclair") == "eclair"
    assert sort_name("“A” Is for…") == "a” is for..."
    assert sort_name("The") == "the"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("Matrix, The (1999)", ParsedName("The Matrix", 1999, ())),
        ("Seven (a.k.a. Se7en) (1995)", ParsedName("Seven", 1995, ("Se7en",))),
        ("Postman, The (Postino, Il) (1994)", ParsedName("The Postman", 1994, ("Il Postino",))),
        ("Birdman: Or (The Unexpected Virtue of Ignorance) (2014)",
         ParsedName("Birdman: Or (The Unexpected Virtue of Ignorance)", 2014, ())),
        ("(500) Days of Summer (2009)", ParsedName("(500) Days of Summer", 2009, ())),
        ("Stephen Fry In America - New World", ParsedName("Stephen Fry In America - New World", None, ())),
        ("Fawlty Towers (1975-1979)", ParsedName("Fawlty Towers", 1975, ())),
        ("2012 (2009)", ParsedName("2012", 2009, ())),
        ("(2010)", ParsedName("(2010)", None, ())),
    ],
)  # fmt: skip
def test_names_with_years(text: str, parsed: ParsedName) -> None:
    assert parse_name(text) == parsed


@given(words)
def test_any_name_can_be_parsed(text: str) -> None:
    parsed = parse_name(text)
    assert bool(parsed.name) == bool(text.strip())
    assert parsed.year is None or 1800 <= parsed.year < 2100


@given(st.lists(st.sampled_from([*Genre, "Sci-Fi", "Children's", "TV Dramas", "Gardening tips", ""])))
def test_genres_are_canonical_and_distinct(names: list[str]) -> None:
    genres, unknown = canonical_genres(names)
    assert len(set(genres)) == len(genres)
    assert set(genres) <= set(Genre)
    assert set(unknown) <= {"Gardening tips"}


@pytest.mark.parametrize(
    ("word", "genres"),
    [
        ("Sci-Fi", (Genre.SCIENCE_FICTION,)),
        ("scifi", (Genre.SCIENCE_FICTION,)),
        ("Kids' TV", (Genre.FAMILY,)),
        ("TV Sci-Fi & Fantasy", (Genre.SCIENCE_FICTION, Genre.FANTASY)),
        ("Romantic TV Shows", (Genre.ROMANCE,)),
        ("Documentry", (Genre.DOCUMENTARY,)),
        ("International Movies", ()),
        ("(no genres listed)", ()),
        ("Gardening tips", None),
    ],
)
def test_words_of_sources(word: str, genres: tuple[Genre, ...] | None) -> None:
    assert genres_of_word(word) == genres


@given(words, words)
def test_similarity_is_symmetric_and_bounded(left: str, right: str) -> None:
    assert similarity(left, right) == similarity(right, left)
    assert 0 <= similarity(left, right) <= 1
    assert similarity(left, left) == 1


def test_marks_and_lengths() -> None:
    assert [found.minimum_age for mark in ("PG-13", "tv-ma", "18+", "G") if (found := certificate(mark))] == [
        13,
        17,
        18,
        0,
    ]
    assert certificate("NR") is None
    assert certificate("74 min") is None
    assert parse_length("110 min") == Length(minutes=110)
    assert parse_length("2 Seasons") == Length(seasons=2)
    assert parse_length("1 Season") == Length(seasons=1)
    assert parse_length("0 min") == parse_length("") == parse_length("TV-MA") == Length()


@given(st.integers(min_value=1, max_value=999_999_999))
def test_imdb_ids_have_one_form(number: int) -> None:
    form = imdb_title_id(str(number))
    assert form is not None
    assert imdb_title_id(form) == form == imdb_title_id(f"{number:07d}")
    assert len(form) >= 9


@pytest.mark.parametrize("text", ["", "tt", "nm0000206", "0", "12a", "１２３４５６７"])
def test_what_is_no_imdb_id(text: str) -> None:
    assert imdb_title_id(text) is None


@given(st.floats(0, 10), st.integers(0, 10**7), st.floats(0, 10), st.floats(1, 10**5))
def test_weighted_ratings_lie_between_the_mean_and_the_average(
    average: float, votes: int, mean: float, prior: float
) -> None:
    weighted = weighted_rating(average, votes, mean=mean, prior_votes=prior)
    assert min(average, mean) - 1e-3 <= weighted <= max(average, mean) + 1e-3
    assert weighted_rating(average, 0, mean=mean, prior_votes=prior) == pytest.approx(mean, abs=1e-3)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_popularity_grows_with_the_count(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert 0 <= popularity(less, top=3e6) <= popularity(more, top=3e6) <= 100
