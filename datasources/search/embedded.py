"""The embedded index: tantivy (BM25) in a folder. One process writes; any number read what it committed."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from unicodedata import normalize
from uuid import UUID

import orjson
import tantivy

from datasources.errors import SearchUnavailable
from datasources.search import Document, DocumentType, Hit, SuggestionHit, Watermark

_LAYOUT = 2  # raise it when fields or analysis change: the index is then built anew, in a folder of its own
_ANALYZER = "folded"
_WEIGHTS = {"name": 4.0, "other_names": 2.5, "people": 2.0, "labels": 1.0, "description": 1.0}
_WRITER_HEAP = 64 * 1024 * 1024
_HIDDEN_KINDS = frozenset({"SEASON", "EPISODE"})
_PART = "part"  # the shelf of the hidden kinds: one term asks for the rest
_MAXIMUM_TERMS = 32  # a query longer than this says nothing more
_ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "el", "los", "las", "il", "der", "die", "das", "o", "os"})
_ERROR_FROM = 4  # letters of a word from which on one typing error is forgiven
_LONGEST_BEGINNING = 200  # characters of a name by which it can be completed as a whole

_ID_HALVES = ("id_high", "id_low")

ResultT = TypeVar("ResultT")


def _analyzer() -> Any:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )


_BEST_KNOWN = 0.25


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for field in ("type", "shelf"):
        builder.add_text_field(field, stored=field == "type", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=False, tokenizer_name="raw", index_option="basic")
    for field in _WEIGHTS:
        builder.add_text_field(field, stored=field == "name", tokenizer_name=_ANALYZER, index_option="position")
    builder.add_text_field("whole_name", stored=False, tokenizer_name="raw", index_option="basic")
    for half in _ID_HALVES:  # read from columns: a thousand stored documents would take ten times as long
        builder.add_unsigned_field(half, stored=False, fast=True)
    builder.add_float_field("popularity", stored=False, fast=True)
    return builder.build()


def _composed(text: str) -> str:
    """Return the text with its marks put together with their letters: the analyzer cuts words at a mark of its own."""
    return normalize("NFC", text)


def _uuid(high: int, low: int) -> str:
    digits = f"{high:016x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class EmbeddedIndex:
    """A TitleIndex in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Open or create the index in `folder`; raise SearchUnavailable when it cannot be opened or made."""
        self._folder = folder / f"layout-{_LAYOUT}"
        self._state = self._folder / "watermark.json"
        self._schema = _schema()
        self._analyzer = _analyzer()
        self._writer: Any = None
        self._lock = asyncio.Lock()
        try:
            self._index = self._open()
        except (ValueError, OSError) as error:
            raise SearchUnavailable(f"the index in {self._folder} cannot be opened: {error}") from error

    def _open(self) -> Any:
        self._folder.mkdir(parents=True, exist_ok=True)
        for older in range(1, _LAYOUT):
            shutil.rmtree(self._folder.with_name(f"layout-{older}"), ignore_errors=True)
        try:
            index = tantivy.Index(self._schema, path=str(self._folder), reuse=True)
        except ValueError:  # damaged: nothing is lost, as everything in it comes from the database
            shutil.rmtree(self._folder)
            self._folder.mkdir()
            index = tantivy.Index(self._schema, path=str(self._folder), reuse=False)
        index.register_tokenizer(_ANALYZER, self._analyzer)
        index.config_reader(reload_policy="commit")
        return index

    def _read_state(self) -> Watermark | None:
        try:
            state = orjson.loads(self._state.read_bytes())
            return Watermark(state["database"], state["transaction"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        job = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait([job])  # a thread cannot be stopped, and the writer is for one thread at a time
            raise
        except (ValueError, OSError) as error:
            raise SearchUnavailable(f"the index in {self._folder} failed: {error}") from error

    def _words(self, text: str) -> list[str]:
        words: list[str] = self._analyzer.analyze(_composed(text))
        return words

    def _whole_names(self, name: str) -> list[str]:
        words = self._words(name)
        begins = [words, words[1:]] if len(words) > 1 and words[0] in _ARTICLES else [words]
        return [" ".join(rest)[:_LONGEST_BEGINNING] for rest in begins]

    async def watermark(self) -> Watermark | None:
        """Return how far the index is, None when it is empty or of another layout."""
        return self._read_state()

    async def write(self, documents: Sequence[Document]) -> None:
        """Add documents in place of those with the same id; raises SearchUnavailable while another process writes."""

        def add() -> None:
            writer = self._open_writer()
            for document in documents:
                # Deleting by a raw text term is the one kind that works; integer terms silently match nothing.
                writer.delete_documents_by_term("id", document.id)
                writer.add_document(tantivy.Document.from_dict(self._content(document), self._schema))

        async with self._lock:
            await self._in_thread(add)

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(heap_size=_WRITER_HEAP, num_threads=1)
        return self._writer

    def _content(self, document: Document) -> dict[str, Any]:
        number = UUID(document.id).int
        return {
            "id": document.id,
            "id_high": number >> 64,
            "id_low": number & (1 << 64) - 1,
            "type": document.type.value,
            "shelf": _PART if document.kind in _HIDDEN_KINDS else document.type.value,
            "kind": document.kind,
            "name": _composed(document.name),
            "other_names": [_composed(name) for name in document.other_names],
            "people": [_composed(name) for name in document.people],
            "labels": [_composed(label) for label in document.labels],
            "description": _composed(document.description),
            "whole_name": self._whole_names(document.name),
            "popularity": float(document.popularity),
        }

    async def commit(self, watermark: Watermark) -> None:
        """Make everything written visible and durable, and remember how far it goes."""

        def finish() -> None:
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.commit()
            self._write_state(watermark)
            if writer is not None:
                writer.wait_merging_threads()  # and lets go of the lock: another process may write next
                self._index.reload()

        async with self._lock:
            await self._in_thread(finish)

    def _write_state(self, watermark: Watermark) -> None:
        fresh = self._state.with_suffix(".new")
        fresh.write_bytes(orjson.dumps({"database": watermark.database, "transaction": watermark.transaction}))
        fresh.replace(self._state)

    async def clear(self) -> None:
        """Forget everything, also what was written and not committed."""

        def empty() -> None:
            writer = self._open_writer()
            self._writer = None
            self._state.unlink(missing_ok=True)
            writer.rollback()
            writer.delete_all_documents()
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()

        async with self._lock:
            await self._in_thread(empty)

    def _any_field(self, term: str) -> Any:
        return tantivy.Query.disjunction_max_query(
            [
                tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term), weight)
                for field, weight in _WEIGHTS.items()
            ],
            0.2,
        )

    async def search(self, text: str, kinds: Sequence[str] | None, limit: int) -> list[Hit]:
        """Return titles by BM25, best first; the words next to each other in a name count extra.

        Of two that match alike the better known comes first: popularity 100 adds a quarter to the score.
        """
        everything = self._words(text)
        terms = list(dict.fromkeys(everything))[:_MAXIMUM_TERMS]
        if not terms:
            return []
        must, should = tantivy.Occur.Must, tantivy.Occur.Should
        words = [(should, self._any_field(term)) for term in terms]
        if len(everything) > 1:
            phrase = tantivy.Query.phrase_query(self._schema, "name", list(enumerate(everything[:_MAXIMUM_TERMS])))
            words.append((should, tantivy.Query.boost_query(phrase, 2.0)))
        place = self._one_of("shelf", [DocumentType.TITLE]) if kinds is None else self._one_of("kind", kinds)
        query = tantivy.Query.boolean_query([(must, tantivy.Query.boolean_query(words)), (must, place)])

        def run() -> list[Hit]:
            searcher = self._index.searcher()
            found = searcher.search(query, limit, count=False).hits
            addresses = [address for _, address in found]
            ids = zip(*(searcher.fast_field_values(half, addresses) for half in _ID_HALVES), strict=True)
            known = searcher.fast_field_values("popularity", addresses)
            hits = [
                Hit(_uuid(high, low), score * (1 + _BEST_KNOWN * (popularity or 0.0) / 100))
                for (score, _), (high, low), popularity in zip(found, ids, known, strict=True)
            ]
            return sorted(hits, key=lambda hit: -hit.score)

        return await self._in_thread(run)

    def _one_of(self, field: str, values: Sequence[str]) -> Any:
        wanted = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, field, value)) for value in values]
        )
        return tantivy.Query.const_score_query(wanted, 0.0)

    def _beginning(self, field: str, text: str, *, distance: int = 0) -> Any:
        return tantivy.Query.fuzzy_term_query(self._schema, field, text, distance=distance, prefix=True)

    def _continues(self, terms: Sequence[str]) -> Any:
        """Match names that have all words, the last of which may go on.

        Names that begin with what was typed count three times as much; the whole name outweighs all popularity.
        """
        must, should = tantivy.Occur.Must, tantivy.Occur.Should
        constant, typed = tantivy.Query.const_score_query, " ".join(terms)
        *complete, last = terms
        parts = [(must, self._one_error("name", term)) for term in complete]
        choices = [constant(self._beginning("name", last), 1.0)]
        if len(last) >= _ERROR_FROM:
            choices.append(constant(self._beginning("name", last, distance=1), 0.3))
        parts.append((must, tantivy.Query.disjunction_max_query(choices)))
        parts.append((should, constant(self._beginning("whole_name", typed[:_LONGEST_BEGINNING]), 2.0)))
        parts.append((should, constant(tantivy.Query.term_query(self._schema, "whole_name", typed), 20.0)))
        parts.append((must, self._one_of("shelf", [DocumentType.TITLE, DocumentType.PERSON])))
        return tantivy.Query.boolean_query(parts)

    def _one_error(self, field: str, term: str) -> Any:
        constant = tantivy.Query.const_score_query
        choices = [constant(tantivy.Query.term_query(self._schema, field, term), 1.0)]
        if len(term) >= _ERROR_FROM:
            choices.append(constant(tantivy.Query.fuzzy_term_query(self._schema, field, term, distance=1), 0.3))
        return tantivy.Query.disjunction_max_query(choices)

    async def suggest(self, prefix: str, limit: int) -> list[SuggestionHit]:
        """Return titles and people whose name continues what was typed, the better known ones first."""
        terms = self._words(prefix)[:_MAXIMUM_TERMS]
        if not terms or not limit:
            return []
        query = self._continues(terms)

        def run() -> list[SuggestionHit]:
            searcher = self._index.searcher()
            hits = []
            for score, address in searcher.search(query, limit, count=False, weight_by_field="popularity").hits:
                document = searcher.doc(address)
                type_, name = DocumentType(document.get_first("type")), document.get_first("name")
                hits.append(SuggestionHit(document.get_first("id"), type_, name, score))
            return sorted(hits, key=lambda hit: (-hit.score, hit.name, hit.id))

        return await self._in_thread(run)

    async def count(self) -> int:
        """Return the number of documents."""
        return int(self._index.searcher().num_docs)

    async def close(self) -> None:
        """Let go of a writer that was not committed; what it wrote is written again next time."""
        async with self._lock:
            if self._writer is not None:
                self._writer.rollback()
                self._writer = None
