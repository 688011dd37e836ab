"""Search by words and completions: what is found, why, and what happens when the index is away."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datasources.errors import SearchUnavailable
from datasources.search import Document, DocumentType, Watermark
from datasources.search.embedded import EmbeddedIndex
from resolvers.catalog import search
from resolvers.catalog.indexing import catch_up
from resolvers.catalog.search import MatchReasonKind
from resolvers.domain.errors import BadUserInput, Unauthenticated
from resolvers.domain.highlights import words
from resolvers.domain.titles import Genre, TitleFilter, TitleKind
from tests.catalogue import UNKNOWN, Catalogue, forge, some_id

ANY = TitleFilter()


async def ask(shelf: Any, query: str, wanted: TitleFilter = ANY, first: int | None = None) -> search.SearchAnswer:
    return await search.search(shelf.context(), query, wanted, first, None)


def names(answer: search.SearchAnswer) -> list[str]:
    return [found.title.name for found in answer.page.nodes]


@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("matrix", "The Matrix", MatchReasonKind.NAME),
        ("amelie", "Amélie", MatchReasonKind.NAME),
        ("fabelhafte welt", "Amélie", MatchReasonKind.ALTERNATIVE_NAME),
        ("destin poulain", "Amélie", MatchReasonKind.ALTERNATIVE_NAME),
        ("jeunet", "Amélie", MatchReasonKind.PERSON),
        ("montmartre", "Amélie", MatchReasonKind.DESCRIPTION),
        ("romance", "Amélie", MatchReasonKind.GENRE),
        ("quirky", "Amélie", MatchReasonKind.MOOD),
        ("simulated", "The Matrix", MatchReasonKind.MOOD),
    ],
)
async def test_titles_are_found_by_all_they_are_known_for(
    shelf: Any, query: str, name: str, reason: MatchReasonKind
) -> None:
    answer = await ask(shelf, query)
    assert names(answer) == [name]
    found = answer.page.nodes[0]
    assert found.score == 1
    assert found.reasons[0].kind is reason
    assert answer.degraded is None
    assert answer.text == query
    assert answer.took_ms > 0


@pytest.mark.parametrize(
    "query", ["matrix amelie keanu light", "the a of", "reality city hacker", "drama desert", "wachowski", "d'amélie"]
)
async def test_every_hit_says_why(shelf: Any, query: str) -> None:
    answer = await ask(shelf, query)
    assert answer.page.nodes
    scores = [found.score for found in answer.page.nodes]
    assert scores == sorted(scores, reverse=True)
    for found in answer.page.nodes:
        assert 0 < found.score <= 1
        assert found.reasons
        weights = [reason.weight for reason in found.reasons]
        assert weights == sorted(weights, reverse=True)
        assert sum(weights) == pytest.approx(1, abs=0.001)
        assert all(reason.text.strip() for reason in found.reasons)
        for highlight in found.highlights:
            assert highlight.spans
            for span in highlight.spans:
                assert words(highlight.snippet[span.start : span.end])[0] in words(query)


async def test_a_filter_narrows_what_is_found(shelf: Any) -> None:
    assert set(names(await ask(shelf, "keanu"))) == {"The Matrix", "Speed of Light"}
    assert names(await ask(shelf, "keanu", TitleFilter(genres=[Genre.SCIENCE_FICTION]))) == ["The Matrix"]
    assert names(await ask(shelf, "keanu", TitleFilter(genres=[Genre.WAR]))) == []
    episodes = await ask(shelf, "matrix", TitleFilter(kinds=[TitleKind.EPISODE]))
    assert len(episodes.page.nodes) == 4
    with pytest.raises(Unauthenticated):
        await ask(shelf, "keanu", TitleFilter(on_my_services=True))


async def test_all_hits_are_paged_through_once(shelf: Any) -> None:
    wanted = TitleFilter(kinds=[TitleKind.EPISODE, TitleKind.MOVIE])
    whole = await ask(shelf, "matrix", wanted)
    seen: list[str] = []
    cursor = None
    while True:
        answer = await search.search(shelf.context(), "matrix", wanted, 2, cursor)
        seen += [found.title.id for found in answer.page.nodes]
        assert answer.page.count is not None
        assert await answer.page.count() == 5
        if not answer.page.has_next:
            break
        cursor = answer.page.items[-1][0]
    assert seen == [found.title.id for found in whole.page.nodes]
    assert len(set(seen)) == 5


async def test_a_page_of_nothing_tells_of_more(shelf: Any) -> None:
    answer = await ask(shelf, "matrix", first=0)
    assert answer.page.nodes == []
    assert answer.page.has_next


@pytest.mark.parametrize("query", ["", "  \n", "x" * 501])
async def test_queries_that_cannot_be_searched(shelf: Any, query: str) -> None:
    with pytest.raises(BadUserInput, match="query"):
        await ask(shelf, query)


@pytest.mark.parametrize("query", ["\x00", "🎬", "*:*", "x" * 500, "\u202e", "name:matrix OR (", "'"])
async def test_queries_of_any_characters_are_answered(shelf: Any, query: str) -> None:
    answer = await ask(shelf, query)
    assert answer.degraded is None


@pytest.mark.parametrize("position", [(), (0,), ("x", some_id(1)), (-1, some_id(1)), (None, None), (2**40, some_id(1))])
async def test_forged_cursors_are_bad_input(shelf: Any, position: tuple[object, ...]) -> None:
    cursor = (await ask(shelf, "matrix")).page.items[0][0]
    with pytest.raises(BadUserInput, match="broken"):
        await search.search(shelf.context(), "matrix", ANY, 1, forge(cursor, *position))
    with pytest.raises(BadUserInput, match="another list"):
        await search.search(shelf.context(), "matrix 2", ANY, 1, cursor)


class Away:
    """An index that cannot be used."""

    async def search(self, *_: object) -> list[object]:
        raise SearchUnavailable("no index")

    suggest = watermark = search


async def test_without_an_index_the_answer_is_degraded(shelf: Any) -> None:
    context = shelf.context()
    context.sources = replace(context.sources, index=Away())
    answer = await search.search(context, "matrix", ANY, None, None)
    assert answer.page.nodes == []
    assert answer.degraded == "keyword: index unavailable"
    assert await search.suggest(context, "matrix", None) == []


async def test_while_the_index_is_built_the_answer_is_degraded(shelf: Any, tmp_path: Path) -> None:
    context = shelf.context()
    index = EmbeddedIndex(tmp_path)
    context.sources = replace(context.sources, index=index)
    answer = await search.search(context, "matrix", ANY, None, None)
    assert answer.degraded is not None
    assert "being built" in answer.degraded
    await catch_up(context.sources)
    answer = await search.search(context, "matrix", ANY, None, None)
    assert answer.degraded is None
    assert names(answer) == ["The Matrix"]
    await index.close()


async def test_what_the_database_no_longer_has_is_not_found(shelf: Any, tmp_path: Path) -> None:
    context = shelf.context()
    index = EmbeddedIndex(tmp_path)
    ghosts = [
        Document(UNKNOWN, DocumentType.TITLE, "MOVIE", "Matrix gone"),
        Document(some_id(2**40), DocumentType.PERSON, "", "Matrix person gone"),
    ]
    await index.write(ghosts)
    await index.commit(Watermark("x", 1))
    context.sources = replace(context.sources, index=index)
    answer = await search.search(context, "matrix", ANY, None, None)
    assert answer.page.nodes == []
    assert not answer.page.has_next
    assert await search.suggest(context, "matrix", None) == []
    await index.close()


async def test_completions_lead_to_titles_and_people(shelf: Any) -> None:
    [title] = await search.suggest(shelf.context(), " the mat ", None)
    assert (title.text, title.target.id) == ("The Matrix", shelf.titles["matrix"])
    assert [title.text[span.start : span.end] for span in title.spans] == ["The", "Mat"]
    assert title.score == 1
    found = await search.suggest(shelf.context(), "wachow", None)
    assert {hit.target.id for hit in found} == {shelf.people["lana"], shelf.people["lilly"]}
    assert all(0 < hit.score <= 1 for hit in found)


@pytest.mark.parametrize(("prefix", "first"), [("", None), (" ", None), ("x" * 101, None), ("x", 21), ("x", -1)])
async def test_completions_of_what_cannot_be_typed(shelf: Any, prefix: str, first: int | None) -> None:
    with pytest.raises(BadUserInput):
        await search.suggest(shelf.context(), prefix, first)


async def test_no_completions_when_none_are_wanted(shelf: Any) -> None:
    assert await search.suggest(shelf.context(), "matrix", 0) == []


async def test_reasons_read_the_same_every_time(context: Any, sources: Any) -> None:
    catalogue = Catalogue(sources.database)
    title = await catalogue.title("Zero")
    for number in range(5):
        await catalogue.text(title, f"needle {number}", "de", source=str(number))
    await catch_up(sources)
    answer = await search.search(context(), "needle", ANY, None, None)
    assert [highlight.snippet for highlight in answer.page.nodes[0].highlights] == [
        f"needle {number}" for number in range(5)
    ]
