"""The formats of the sources, on samples of our own."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from datasources.files import imdb, justwatch, movielens, platform_csv
from datasources.files.tables import BrokenRow, UnknownFormat


def lines(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def reasons(found: list[object]) -> list[tuple[str, int, str]]:
    return [(row.file, row.line, row.reason) for row in found if isinstance(row, BrokenRow)]


def test_movielens(tmp_path: Path) -> None:
    lines(
        tmp_path / "movies.csv",
        "movieId,title,genres",
        '1,"Green Bicycle, The (1961)",Comedy|Drama',
        "x,No (1990),Drama",
        "2,,Drama",
    )
    lines(tmp_path / "links.csv", "movieId,imdbId,tmdbId", "1,0099999,77", "1,2")
    files = movielens.find_movielens(tmp_path)
    found = list(movielens.read_movies(files))
    assert [row for row in found if not isinstance(row, BrokenRow)] == [
        movielens.Movie("movies.csv", 2, "1", "Green Bicycle, The (1961)", ("Comedy", "Drama"), "0099999", "77")
    ]
    assert reasons(found) == [
        ("links.csv", 3, "2 values, but 3 columns"),
        ("movies.csv", 3, "movieId 'x' is not a number"),
        ("movies.csv", 4, "no title"),
    ]
    ratings = lines(
        tmp_path / "ratings.csv",
        "userId,movieId,rating,timestamp",
        "7,1,4.5,0",
        "7,1,4.7,0",
        "7,1,,0",
        "7,1,3,yesterday",
    )
    found = list(movielens.read_ratings(ratings))
    assert found[0] == movielens.UserRating("ratings.csv", 2, "7", "1", 4.5, datetime(1970, 1, 1, tzinfo=UTC))
    assert [line for _, line, _ in reasons(found)] == [3, 4, 5]
    tags = lines(tmp_path / "tags.csv", "userId,movieId,tag,timestamp", "7,1,Slow trains,0", "7,1,,0")
    assert [type(row) for row in movielens.read_tags(tags)] == [movielens.UserTag, BrokenRow]


def test_imdb(tmp_path: Path) -> None:
    head = "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres"
    rows = (
        ["tt9000001", "movie", "Green Bicycle", "Grünes Rad", "0", "1961", "\\N", "95", "Comedy,Drama"],
        ["nm9000002", "movie", "Nobody", "Nobody", "0", "1961", "\\N", "95", "Drama"],
        ["tt9000003", "movie", "Far", "Far", "0", "19610", "\\N", "95", "Drama"],
    )
    lines(tmp_path / "title.basics.tsv", "\t".join(head.split()), *("\t".join(row) for row in rows))
    files = imdb.find_imdb(tmp_path)
    assert files.basics is not None
    assert files.ratings is None
    found = list(imdb.read_basics(files.basics))
    assert found[0] == imdb.Basics(
        "title.basics.tsv",
        2,
        "tt9000001",
        "movie",
        "Green Bicycle",
        "Grünes Rad",
        False,
        1961,
        None,
        95,
        ("Comedy", "Drama"),
    )
    assert [line for _, line, _ in reasons(found)] == [3, 4]
    ratings = lines(
        tmp_path / "title.ratings.tsv", "tconst\taverageRating\tnumVotes", "tt9000001\t7.1\t12", "tt9000001\t11\t12"
    )
    assert [type(row) for row in imdb.read_title_ratings(ratings)] == [imdb.TitleRating, BrokenRow]
    head = "titleId ordering title region language types attributes isOriginalTitle"
    akas = lines(
        tmp_path / "title.akas.tsv", "\t".join(head.split()), "tt9000001\t1\tBici verde\tES\t\\N\timdbDisplay\t\\N\t0"
    )
    assert list(imdb.read_akas(akas)) == [
        imdb.Aka("title.akas.tsv", 2, "tt9000001", 1, "Bici verde", "ES", "", ("imdbDisplay",), False)
    ]


JUSTWATCH_HEAD = (
    "id,title,type,description,release_year,age_certification,runtime,genres,production_countries,seasons,imdb_id,"
    "imdb_score,imdb_votes,tmdb_popularity,tmdb_score"
)


def listed(id_: str, title: str = "Green Bicycle", rest: str = "['comedy'],['US'],,tt9000001,7.1,12.0,1.5,6.9") -> str:
    return (
        f'{id_},{title},MOVIE,About it.,1961,PG,95,"{rest.split(",", maxsplit=1)[0]}",{",".join(rest.split(",")[1:])}'
    )


def test_justwatch(tmp_path: Path) -> None:
    us = tmp_path / "us"
    for day, ids in (("2023-01-01", "tm1"), ("2023-02-01", "tm1 tm2"), ("2023-03-01", "tm1 tm2 tm3")):
        lines(us / day / "netflix" / "titles.csv", JUSTWATCH_HEAD, *(listed(id_) for id_ in ids.split()))
    lines(
        us / "2023-03-01" / "hbo" / "titles.csv",
        JUSTWATCH_HEAD,
        listed("tm2"),
        listed("tm4", rest="drama,['US'],,,,,,"),
    )
    snapshots = justwatch.find_snapshots(tmp_path)
    assert [snapshot.name for snapshot in justwatch.newest(snapshots)] == ["us/2023-03-01/hbo", "us/2023-03-01/netflix"]
    found = list(justwatch.read_titles(snapshots))
    titles = {row.id: row for row in found if isinstance(row, justwatch.ListedTitle)}
    assert sorted(titles) == ["tm1", "tm2", "tm3"]
    assert [(listing.snapshot.platform, listing.since) for listing in titles["tm2"].listings] == [
        ("hbo", None),
        ("netflix", date(2023, 2, 1)),
    ]
    assert titles["tm1"].listings[0].since is None
    assert (titles["tm1"].genres, titles["tm1"].imdb_votes, titles["tm1"].listings[0].snapshot.region) == (
        ("comedy",),
        12,
        "US",
    )
    assert reasons(found) == [
        ("us/2023-03-01/hbo/titles.csv", 3, "genres 'drama' is not a list such as ['drama', 'crime']")
    ]
    lines(
        us / "2023-03-01" / "hbo" / "credits.csv",
        "person_id,id,name,character,role",
        "5,tm2,Ada Low,Eve,ACTOR",
        "5,tm2,,x,ACTOR",
    )
    credits_of_hbo = list(justwatch.read_credits(justwatch.find_snapshots(us)[0]))
    assert credits_of_hbo[0] == justwatch.ListedCredit(
        "us/2023-03-01/hbo/credits.csv", 2, "5", "tm2", "Ada Low", "Eve", "ACTOR"
    )
    assert [line for _, line, _ in reasons(credits_of_hbo)] == [3]


def test_platform_csv(tmp_path: Path) -> None:
    lines(
        tmp_path / "hulu_titles.csv",
        "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description",
        's1,Movie,Green Bicycle,Al Low,"Bo Hill, Cy Dale",France,"March 3, 2021",1961,PG,95 min,"Comedies, Dramas",W.',
        "s2,Movie,Green Bicycle,,,,soon,1961,PG,95 min,Dramas,",
        "s3,Radio,Green Bicycle,,,,,1961,PG,95 min,Dramas,",
    )
    (file,) = platform_csv.find_platform_files(tmp_path)
    assert (file.platform, file.day) == ("hulu", date(2021, 3, 3))
    found = list(platform_csv.read_platform_titles(file))
    first = found[0]
    assert isinstance(first, platform_csv.PlatformTitle)
    assert (first.cast, first.genres, first.date_added) == (
        ("Bo Hill", "Cy Dale"),
        ("Comedies", "Dramas"),
        date(2021, 3, 3),
    )
    assert [line for _, line, _ in reasons(found)] == [3, 4]


@pytest.mark.parametrize(
    "find", [movielens.find_movielens, imdb.find_imdb, justwatch.find_snapshots, platform_csv.find_platform_files]
)
def test_a_folder_of_something_else_is_refused(find: object, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match="no "):
        find(tmp_path)  # type: ignore[operator]
