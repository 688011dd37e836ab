"""Which title a record of a source is. The rules are exact: nothing is guessed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from datasources.postgres.ingest import IngestReader, Keys
from datasources.records.bulk import TitleRow
from resolvers.domain.titles import TitleKind
from resolvers.ingest.candidates import Candidate

_SERIAL = frozenset({TitleKind.SERIES, TitleKind.SEASON, TitleKind.EPISODE})


def keys_of(source: str, candidates: Sequence[Candidate]) -> Keys:
    """Return everything the candidates may be known by."""
    facts = [candidate.facts for candidate in candidates]
    return Keys(
        source,
        [candidate.key for candidate in candidates],
        [told["imdb"] for told in facts if told.get("imdb")],
        [(told["tmdb_type"], told["tmdb"]) for told in facts if told.get("tmdb")],
        [(told["match_name"], told["release_year"]) for told in facts if told.get("name") and told.get("release_year")],
    )


def _is_serial(kind: str) -> bool:
    return kind in _SERIAL


def _family(key: str) -> str:
    """Return the part of a source whose keys are distinct titles: `netflix` of `netflix/s81`, else the whole source."""
    return key.partition("/")[0] if "/" in key else ""


class Shelf:
    """The titles that a batch of records may be, and what they are known by; new ones are put on it as they come."""

    def __init__(self, titles: Iterable[TitleRow], records: Iterable[tuple[str, str]]) -> None:
        self.rows: dict[str, TitleRow] = {}
        self._title_of_record: dict[str, str] = {}
        self._records_of_title: defaultdict[str, set[str]] = defaultdict(set)
        self._by_imdb: dict[str, str] = {}
        self._by_tmdb: dict[tuple[str | None, str], str] = {}
        self._by_name: defaultdict[tuple[str, int | None], set[str]] = defaultdict(set)
        for row in titles:
            self.put(row)
        for title_id, key in records:
            self.assign(key, title_id)

    @classmethod
    async def of(cls, reader: IngestReader, source: str, candidates: Sequence[Candidate]) -> "Shelf":
        """Return a shelf with every title that the candidates may be."""
        titles = await reader.titles(keys_of(source, candidates))
        return cls(titles, await reader.records_of_titles(source, [title.id for title in titles]))

    def put(self, row: TitleRow) -> None:
        """Put a title on the shelf, or a newer version of it."""
        self.rows[row.id] = row
        if row.imdb:
            self._by_imdb[row.imdb] = row.id
        if row.tmdb:
            self._by_tmdb[row.tmdb_type, row.tmdb] = row.id
        self._by_name[row.match_name, row.release_year].add(row.id)

    def assign(self, key: str, title_id: str) -> None:
        """Keep that a record of the source is a title."""
        self._title_of_record[key] = title_id
        self._records_of_title[title_id].add(key)

    def is_first_record(self, key: str, title_id: str) -> bool:
        """Return whether no record of the source with a smaller key is the same title: one of them has the say."""
        return min(self._records_of_title[title_id], default=key) >= key

    def is_known(self, key: str) -> bool:
        """Return whether the record became a title before."""
        return key in self._title_of_record

    def holder(self, *, imdb: str | None = None, tmdb: tuple[str, str] | None = None) -> str | None:
        """Return the title that has an id."""
        return self._by_imdb.get(imdb or "") or (self._by_tmdb.get(tmdb) if tmdb else None)

    def find(self, candidate: Candidate) -> TitleRow | None:
        """Return the title a record is, None for a new one.

        By the record's key; by IMDb id; by TMDB id within its media type; by name key, year and sort (film or series)
        when exactly one title fits and neither ids nor another record of the same source speak against it.
        """
        told = candidate.facts
        found = self._title_of_record.get(candidate.key) or self.holder(imdb=told.get("imdb"))
        if found is None and told.get("tmdb"):
            found = self.holder(tmdb=(told["tmdb_type"], told["tmdb"]))
            if found is not None and self._ids_differ(self.rows[found], candidate):
                found = None
        if found is None and told.get("name") and told.get("release_year"):
            fitting = [
                id_
                for id_ in self._by_name[told["match_name"], told["release_year"]]
                if self._may_be(self.rows[id_], candidate)
            ]
            found = fitting[0] if len(fitting) == 1 else None
        return None if found is None else self.rows[found]

    def _may_be(self, row: TitleRow, candidate: Candidate) -> bool:
        family = _family(candidate.key)
        return (
            (row.match_name, row.release_year) == (candidate.facts["match_name"], candidate.facts["release_year"])
            and _is_serial(row.kind) == _is_serial(candidate.facts["kind"])
            and not self._ids_differ(row, candidate)
            and not any(_family(key) == family for key in self._records_of_title[row.id])
        )

    @staticmethod
    def _ids_differ(row: TitleRow, candidate: Candidate) -> bool:
        imdb = candidate.facts.get("imdb")
        if imdb and row.imdb:
            return bool(imdb != row.imdb)
        tmdb = candidate.facts.get("tmdb")
        return bool(tmdb and row.tmdb and (row.tmdb_type, row.tmdb) != (candidate.facts["tmdb_type"], tmdb))
