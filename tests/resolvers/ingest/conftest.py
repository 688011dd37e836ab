"""Small folders in the formats of the sources, of our own making, with broken rows among them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from datasources.postgres.engine import Database

JUSTWATCH_HEAD = (
    "id,title,type,description,release_year,age_certification,runtime,genres,production_countries,seasons,imdb_id,"
    "imdb_score,imdb_votes,tmdb_popularity,tmdb_score"
)
_TABLES = (
    "titles",
    "title_texts",
    "people",
    "credits",
    "offers",
    "platforms",
    "source_records",
    "users",
    "profiles",
    "ratings",
)


class Quiet:
    """A progress nobody sees."""

    def __init__(self) -> None:
        self.rows = 0
        self.done = 0

    def total(self, rows: int) -> None:
        self.rows = rows

    def advance(self, rows: int) -> None:
        self.done += rows


def write_lines(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


@pytest.fixture
def movielens(tmp_path: Path) -> Path:
    """Three good movies, one broken row in each file."""
    folder = tmp_path / "ml"
    write_lines(
        folder / "movies.csv",
        "movieId,title,genres",
        '1,"Green Bicycle, The (Grünes Rad, Das) (1961)",Comedy|Drama',
        "2,Slow Trains (1974),Documentary",
        "oops",
        "3,Unrated Winter (1980),(no genres listed)",
    )
    write_lines(
        folder / "links.csv", "movieId,imdbId,tmdbId", "1,9000001,501", "2,9000002,502", "3,9000003,502", "x,1,1"
    )
    write_lines(
        folder / "ratings.csv",
        "userId,movieId,rating,timestamp",
        "7,1,4.5,1000000000",
        "8,1,5.0,1000000001",
        "8,2,9.0,1000000002",
        "8,99,3.0,1000000003",
    )
    write_lines(folder / "tags.csv", "userId,movieId,tag,timestamp", "7,1,Bicycles,0", "8,1,bicycles ,0", "8,2,mine,0")
    return folder


@pytest.fixture
def imdb(tmp_path: Path) -> Path:
    """The first movie under its real name, and another film."""
    folder = tmp_path / "imdb"
    head = "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres"
    rows = (
        "tt9000001|movie|A Green Bicycle|Das grüne Rad|0|1961|\\N|95|Comedy,Romance",
        "tt9000009|movie|Paper Moons|Paper Moons|0|1990|\\N|88|Drama",
        "tt9000010|tvEpisode|Part|Part|0|1990|\\N|20|Drama",
        "broken",
    )
    write_lines(folder / "title.basics.tsv", "\t".join(head.split()), *(row.replace("|", "\t") for row in rows))
    write_lines(folder / "title.ratings.tsv", "tconst\taverageRating\tnumVotes", "tt9000001\t8.0\t9000")
    head = "titleId ordering title region language types attributes isOriginalTitle"
    akas = (
        "tt9000001|1|Bici verde|ES|\\N|imdbDisplay|\\N|0",
        "tt9000001|2|Bici|ES|\\N|working|\\N|0",
        "tt9000001|3|?|XYU|\\N|\\N|\\N|0",
    )
    write_lines(folder / "title.akas.tsv", "\t".join(head.split()), *(row.replace("|", "\t") for row in akas))
    return folder


@pytest.fixture
def justwatch(tmp_path: Path) -> Path:
    """Two snapshots of a platform, one of another; credits with a broken row."""
    root = tmp_path / "justwatch" / "us"
    words = "Two friends ride home.,1961,PG,95"
    bicycle = f"tm1,A Green Bicycle,MOVIE,{words},\"['comedy', 'drama']\",['DE'],,tt9000001,8.1,9500.0,1,8"
    moons = "tm2,Paper Moons,MOVIE,A kite maker waits.,1990,,88,['drama'],\"['FR', 'SU']\",,,7.0,100.0,1,7"
    show = "ts3,Night Ferry,SHOW,Passengers of one crossing.,2001,TV-14,45,\"['crime', 'gardening']\",['SE'],2.0,,,,,"
    for day, rows in (("2023-01-01", [bicycle, show]), ("2023-02-01", [bicycle, moons])):
        write_lines(root / day / "netflix" / "titles.csv", JUSTWATCH_HEAD, *rows)
    write_lines(root / "2023-02-01" / "newbox" / "titles.csv", JUSTWATCH_HEAD, moons, show, "tm9,Bad,FILM,,,,,,,,,,,,")
    write_lines(
        root / "2023-02-01" / "netflix" / "credits.csv",
        "person_id,id,name,character,role",
        "11,tm1,Ada Low,Eve (voice),ACTOR",
        "12,tm1,Bo Hill,,DIRECTOR",
        "13,tm1,Cy Dale,Both,ACTOR",
        "13,tm1,Cy Dale,Twin,ACTOR",
        "14,tm2,Ada Low,Moon,ACTOR",
        "15,tm2,Nobody,x,EXTRA",
    )
    return tmp_path / "justwatch"


@pytest.fixture
def platform_csv(tmp_path: Path) -> Path:
    """The same films as two platforms list them."""
    head = "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description"
    folder = tmp_path / "platform"
    write_lines(
        folder / "hulu_titles.csv",
        head,
        's1,Movie,Paper Moons,Bo Hill,"Ada Low, Di Fox",France,"March 3, 2021",1990,PG,88 min,Dramas,Hulu says this.',
        's2,TV Show,Night Ferry,,,"Sweden, Atlantis",,2001,TV-14,2 Seasons,TV Dramas,',
    )
    write_lines(
        folder / "netflix_titles.csv",
        head,
        's1,Movie,Paper Moons,,Di Fox,,"May 1, 2021",1990,,88 min,"Dramas, Comedies",Netflix says that.',
        "s2,Movie,Broken,,,,soon,1990,,88 min,Dramas,",
    )
    return folder


@pytest.fixture
def contents(database: Database) -> Callable[..., object]:
    """Reads all rows of the tables an import writes, including which transaction wrote the titles."""

    async def read() -> dict[str, list[str]]:
        return {
            table: [row[0] for row in await database.fetch(f"SELECT x::text FROM {table} x ORDER BY 1")]
            for table in _TABLES
        }

    return read


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()
