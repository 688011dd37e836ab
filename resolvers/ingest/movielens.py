"""MovieLens: movies with IMDb and TMDB ids, tags as themes, and users with their ratings."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from datasources.files.movielens import (
    Movie,
    MovieLensFiles,
    UserRating,
    find_movielens,
    read_movies,
    read_ratings,
    read_tags,
)
from datasources.files.tables import BrokenRow
from datasources.records.bulk import ProfileRow, RatingRow, UserRow
from resolvers.domain.normalization import imdb_title_id, parse_name
from resolvers.domain.viewer import Role
from resolvers.ingest.candidates import Candidate, ToldText, film_kind, genres_told, named, rated
from resolvers.ingest.countries import UNDETERMINED
from resolvers.ingest.passes import Pass
from resolvers.ingest.report import Tally
from resolvers.ingest.titles import Desk, add_facts, write_titles

SOURCE = "movielens"
_PRIOR_VOTES = 20.0
_MOST_THEMES = 5
_LONGEST_THEME = 30
_OPENED = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Themes:
    """The tags of a movie, the most given first."""

    file: str
    line: int
    movie_id: str
    tags: Sequence[str]


def movielens_passes(folder: Path) -> list[Pass]:
    """Return the passes over a MovieLens folder; raise UnknownFormat when it is none."""
    files = find_movielens(folder)
    passes = [_movies(files)]
    if files.tags is not None:
        passes.append(_tags(files.tags))
    if files.ratings is not None:
        passes.append(_ratings(files.ratings))
    return passes


def _movies(files: MovieLensFiles) -> Pass:
    async def write(desk: Desk, movies: Sequence[Movie]) -> None:
        await write_titles(desk, [_candidate(movie, desk.tally) for movie in movies])

    paths = [path for path in (files.movies, files.links) if path is not None]
    return Pass(files.movies.name, paths, lambda: read_movies(files), write)


def _candidate(movie: Movie, tally: Tally) -> Candidate:
    parsed = parse_name(movie.title)
    genres = genres_told(movie.genres, tally)
    imdb = imdb_title_id(movie.imdb_id)
    if movie.imdb_id and imdb is None:
        tally.remark("malformed IMDb id, left out")
    tmdb = movie.tmdb_id if movie.tmdb_id.isdecimal() else None
    return Candidate(
        movie.file,
        movie.line,
        movie.movie_id,
        {
            **named(parsed.name),
            "kind": film_kind(genres),
            "release_year": parsed.year,
            "genres": genres,
            "imdb": imdb,
            "tmdb": tmdb,
            "tmdb_type": None if tmdb is None else "movie",
        },
        texts=[ToldText("name", UNDETERMINED, name) for name in parsed.alternatives[:1]],
    )


def _tags(path: Path) -> Pass:
    async def write(desk: Desk, themes: Sequence[_Themes]) -> None:
        told = [Candidate(t.file, t.line, t.movie_id, {"themes": list(t.tags)}, creates=False) for t in themes]
        await write_titles(desk, told)

    return Pass(path.name, [path], lambda: _themes(path), write)


def _themes(path: Path) -> Iterator[_Themes | BrokenRow]:
    """Yield the themes of each movie: tags that at least two users gave (to whatever movie), the most given first."""
    users: defaultdict[str, set[str]] = defaultdict(set)
    tags: defaultdict[str, Counter[str]] = defaultdict(Counter)
    first_line: dict[str, int] = {}
    for row in read_tags(path):
        if isinstance(row, BrokenRow):
            yield row
            continue
        tag = " ".join(row.tag.lower().split())
        if len(tag) <= _LONGEST_THEME:
            users[tag].add(row.user_id)
            tags[row.movie_id][tag] += 1
            first_line.setdefault(row.movie_id, row.line)
    for movie_id, given in tags.items():
        ranked = sorted(given, key=lambda tag: (-given[tag], tag))
        if chosen := [tag for tag in ranked if len(users[tag]) > 1][:_MOST_THEMES]:
            yield _Themes(path.name, first_line[movie_id], movie_id, chosen)


def account_id(what: str, user_id: str) -> str:
    """Return the id of a MovieLens user's account or profile: the same in every import."""
    return str(uuid5(NAMESPACE_URL, f"https://grouplens.org/datasets/movielens/{what}/{user_id}"))


def _ratings(path: Path) -> Pass:
    return Pass(path.name, [path], lambda: read_ratings(path), _write_ratings, finish=_rate_titles, batch_rows=10_000)


async def _write_ratings(desk: Desk, ratings: Sequence[UserRating]) -> None:
    titles = await desk.reader.titles_of_records(SOURCE, list({rating.movie_id for rating in ratings}))
    rows: list[RatingRow] = []
    for rating in ratings:
        title_id = titles.get(rating.movie_id)
        if title_id is None:
            desk.tally.reject(BrokenRow(rating.file, rating.line, f"movieId {rating.movie_id} is not in movies.csv"))
        else:
            rows.append(RatingRow(account_id("profile", rating.user_id), title_id, rating.stars * 2, rating.rated_at))
    users = list(dict.fromkeys(rating.user_id for rating in ratings if rating.movie_id in titles))
    await desk.writer.write([_account(user) for user in users])
    await desk.writer.write(
        [ProfileRow(account_id("profile", user), account_id("user", user), f"User {user}") for user in users]
    )
    written = await desk.writer.write(rows)
    desk.tally.created += written.created
    desk.tally.updated += written.updated
    desk.tally.unchanged += len(rows) - written.created - written.updated


def _account(user_id: str) -> UserRow:
    """Return an account nobody can sign in to."""
    return UserRow(
        account_id("user", user_id),
        f"user-{user_id}@movielens.invalid",
        f"MovieLens user {user_id}",
        "!",
        Role.USER,
        SOURCE,
        _OPENED,
    )


async def _rate_titles(desk: Desk) -> None:
    """Give titles the mean of these ratings where it rests on more votes than what is known."""
    told = await desk.reader.ratings_by_accounts(SOURCE)
    for start in range(0, len(told), 5000):
        facts = {
            id_: rated(round(average, 2), votes, prior_votes=_PRIOR_VOTES)
            for id_, average, votes in told[start : start + 5000]
        }
        await add_facts(desk, facts)
