"""Loaders of the catalog: result by key, one statement a batch (per distinct arguments)."""

from collections import defaultdict
from collections.abc import Sequence

from strawberry.dataloader import DataLoader

from datasources.records.catalog import CreditRecord, PersonRecord, TextRecord, TitleRecord
from resolvers.context import Context
from resolvers.loading import load_each, load_grouped

CreditArguments = tuple[tuple[str, ...] | None, int, tuple[int, str] | None]
"""Roles (None = all), how many, and the position (position or year, credit id) to start behind."""

ChildArguments = tuple[int, tuple[int, int, str] | None]
"""How many, and the position (season, episode, id) to start behind."""

_MOST_OF_A_ROLE = 20
"""Credits of one role that are looked at where only the first people matter."""


class CatalogLoaders:
    """The catalog's loaders for one request."""

    def __init__(self, context: Context) -> None:
        self._store = context.sources.catalog
        self.title_by_id: DataLoader[str, TitleRecord | None] = DataLoader(self._title_by_id)
        self.person_by_id: DataLoader[str, PersonRecord | None] = DataLoader(self._person_by_id)
        self.names_by_title: DataLoader[str, list[TextRecord]] = DataLoader(self._names_by_title)
        self.descriptions_by_title: DataLoader[str, list[TextRecord]] = DataLoader(self._descriptions_by_title)
        self.children_by_title: DataLoader[tuple[str, ChildArguments], list[TitleRecord]] = DataLoader(
            self._children_by_title
        )
        self.child_count_by_title: DataLoader[str, int] = DataLoader(self._child_count_by_title)
        self.credits_by_title: DataLoader[tuple[str, CreditArguments], list[CreditRecord]] = DataLoader(
            self._credits_by_title
        )
        self.credits_by_person: DataLoader[tuple[str, CreditArguments], list[CreditRecord]] = DataLoader(
            self._credits_by_person
        )
        self.credit_count_by_title: DataLoader[tuple[str, tuple[str, ...] | None], int] = DataLoader(
            self._credit_count_by_title
        )
        self.credit_count_by_person: DataLoader[tuple[str, tuple[str, ...] | None], int] = DataLoader(
            self._credit_count_by_person
        )

        self.people_by_title_and_role: DataLoader[tuple[str, str], list[PersonRecord]] = DataLoader(
            self._people_by_title_and_role
        )

    def remember(self, titles: Sequence[TitleRecord]) -> None:
        """Keep titles that were read in passing, so that nobody reads them again in this request."""
        self.title_by_id.prime_many({title.id: title for title in titles})

    async def _title_by_id(self, ids: list[str]) -> list[TitleRecord | None]:
        found = {title.id: title for title in await self._store.titles_by_ids(ids)}
        return [found.get(id_) for id_ in ids]

    async def _person_by_id(self, ids: list[str]) -> list[PersonRecord | None]:
        found = {person.id: person for person in await self._store.people_by_ids(ids)}
        return [found.get(id_) for id_ in ids]

    async def _texts(self, ids: list[str], field: str) -> list[list[TextRecord]]:
        found: defaultdict[str, list[TextRecord]] = defaultdict(list)
        for text in await self._store.texts_by_titles(ids, field):
            found[text.title_id].append(text)
        return [found[id_] for id_ in ids]

    async def _names_by_title(self, ids: list[str]) -> list[list[TextRecord]]:
        return await self._texts(ids, "name")

    async def _descriptions_by_title(self, ids: list[str]) -> list[list[TextRecord]]:
        return await self._texts(ids, "description")

    async def _children_by_title(self, keys: list[tuple[str, ChildArguments]]) -> list[list[TitleRecord]]:
        async def load(ids: list[str], arguments: ChildArguments) -> dict[str, list[TitleRecord]]:
            limit, after = arguments
            found: defaultdict[str, list[TitleRecord]] = defaultdict(list)
            for child in await self._store.children(ids, limit, after):
                found[child.parent_id or ""].append(child)
            return found

        return await load_grouped(keys, load, list)

    async def _child_count_by_title(self, ids: list[str]) -> list[int]:
        found = await self._store.child_counts(ids)
        return [found.get(id_, 0) for id_ in ids]

    async def _credits_by_title(self, keys: list[tuple[str, CreditArguments]]) -> list[list[CreditRecord]]:
        async def load(ids: list[str], arguments: CreditArguments) -> dict[str, list[CreditRecord]]:
            found: defaultdict[str, list[CreditRecord]] = defaultdict(list)
            for credit in await self._store.credits_by_titles(ids, *arguments):
                found[credit.title_id].append(credit)
            return found

        titles: list[list[CreditRecord]] = await load_grouped(keys, load, list)
        # Whoever reads credits reads their people next: all of them at once, whichever field asks first.
        await load_each(self.person_by_id, {credit.person_id for found in titles for credit in found})
        return titles

    async def _credits_by_person(self, keys: list[tuple[str, CreditArguments]]) -> list[list[CreditRecord]]:
        async def load(ids: list[str], arguments: CreditArguments) -> dict[str, list[CreditRecord]]:
            found: defaultdict[str, list[CreditRecord]] = defaultdict(list)
            for credit in await self._store.credits_by_people(ids, *arguments):
                found[credit.person_id].append(credit)
            return found

        return await load_grouped(keys, load, list)

    async def _people_by_title_and_role(self, keys: list[tuple[str, str]]) -> list[list[PersonRecord]]:
        found: defaultdict[tuple[str, str], dict[str, PersonRecord]] = defaultdict(dict)
        for title_id, role, person in await self._store.people_by_roles(keys, _MOST_OF_A_ROLE):
            found[title_id, role].setdefault(person.id, person)
        return [list(found[key].values()) for key in keys]

    async def _credit_count_by_title(self, keys: list[tuple[str, tuple[str, ...] | None]]) -> list[int]:
        return await load_grouped(keys, self._store.credit_counts, int)

    async def _credit_count_by_person(self, keys: list[tuple[str, tuple[str, ...] | None]]) -> list[int]:
        async def load(ids: list[str], roles: tuple[str, ...] | None) -> dict[str, int]:
            return await self._store.credit_counts(ids, roles, of_people=True)

        return await load_grouped(keys, load, int)
