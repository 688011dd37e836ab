"""People and their credits."""

from typing import Any

import pytest

from datasources.records.catalog import CreditRecord
from resolvers.catalog import people
from resolvers.context import Context
from resolvers.domain.errors import BadUserInput, NotFound
from resolvers.domain.pagination import Page
from resolvers.domain.titles import CreditRole, TitleKind
from resolvers.loading import alone
from tests.catalogue import UNKNOWN, Catalogue


async def credits_of_title(context: Context, id_: str, *arguments: Any) -> Page[CreditRecord]:
    return await alone(people.credits_of_titles(context, [id_], *arguments))


async def credits_of_person(context: Context, id_: str, *arguments: Any) -> Page[CreditRecord]:
    return await alone(people.credits_of_people(context, [id_], *arguments))


async def test_a_person_by_id(shelf: Any) -> None:
    person = await people.get_person(shelf.context(), shelf.people["keanu"])
    assert (person.name, person.known_for) == ("Keanu Reeves", "ACTOR")


@pytest.mark.parametrize(("id_", "error"), [(UNKNOWN, NotFound), ("nm1", BadUserInput)])
async def test_an_id_that_names_nobody_is_told(shelf: Any, id_: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=id_):
        await people.get_person(shelf.context(), id_)


async def test_credits_of_a_title_are_walked_in_billing_order(shelf: Any) -> None:
    matrix, seen, cursor = shelf.titles["matrix"], [], None
    while True:
        page = await credits_of_title(shelf.context(), matrix, None, 1, cursor)
        seen += [shelf.people[word] for word in shelf.people if page.nodes[0].person_id == shelf.people[word]]
        if not page.has_next:
            break
        cursor = page.items[-1][0]
    assert seen == [shelf.people[word] for word in ("lana", "lilly", "keanu")]
    assert page.count is not None
    assert await page.count() == 3


async def test_credits_of_some_roles(shelf: Any) -> None:
    page = await credits_of_title(shelf.context(), shelf.titles["matrix"], [CreditRole.ACTOR], None, None)
    assert [credit.character for credit in page.nodes] == ["Neo"]
    assert page.count is not None
    assert await page.count() == 1
    nobody = await credits_of_title(shelf.context(), shelf.titles["matrix"], [], None, None)
    assert nobody.nodes == []


async def test_credits_of_a_person_are_walked_newest_first(shelf: Any) -> None:
    lana = shelf.people["lana"]
    page = await credits_of_person(shelf.context(), lana, None, 1, None)
    rest = await credits_of_person(shelf.context(), lana, None, 9, page.items[-1][0])
    assert [credit.title_id for credit in (*page.nodes, *rest.nodes)] == [
        shelf.titles["series"],
        shelf.titles["matrix"],
    ]
    assert rest.count is not None
    assert await rest.count() == 2


async def test_cursors_of_other_titles_and_roles_are_refused(shelf: Any) -> None:
    page = await credits_of_title(shelf.context(), shelf.titles["matrix"], None, 1, None)
    cursor = page.items[0][0]
    with pytest.raises(BadUserInput, match="another list"):
        await credits_of_title(shelf.context(), shelf.titles["amelie"], None, 1, cursor)
    with pytest.raises(BadUserInput, match="another list"):
        await credits_of_title(shelf.context(), shelf.titles["matrix"], [CreditRole.ACTOR], 1, cursor)
    with pytest.raises(BadUserInput, match="another list"):
        await credits_of_person(shelf.context(), shelf.people["lana"], None, 1, cursor)


async def test_directors_or_creators(shelf: Any) -> None:
    context = shelf.context()

    async def made(word: str, kind: TitleKind) -> list[str]:
        return [person.name for person in await alone(people.directors_of(context, [(shelf.titles[word], kind)]))]

    assert await made("matrix", TitleKind.MOVIE) == ["Lana Wachowski", "Lilly Wachowski"]
    assert await made("series", TitleKind.SERIES) == ["Vince Gilligan"]
    assert await made("running", TitleKind.MOVIE) == []


async def test_at_most_ten_directors_and_nobody_twice(context: Any, sources: Any) -> None:
    catalogue = Catalogue(sources.database)
    title = await catalogue.title()
    directors = [await catalogue.person(f"Director {number}") for number in range(12)]
    await catalogue.credit(title, directors[0], "DIRECTOR", 0, character="segment one")
    for number, person in enumerate(directors):
        await catalogue.credit(title, person, "DIRECTOR", number + 1)
    found = await alone(people.directors_of(context(), [(title, TitleKind.MOVIE)]))
    assert [person.id for person in found] == directors[:10]


async def test_the_best_biography_for_a_language(shelf: Any) -> None:
    jeunet = await people.get_person(shelf.context(), shelf.people["jeunet"])
    keanu = await people.get_person(shelf.context(), shelf.people["keanu"])
    for language, found in (("fr-CA", "fr"), ("en", "en"), (None, "en"), ("ja", None)):
        text = people.biography_of(jeunet, language)
        assert (text and text.language) == found
    assert people.biography_of(keanu, None) is None
    assert people.biography_of(keanu, "en") is None
