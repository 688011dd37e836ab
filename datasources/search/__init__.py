"""The search index: finds titles and people by words. The database stays the truth; an index can be rebuilt from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class DocumentType(StrEnum):
    """What an indexed document stands for."""

    TITLE = "title"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Document:
    """What the index knows of one title or person."""

    id: str
    type: DocumentType
    kind: str
    """TitleKind of a title, empty for a person."""
    name: str
    other_names: Sequence[str] = ()
    people: Sequence[str] = ()
    labels: Sequence[str] = ()
    """Genres, themes and moods in words."""
    description: str = ""
    popularity: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A found document; scores compare within one answer only."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class SuggestionHit:
    """A document whose name begins like what was typed."""

    id: str
    type: DocumentType
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far an index has followed its database."""

    database: str
    """Identity of the database; an index of another one is worthless."""
    transaction: int
    """All changes of transactions before this one are in."""


class TitleIndex(Protocol):
    """An index of titles and people. Every method raises SearchUnavailable when the index cannot be used."""

    async def watermark(self) -> Watermark | None:
        """Return how far the index is, None when it is empty or of another layout."""
        ...

    async def write(self, documents: Sequence[Document]) -> None:
        """Add documents, in place of those with the same id; visible after `commit`."""
        ...

    async def commit(self, watermark: Watermark) -> None:
        """Make everything written visible and durable, and remember how far it goes."""
        ...

    async def clear(self) -> None:
        """Forget everything."""
        ...

    async def search(self, text: str, kinds: Sequence[str] | None, limit: int) -> list[Hit]:
        """Return titles by BM25 over names, people, labels and descriptions, best first.

        `kinds` None means everything but seasons and episodes. No syntax: every character is only text.
        """
        ...

    async def suggest(self, prefix: str, limit: int) -> list[SuggestionHit]:
        """Return titles and people whose name continues what was typed, one typing error per longer word forgiven."""
        ...

    async def count(self) -> int:
        """Return the number of documents."""
        ...

    async def close(self) -> None:
        """Free what the index holds."""
        ...
