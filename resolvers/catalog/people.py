"""People and their credits."""

from collections.abc import Sequence

from datasources.records.catalog import CreditRecord, PersonRecord, TextRecord
from resolvers.catalog.loaders import CatalogLoaders
from resolvers.catalog.pages import OwnLists, pages_each
from resolvers.context import Context
from resolvers.domain.errors import NotFound
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page, Position, list_key, page_size, whole
from resolvers.domain.texts import best_text
from resolvers.domain.titles import CreditRole, TitleKind
from resolvers.loading import Each, alone, each, each_with, load_each

_MOST_DIRECTORS = 10


async def people_by_ids(context: Context, ids: Each[str]) -> Each[PersonRecord | None]:
    """Return the person of each id, None where unknown; BadUserInput in place of a malformed one."""
    keys = each(ids, lambda id_: parse_id(id_, what="person id"))
    return await load_each(context.loaders(CatalogLoaders).person_by_id, keys)


async def require_people(context: Context, ids: Sequence[str]) -> Each[PersonRecord]:
    """Return the person of each id as we keep it, NotFound in place of who is not there."""
    found = await load_each(context.loaders(CatalogLoaders).person_by_id, ids)
    return each_with(ids, found, _require)


def _require(id_: str, person: PersonRecord | None) -> PersonRecord:
    if person is None:
        raise NotFound(f"There is no person {id_}.")
    return person


async def get_person(context: Context, id_: str) -> PersonRecord:
    """Return the person; raise NotFound for an unknown id, BadUserInput for a malformed one."""
    return _require(id_, await alone(people_by_ids(context, [id_])))


def biography_of(person: PersonRecord, language: str | None) -> TextRecord | None:
    """Return the best biography for a language, the first one when omitted; None when there is none."""
    texts = [
        TextRecord(person.id, "biography", text["language"], None, text["text"], False, text["source"])
        for text in person.biography
    ]
    if language is None or not texts:
        return texts[0] if texts else None
    return best_text(texts, language)


def _roles(roles: Sequence[CreditRole] | None) -> tuple[str, ...] | None:
    return None if roles is None else tuple(sorted({role.value for role in roles}))


async def credits_of_titles(
    context: Context, title_ids: Sequence[str], roles: Sequence[CreditRole] | None, first: int | None, after: str | None
) -> Each[Page[CreditRecord]]:
    """Return a page of each title's credits in billing order."""
    size, wanted = page_size(first), _roles(roles)
    loaders = context.loaders(CatalogLoaders)
    lists: OwnLists[CreditRecord] = OwnLists(
        key=lambda title_id: list_key("credits", title_id, wanted),
        parts=(whole, parse_id),
        loader=loaders.credits_by_title,
        arguments=lambda position: (wanted, size + 1, _behind(position)),
        position=lambda credit: (credit.position, credit.id),
        count=lambda title_id: loaders.credit_count_by_title.load((title_id, wanted)),
    )
    return await pages_each(lists, title_ids, size, after)


async def credits_of_people(
    context: Context,
    person_ids: Sequence[str],
    roles: Sequence[CreditRole] | None,
    first: int | None,
    after: str | None,
) -> Each[Page[CreditRecord]]:
    """Return a page of each person's credits, newest title first."""
    size, wanted = page_size(first), _roles(roles)
    loaders = context.loaders(CatalogLoaders)
    lists: OwnLists[CreditRecord] = OwnLists(
        key=lambda person_id: list_key("person-credits", person_id, wanted),
        parts=(whole, parse_id),
        loader=loaders.credits_by_person,
        arguments=lambda position: (wanted, size + 1, _behind(position)),
        position=lambda credit: (credit.year, credit.id),
        count=lambda person_id: loaders.credit_count_by_person.load((person_id, wanted)),
    )
    return await pages_each(lists, person_ids, size, after)


def _behind(position: Position | None) -> tuple[int, str] | None:
    return (position[0], position[1]) if position else None


async def directors_of(context: Context, titles: Sequence[tuple[str, TitleKind]]) -> Each[list[PersonRecord]]:
    """Return the directors of each title, or the creators of a series, at most 10; takes (title id, kind)."""
    keys = [
        (id_, (CreditRole.CREATOR if kind is TitleKind.SERIES else CreditRole.DIRECTOR).value) for id_, kind in titles
    ]
    found = await load_each(context.loaders(CatalogLoaders).people_by_title_and_role, keys)
    return each(found, lambda people: people[:_MOST_DIRECTORS])
