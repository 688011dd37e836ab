"""What every implementation of TitleIndex does alike."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from datasources.errors import SearchUnavailable
from datasources.search import Document, DocumentType, TitleIndex, Watermark
from datasources.search.embedded import EmbeddedIndex
from tests.catalogue import some_id

MARK = Watermark("here", 7)
Open = Callable[[], TitleIndex]


def title(number: int, name: str, *, kind: str = "MOVIE", popularity: float = 0.0, **fields: object) -> Document:
    return Document(some_id(number), DocumentType.TITLE, kind, name, popularity=popularity, **fields)  # type: ignore[arg-type]


def person(number: int, name: str, popularity: float = 0.0) -> Document:
    return Document(some_id(number), DocumentType.PERSON, "", name, popularity=popularity)


SHELF = [
    title(
        1, "The Matrix", popularity=93, people=["Keanu Reeves", "Lana Wachowski"], labels=["science fiction", "tense"]
    ),
    title(2, "Amélie", popularity=60, other_names=["Le Fabuleux Destin d'Amélie Poulain"], people=["Audrey Tautou"]),
    title(3, "Star Wars", popularity=90, description="A farm boy fights an empire."),
    title(4, "Wars of the Star", popularity=90),
    title(5, "Matrimony", popularity=10, labels=["romance"]),
    title(6, "The Matrix, Part One", kind="EPISODE", popularity=50),
    title(7, "Season 1 of Matrix", kind="SEASON", popularity=50),
    title(8, "Łódź Ørsted", popularity=5),
    title(9, "東京物語", popularity=30, other_names=["Tokyo Story"]),
    title(10, "New York, New York", popularity=20),
    title(11, "York New", popularity=99),
    title(12, "Dark", kind="SERIES", popularity=70, description="A matrix of caves under a small town."),
    person(13, "Keanu Reeves", popularity=80),
    person(14, "Mathilde Unknown"),
]


@dataclass(frozen=True, slots=True)
class Store:
    """Where an index lives, and a way to open it there, any number of times."""

    open: Open
    folder: Path


@pytest.fixture(params=["embedded"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store({"embedded": lambda: EmbeddedIndex(tmp_path)}[request.param], tmp_path)


@pytest.fixture
async def index(place: Store) -> AsyncIterator[TitleIndex]:
    """An empty index."""
    opened = place.open()
    yield opened
    await opened.close()


@pytest.fixture
async def shelf(index: TitleIndex) -> TitleIndex:
    """An index with the documents above."""
    await index.write(SHELF)
    await index.commit(MARK)
    return index


async def found(index: TitleIndex, text: str, kinds: list[str] | None = None, limit: int = 10) -> list[int]:
    return [int(hit.id[-12:], 16) for hit in await index.search(text, kinds, limit)]


async def suggested(index: TitleIndex, prefix: str, limit: int = 8) -> list[int]:
    return [int(hit.id[-12:], 16) for hit in await index.suggest(prefix, limit)]


async def test_an_empty_index_finds_nothing(index: TitleIndex) -> None:
    assert await index.watermark() is None
    assert await index.count() == 0
    assert await index.search("matrix", None, 10) == []
    assert await index.suggest("m", 10) == []


async def test_what_is_written_is_seen_after_commit(index: TitleIndex) -> None:
    await index.write(SHELF)
    assert await found(index, "matrix") == []
    assert await index.watermark() is None
    await index.commit(MARK)
    assert await index.watermark() == MARK
    assert await index.count() == len(SHELF)
    assert await found(index, "matrix") == [1, 12]


async def test_a_document_written_again_replaces_the_first(shelf: TitleIndex) -> None:
    await shelf.write([title(1, "Reloaded", popularity=93)])
    await shelf.write([title(1, "Revolutions", popularity=93)])
    await shelf.commit(Watermark("here", 8))
    assert await found(shelf, "revolutions") == [1]
    assert await found(shelf, "reloaded") == []
    assert await found(shelf, "matrix") == [12]
    assert await shelf.count() == len(SHELF)


async def test_a_commit_of_nothing_moves_the_watermark(shelf: TitleIndex) -> None:
    await shelf.commit(Watermark("here", 9))
    assert await shelf.watermark() == Watermark("here", 9)
    assert await shelf.count() == len(SHELF)


async def test_clear_forgets_everything(shelf: TitleIndex) -> None:
    await shelf.write([title(99, "Not committed")])
    await shelf.clear()
    assert await shelf.watermark() is None
    assert await shelf.count() == 0
    await shelf.write(SHELF[:1])
    await shelf.commit(MARK)
    assert await shelf.count() == 1
    assert await found(shelf, "committed") == []


@pytest.mark.parametrize("text", ["amelie", "AMÉLIE", "Ame\u0301lie", "fabuleux amélie"])
async def test_case_and_diacritics_do_not_matter(shelf: TitleIndex, text: str) -> None:
    assert await found(shelf, text) == [2]


@pytest.mark.parametrize("text", ["lodz", "Łódź", "orsted", "ørsted"])
async def test_nor_do_letters_with_strokes(shelf: TitleIndex, text: str) -> None:
    assert await found(shelf, text) == [8]


async def test_marks_written_apart_are_found_together(index: TitleIndex) -> None:
    await index.write([title(1, "Cafe\u0301s")])
    await index.commit(MARK)
    assert await found(index, "cafés") == [1]
    assert await suggested(index, "cafés") == [1]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("reeves", 1),
        ("poulain", 2),
        ("science", 1),
        ("empire", 3),
        ("tokyo", 9),
        ("東京物語", 9),
        ("star wars", 3),
        ("new york new york", 10),
        ("keanu in the matrix", 1),
        ("matrix nonsenseword", 1),
        ("caves town", 12),
    ],
)
async def test_words_are_looked_for_everywhere(shelf: TitleIndex, text: str, first: int) -> None:
    assert (await found(shelf, text))[0] == first


async def test_names_count_more_than_descriptions(shelf: TitleIndex) -> None:
    assert await found(shelf, "matrix") == [1, 12]


async def test_scores_fall_and_the_limit_holds(shelf: TitleIndex) -> None:
    hits = await shelf.search("the matrix star new", None, 10)
    assert len(hits) > 2
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[-1].score > 0
    assert await shelf.search("the matrix star new", None, 2) == hits[:2]


async def test_seasons_episodes_and_people_are_hidden_unless_asked_for(shelf: TitleIndex) -> None:
    assert set(await found(shelf, "matrix")) == {1, 12}
    assert await found(shelf, "matrix", ["EPISODE"]) == [6]
    assert set(await found(shelf, "matrix", ["EPISODE", "SEASON", "SERIES"])) == {6, 7, 12}
    assert await found(shelf, "matrix", []) == []
    assert await found(shelf, "mathilde") == []


HOSTILE = [
    "",
    " ",
    "\x00",
    "mat\x00rix",
    'name:matrix AND (NOT "x" OR [a TO b]) ~2 ^3 +x -y /re.*/ && || ! { } \\',
    "*",
    "?:*",
    "[a-",
    "(((",
    "\\",
    ".*.*.*",
    "a{1000}{1000}",
    "🎬🍿",
    "👩‍👩‍👧‍👦",
    "\u202eמטריקס\u202c العربية",
    "x" * 10_000,
    "x " * 5_000,
    "é" * 500,
    "word" + "\u0301" * 500,
    "'; DROP TABLE titles; --",
    "\ufffe\uffff",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_every_character_is_only_text(shelf: TitleIndex, text: str) -> None:
    await shelf.search(text, None, 10)
    await shelf.search(text, ["MOVIE", text], 10)
    await shelf.suggest(text, 10)
    assert await found(shelf, "matrix") == [1, 12]


async def test_syntax_finds_the_words_in_it(shelf: TitleIndex) -> None:
    assert (await found(shelf, 'NOT name:"matrix"^0'))[0] == 1
    assert (await found(shelf, "mat\x00rix")) == []
    assert (await found(shelf, "star\x00wars"))[0] == 3


async def test_hostile_documents_are_kept_and_found(index: TitleIndex) -> None:
    documents = [
        title(number, text, other_names=[text], people=[text], labels=[text], description=f"{text} needle{number}")
        for number, text in enumerate(HOSTILE)
    ]
    await index.write(documents)
    await index.commit(MARK)
    assert await index.count() == len(HOSTILE)
    for number in range(len(HOSTILE)):
        assert await found(index, f"needle{number}") == [number]


async def test_suggestions_continue_what_was_typed(shelf: TitleIndex) -> None:
    assert await suggested(shelf, "matrix") == [1, 5], "Matrimony is an error away"
    assert await suggested(shelf, "the mat") == [1]
    assert await suggested(shelf, "mat") == [1, 5, 14], "an article does not stand before the beginning of a name"
    assert await suggested(shelf, "tokyo") == [], "names only as they are shown"
    assert await suggested(shelf, "東京") == [9]
    assert await suggested(shelf, "ame") == [2]
    assert await suggested(shelf, "rix") == []


async def test_suggestions_hold_people_and_hide_parts(shelf: TitleIndex) -> None:
    [hit] = await shelf.suggest("keanu", 8)
    assert (hit.type, hit.name, hit.id) == (DocumentType.PERSON, "Keanu Reeves", some_id(13))
    assert await suggested(shelf, "season") == []


@pytest.mark.parametrize(
    "typed", ["matrxi", "matirx", "matri", "matrixx", "natrix", "keanu reevse", "kaenu reev", "amlie"]
)
async def test_one_typing_error_per_longer_word_is_forgiven(shelf: TitleIndex, typed: str) -> None:
    assert {1, 2, 13} & set(await suggested(shelf, typed))


async def test_short_words_are_taken_as_typed(shelf: TitleIndex) -> None:
    assert await suggested(shelf, "xta") == []


async def test_better_known_names_come_first_among_many(index: TitleIndex) -> None:
    await index.write([title(number, f"Star number {number}", popularity=number % 100) for number in range(1, 1000)])
    await index.write([title(1000, "Star", popularity=1), title(1001, "The Star", popularity=100)])
    await index.commit(MARK)
    best = await suggested(index, "star", 4)
    assert sorted(best[:2]) == [1000, 1001], "who typed the whole name means it"
    assert {number % 100 for number in best[2:]} == {99}
    assert await suggested(index, "star", 0) == []


async def test_an_index_opened_again_has_everything(place: Store, shelf: TitleIndex) -> None:
    await shelf.close()
    again = place.open()
    assert await again.watermark() == MARK
    assert await again.count() == len(SHELF)
    assert await found(again, "matrix") == [1, 12]
    await again.write([title(20, "Matrix Again")])
    await again.commit(Watermark("here", 8))
    assert await again.count() == len(SHELF) + 1
    await again.close()


async def test_what_was_not_committed_is_gone(place: Store, index: TitleIndex) -> None:
    await index.write(SHELF)
    await index.close()
    again = place.open()
    assert await again.count() == 0
    assert await again.watermark() is None
    await again.close()


async def seen(index: TitleIndex, number: int) -> None:
    """Wait until an index shows so many documents."""
    async with asyncio.timeout(20):
        while await index.count() != number:
            await asyncio.sleep(0.02)


async def test_a_second_instance_reads_what_the_first_commits(place: Store, index: TitleIndex) -> None:
    reader = place.open()
    assert await reader.count() == 0
    await index.write(SHELF)
    await index.commit(MARK)
    await seen(reader, len(SHELF))
    assert await reader.watermark() == MARK
    assert await found(reader, "matrix") == [1, 12]
    await index.clear()
    await seen(reader, 0)
    await reader.close()


async def test_opening_beside_a_writer_harms_nothing(place: Store, index: TitleIndex) -> None:
    """A process may start while another builds the index for the first time."""
    await index.write(SHELF)
    beside = place.open()
    assert await beside.watermark() is None
    await index.commit(MARK)
    assert await index.count() == len(SHELF)
    await beside.close()
    again = place.open()
    assert await found(again, "matrix") == [1, 12]
    await again.close()


async def test_a_second_writer_is_refused_until_the_first_is_done(place: Store, index: TitleIndex) -> None:
    other = place.open()
    await index.write(SHELF[:5])
    with pytest.raises(SearchUnavailable):
        await other.write(SHELF[5:])
    with pytest.raises(SearchUnavailable):
        await other.clear()
    await index.commit(MARK)
    await other.write(SHELF[5:])
    await other.commit(Watermark("here", 8))
    await seen(index, len(SHELF))
    assert await index.watermark() == Watermark("here", 8)
    await other.close()


PROGRAM = """
import asyncio, sys
from pathlib import Path
from datasources.search import Document, DocumentType, Watermark
from datasources.search.embedded import EmbeddedIndex

async def main():
    index = EmbeddedIndex(Path(sys.argv[1]))
    await index.write([Document(sys.argv[2], DocumentType.TITLE, "MOVIE", "From elsewhere")])
    print("written", flush=True)
    sys.stdin.readline()
    await index.commit(Watermark("here", 8))

asyncio.run(main())
"""


async def test_another_process_writes_while_we_read(tmp_path: Path) -> None:
    index = EmbeddedIndex(tmp_path)
    await index.write(SHELF)
    await index.commit(MARK)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PROGRAM, str(tmp_path), some_id(99)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"written\n"
    with pytest.raises(SearchUnavailable):
        await index.write(SHELF)
    assert await found(index, "matrix") == [1, 12]
    await process.communicate(b"\n")
    assert process.returncode == 0
    await seen(index, len(SHELF) + 1)
    assert await found(index, "elsewhere") == [99]
    assert await index.watermark() == Watermark("here", 8)


async def test_a_writer_that_was_killed_leaves_what_was_committed(tmp_path: Path) -> None:
    index = EmbeddedIndex(tmp_path)
    await index.write(SHELF)
    await index.commit(MARK)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PROGRAM, str(tmp_path), some_id(99)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    process.kill()
    await process.wait()
    again = EmbeddedIndex(tmp_path)
    assert await again.count() == len(SHELF)
    await again.write([title(20, "Matrix Again")])
    await again.commit(Watermark("here", 9))
    assert await again.count() == len(SHELF) + 1


async def test_an_older_layout_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = EmbeddedIndex(tmp_path)
    await index.write(SHELF)
    await index.commit(MARK)
    (tmp_path / "note.txt").write_text("not ours")
    monkeypatch.setattr("datasources.search.embedded._LAYOUT", 99)
    newer = EmbeddedIndex(tmp_path)
    assert await newer.watermark() is None
    assert await newer.count() == 0
    assert {path.name for path in tmp_path.iterdir()} == {"layout-99", "note.txt"}
    await newer.write(SHELF)
    await newer.commit(MARK)
    assert await found(newer, "matrix") == [1, 12]


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b"\xff\xfe"])
async def test_a_damaged_index_is_built_anew(tmp_path: Path, damage: bytes) -> None:
    index = EmbeddedIndex(tmp_path)
    await index.write(SHELF)
    await index.commit(MARK)
    del index
    next(tmp_path.rglob("meta.json")).write_bytes(damage)
    again = EmbeddedIndex(tmp_path)
    assert await again.watermark() is None
    await again.write(SHELF)
    await again.commit(MARK)
    assert await found(again, "matrix") == [1, 12]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"database": "here"}'])
async def test_a_damaged_watermark_counts_as_none(tmp_path: Path, content: bytes) -> None:
    index = EmbeddedIndex(tmp_path)
    await index.commit(MARK)
    next(tmp_path.rglob("watermark.json")).write_bytes(content)
    assert await index.watermark() is None


async def test_a_place_that_is_no_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SearchUnavailable, match="cannot be opened"):
        EmbeddedIndex(tmp_path / "file")
