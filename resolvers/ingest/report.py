"""What an import tells: while it runs, and at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from datasources.files.tables import BrokenRow

MOST_REJECTIONS = 1000
"""Reasons kept for the report; all rejected rows are counted."""


class Progress(Protocol):
    """Shows how far an import is."""

    def total(self, rows: int) -> None:
        """Say how many rows there are, about; called once, before any `advance`."""
        ...

    def advance(self, rows: int) -> None:
        """Say that so many more rows are done and safe."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an import. Rows are lines of its files; a title row counts once with all that belongs to it.

    `skipped` are rows done by an earlier run; `remarks` count what was dropped within rows, in words.
    """

    seen: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    rejected: int
    rejections: Sequence[BrokenRow]
    remarks: Sequence[tuple[str, int]]
    seconds: float


@dataclass(slots=True)
class Tally:
    """A report in the making."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: int = 0
    rejections: list[BrokenRow] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)

    def reject(self, row: BrokenRow) -> None:
        """Count a row that cannot be used, and keep why."""
        self.rejected += 1
        if len(self.rejections) < MOST_REJECTIONS:
            self.rejections.append(row)

    def remark(self, text: str) -> None:
        """Count something that was dropped."""
        self.remarks[text] += 1

    def add(self, other: "Tally") -> None:
        """Count what another tally did."""
        self.seen += other.seen
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.skipped += other.skipped
        self.rejected += other.rejected
        self.rejections += other.rejections[: MOST_REJECTIONS - len(self.rejections)]
        self.remarks.update(other.remarks)

    def report(self, seconds: float) -> Report:
        """Return the report."""
        return Report(
            self.seen,
            self.created,
            self.updated,
            self.unchanged,
            self.skipped,
            self.rejected,
            tuple(self.rejections),
            tuple(self.remarks.most_common()),
            seconds,
        )
