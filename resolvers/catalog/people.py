"""People and their credits."""

from collections.abc import Sequence

from datasources.records.catalog import CreditRecord, PersonRecord, TextRecord
from resolvers.catalog.loaders import CatalogLoaders
from resolvers.context import Context
from resolvers.domain.errors import NotFound
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page, cut_page, decode_cursor, list_key, page_size, whole
from resolvers.domain.texts import best_text
from resolvers.domain.titles import CreditRole, TitleKind

_MOST_DIRECTORS = 10


async def get_person(context: Context, id_: str) -> PersonRecord:
    """Return the person; raise NotFound for an unknown id, BadUserInput for a malformed one."""
    person = await context.loaders(CatalogLoaders).person_by_id.load(parse_id(id_, what="person id"))
    if person is None:
        raise NotFound(f"There is no person {id_}.")
    return person


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


async def credits_of_title(
    context: Context, title_id: str, roles: Sequence[CreditRole] | None, first: int | None, after: str | None
) -> Page[CreditRecord]:
    """Return a page of a title's credits in billing order."""
    size, wanted = page_size(first), _roles(roles)
    key = list_key("credits", title_id, wanted)
    position = decode_cursor(key, after, whole, parse_id)
    loaders = context.loaders(CatalogLoaders)
    behind = (position[0], position[1]) if position else None
    found = await loaders.credits_by_title.load((title_id, (wanted, size + 1, behind)))
    return cut_page(
        key,
        found,
        size,
        position,
        lambda credit: (credit.position, credit.id),
        lambda: loaders.credit_count_by_title.load((title_id, wanted)),
    )


async def credits_of_person(
    context: Context, person_id: str, roles: Sequence[CreditRole] | None, first: int | None, after: str | None
) -> Page[CreditRecord]:
    """Return a page of a person's credits, newest title first."""
    size, wanted = page_size(first), _roles(roles)
    key = list_key("person-credits", person_id, wanted)
    position = decode_cursor(key, after, whole, parse_id)
    loaders = context.loaders(CatalogLoaders)
    behind = (position[0], position[1]) if position else None
    found = await loaders.credits_by_person.load((person_id, (wanted, size + 1, behind)))
    return cut_page(
        key,
        found,
        size,
        position,
        lambda credit: (credit.year, credit.id),
        lambda: loaders.credit_count_by_person.load((person_id, wanted)),
    )


async def directors_of(context: Context, title_id: str, kind: TitleKind) -> list[PersonRecord]:
    """Return the directors of a title, or the creators of a series; at most 10."""
    role = CreditRole.CREATOR if kind is TitleKind.SERIES else CreditRole.DIRECTOR
    found = await context.loaders(CatalogLoaders).people_by_title_and_role.load((title_id, role.value))
    return found[:_MOST_DIRECTORS]
