"""Which person a credit of a source means, and writing credits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from uuid_utils import uuid7

from datasources.postgres.bulk import BulkWriter, Written
from datasources.postgres.ingest import HeldCredit, IngestReader
from datasources.records.bulk import CreditRow, PersonRow, SourceRecordRow
from resolvers.domain.normalization import person_key
from resolvers.domain.titles import CreditRole
from resolvers.ingest.candidates import ToldCredit

_PERSON_RECORD = "person/"
_FIRST_ROLES = (CreditRole.DIRECTOR, CreditRole.CREATOR)


class LazyDirectory:
    """The directory of a source, read when the first credits come and shared by the passes of one import."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._directory: PeopleDirectory | None = None

    async def get(self, reader: IngestReader) -> "PeopleDirectory":
        """Return the directory."""
        if self._directory is None:
            self._directory = await PeopleDirectory.read(reader, self._source)
        return self._directory


class PeopleDirectory:
    """Everybody by name, and who the source's own person records are; read once per import.

    A record is the person it was before; else somebody of that name in the same title; else the only person of that
    name (at least two words), unless that is another record of the source already; else somebody new.
    """

    def __init__(self, source: str, people: Sequence[tuple[str, str]], records: Mapping[str, str]) -> None:
        self._source = source
        self._by_record = {key.removeprefix(_PERSON_RECORD): id_ for key, id_ in records.items()}
        self._taken = set(records.values())
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for id_, name in people:
            self._by_name[person_key(name)].append(id_)

    @classmethod
    async def read(cls, reader: IngestReader, source: str) -> "PeopleDirectory":
        """Return the directory of everybody there is."""
        return cls(source, await reader.people(), await reader.records_of_people(source))

    async def write(
        self, reader: IngestReader, writer: BulkWriter, told: Mapping[str, Sequence[ToldCredit]]
    ) -> Written:
        """Write the credits of titles (by id), with people who are new; return what came of the credits.

        Who has a role in a title already keeps it as it is, so that sources do not bill the same part twice.
        """
        held: defaultdict[str, list[HeldCredit]] = defaultdict(list)
        for credit in await reader.credits(list(told)):
            held[credit.title_id].append(credit)
        people: list[PersonRow] = []
        records: list[SourceRecordRow] = []
        rows: list[CreditRow] = []
        for title_id, parts_told in told.items():
            there = held[title_id]
            # Of namesakes in one title the first billed counts.
            names = {person_key(credit.name): credit.person_id for credit in reversed(there)}
            parts = {(credit.person_id, credit.role) for credit in there}
            ordered = sorted(parts_told, key=lambda part: part.role not in _FIRST_ROLES)
            billing, place = 0, len(there)
            for part in ordered:
                person = self._find(part, names)
                if person is None:
                    person = str(uuid7())
                    people.append(PersonRow(person, part.name, self._source, known_for=part.role))
                    self._by_name[person_key(part.name)].append(person)
                if self._by_record.get(part.person_key) != person:
                    self._by_record[part.person_key] = person
                    self._taken.add(person)
                    key = f"{_PERSON_RECORD}{part.person_key}"
                    records.append(SourceRecordRow(self._source, key, person_id=person))
                billing += part.role not in _FIRST_ROLES
                if (person, part.role) not in parts:
                    rows.append(
                        CreditRow(
                            str(uuid7()),
                            title_id,
                            person,
                            part.role,
                            place,
                            part.character,
                            billing=billing if part.role not in _FIRST_ROLES and not there else None,
                        )
                    )
                    place += 1
        await writer.write(people)
        await writer.write(records)
        return await writer.write(rows)

    def _find(self, credit: ToldCredit, names: Mapping[str, str]) -> str | None:
        if (known := self._by_record.get(credit.person_key)) is not None:
            return known
        key = person_key(credit.name)
        if (beside := names.get(key)) is not None and beside not in self._taken:
            return beside
        namesakes = self._by_name.get(key, [])
        if len(namesakes) == 1 and " " in key and namesakes[0] not in self._taken:
            return namesakes[0]
        return None
