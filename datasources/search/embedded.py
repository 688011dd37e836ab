"""The embedded index: tantivy (BM25) in a folder. One process writes; any number read what it committed."""

import asyncio
import re
from collections.abc import Callable, Sequence
from math import log1p
from pathlib import Path
from typing import Any, TypeVar

import orjson
import tantivy

from datasources.errors import SearchUnavailable
from datasources.search import Document, DocumentType, Hit, SuggestionHit, Watermark

_LAYOUT = 1  # raise it when fields or analysis change: older folders are then built anew
_ANALYZER = "folded"
_WEIGHTS = {"name": 4.0, "other_names": 2.5, "people": 2.0, "labels": 1.0, "description": 1.0}
_WRITER_HEAP = 64 * 1024 * 1024
_HIDDEN_KINDS = ("SEASON", "EPISODE")
_MAXIMUM_TERMS = 32  # a query longer than this says nothing more

ResultT = TypeVar("ResultT")


def _analyzer() -> Any:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("type", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=False, tokenizer_name="raw", index_option="basic")
    for field in _WEIGHTS:
        builder.add_text_field(field, stored=field == "name", tokenizer_name=_ANALYZER, index_option="position")
    builder.add_float_field("popularity", stored=True)
    return builder.build()


class EmbeddedIndex:
    """A TitleIndex in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Open or create the index in `folder`; raise SearchUnavailable when it cannot be opened or made."""
        self._folder = folder
        self._state = folder / "watermark.json"
        self._schema = _schema()
        self._analyzer = _analyzer()
        self._writer: Any = None
        self._lock = asyncio.Lock()
        self._index = self._open()

    def _open(self) -> Any:
        if self._read_state() is None and self._folder.exists():
            for file in self._folder.iterdir():
                file.unlink()
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            index = tantivy.Index(self._schema, path=str(self._folder), reuse=True)
        except (ValueError, OSError) as error:
            raise SearchUnavailable(f"the index in {self._folder} cannot be opened: {error}") from error
        index.register_tokenizer(_ANALYZER, self._analyzer)
        index.config_reader(reload_policy="commit")
        return index

    def _read_state(self) -> Watermark | None:
        try:
            state = orjson.loads(self._state.read_bytes())
            return Watermark(state["database"], state["transaction"]) if state["layout"] == _LAYOUT else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        try:
            return await asyncio.to_thread(work)
        except (ValueError, OSError) as error:
            raise SearchUnavailable(f"the index in {self._folder} failed: {error}") from error

    async def watermark(self) -> Watermark | None:
        """Return how far the index is, None when it is empty or of another layout."""
        return self._read_state()

    async def write(self, documents: Sequence[Document]) -> None:
        """Add documents in place of those with the same id; raises SearchUnavailable while another process writes."""

        def add() -> None:
            if self._writer is None:
                self._writer = self._index.writer(heap_size=_WRITER_HEAP, num_threads=1)
            for document in documents:
                # Deleting by a raw text term is the one kind that works; integer terms silently match nothing.
                self._writer.delete_documents_by_term("id", document.id)
                self._writer.add_document(
                    tantivy.Document.from_dict(
                        {
                            "id": document.id,
                            "type": document.type.value,
                            "kind": document.kind,
                            "name": document.name,
                            "other_names": list(document.other_names),
                            "people": list(document.people),
                            "labels": list(document.labels),
                            "description": document.description,
                            "popularity": float(document.popularity),
                        },
                        self._schema,
                    )
                )

        async with self._lock:
            await self._in_thread(add)

    async def commit(self, watermark: Watermark) -> None:
        """Make everything written visible and durable, and remember how far it goes."""

        def finish() -> None:
            if self._writer is not None:
                self._writer.commit()
                self._writer.wait_merging_threads()
                self._writer = None  # frees the lock: another process may write next
                self._index.reload()
            state = {"layout": _LAYOUT, "database": watermark.database, "transaction": watermark.transaction}
            fresh = self._state.with_suffix(".new")
            fresh.write_bytes(orjson.dumps(state))
            fresh.replace(self._state)

        async with self._lock:
            await self._in_thread(finish)

    async def clear(self) -> None:
        """Forget everything."""

        def empty() -> None:
            writer = self._index.writer(heap_size=_WRITER_HEAP, num_threads=1)
            writer.delete_all_documents()
            writer.commit()
            self._index.reload()

        async with self._lock:
            self._state.unlink(missing_ok=True)
            await self._in_thread(empty)

    def _terms(self, text: str) -> list[str]:
        # NUL and friends would end up in terms; the analyzer already drops punctuation.
        return list(dict.fromkeys(self._analyzer.analyze(re.sub(r"[\x00-\x1f]", " ", text))))[:_MAXIMUM_TERMS]

    def _any_field(self, term: str) -> Any:
        return tantivy.Query.disjunction_max_query(
            [
                tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term), weight)
                for field, weight in _WEIGHTS.items()
            ],
            0.2,
        )

    async def search(self, text: str, kinds: Sequence[str] | None, limit: int) -> list[Hit]:
        """Return titles by BM25, best first; a title that has more of the words comes before one that has fewer."""
        terms = self._terms(text)
        if not terms:
            return []
        must, should, must_not = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
        words = [(should, self._any_field(term)) for term in terms]
        if len(terms) > 1:
            phrase = tantivy.Query.phrase_query(self._schema, "name", list(enumerate(terms)))
            words.append((should, tantivy.Query.boost_query(phrase, 2.0)))
        parts = [
            (must, tantivy.Query.boolean_query(words)),
            (must, self._constant("type", [DocumentType.TITLE.value])),
        ]
        if kinds is None:
            parts += [(must_not, tantivy.Query.term_query(self._schema, "kind", kind)) for kind in _HIDDEN_KINDS]
        else:
            parts.append((must, self._constant("kind", kinds)))
        query = tantivy.Query.boolean_query(parts)

        def run() -> list[Hit]:
            searcher = self._index.searcher()
            found = searcher.search(query, limit).hits
            return [Hit(searcher.doc(address).get_first("id"), score) for score, address in found]

        return await self._in_thread(run)

    def _constant(self, field: str, values: Sequence[str]) -> Any:
        wanted = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, field, value)) for value in values]
        )
        return tantivy.Query.const_score_query(wanted, 0.0)

    def _continues(self, terms: Sequence[str]) -> Any:
        """Match names that have all words; the last one may go on."""
        parts = []
        for place, term in enumerate(terms):
            last = place == len(terms) - 1
            tolerance = 1 if len(term) >= 4 else 0
            exact = (
                tantivy.Query.regex_query(self._schema, "name", re.escape(term) + ".*")
                if last
                else tantivy.Query.term_query(self._schema, "name", term)
            )
            choices = [(tantivy.Occur.Should, tantivy.Query.boost_query(exact, 4.0))]
            if tolerance:
                fuzzy = tantivy.Query.fuzzy_term_query(self._schema, "name", term, distance=tolerance, prefix=last)
                choices.append((tantivy.Occur.Should, fuzzy))
            parts.append((tantivy.Occur.Must, tantivy.Query.boolean_query(choices)))
        parts += [
            (tantivy.Occur.MustNot, tantivy.Query.term_query(self._schema, "kind", kind)) for kind in _HIDDEN_KINDS
        ]
        return tantivy.Query.boolean_query(parts)

    async def suggest(self, prefix: str, limit: int) -> list[SuggestionHit]:
        """Return titles and people whose name continues what was typed, the better known ones first."""
        terms = self._terms(prefix)
        if not terms:
            return []
        query = self._continues(terms)
        typed = " ".join(terms)

        def run() -> list[SuggestionHit]:
            searcher = self._index.searcher()
            hits = []
            for score, address in searcher.search(query, max(10 * limit, 100)).hits:
                document = searcher.doc(address)
                name = document.get_first("name")
                starts = " ".join(self._analyzer.analyze(name)).startswith(typed)
                rank = score * (1 + log1p(document.get_first("popularity") or 0.0)) * (3.0 if starts else 1.0)
                hits.append(
                    SuggestionHit(document.get_first("id"), DocumentType(document.get_first("type")), name, rank)
                )
            return sorted(hits, key=lambda hit: (-hit.score, hit.name, hit.id))[:limit]

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
