"""Reading tables row by row: CSV (RFC 4180) and IMDb's TSV, plain or gzipped, each row with its line."""

import csv
import gzip
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

from datasources.errors import DataSourceError

_LONGEST_RECORD = 200
"""Lines a quoted field may run over; more is a quotation mark that nobody closed."""


class UnknownFormat(DataSourceError):
    """A folder or file is not what it was said to be."""

    code: ClassVar[str] = "UNKNOWN_FORMAT"


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be read, and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column name; missing values are empty texts. `line` is where it begins, counted from 1."""

    file: str
    line: int
    values: Mapping[str, str]

    def broken(self, reason: str) -> BrokenRow:
        """Return the row as one that means nothing."""
        return BrokenRow(self.file, self.line, reason)


def number(row: Row, column: str) -> int | None:
    """Return a whole number (`3` or `3.0`), None where empty; raise ValueError with a reason for anything else."""
    text = row.values[column].strip()
    if not text:
        return None
    try:
        value = float(text)
        if value.is_integer():
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{column} {text[:40]!r} is not a whole number")


def decimal(row: Row, column: str, least: float, most: float) -> float | None:
    """Return a number, None where empty; raise ValueError with a reason for text, or outside of the bounds."""
    text = row.values[column].strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{column} {text[:40]!r} is not a number") from None
    if not least <= value <= most:
        raise ValueError(f"{column} {text[:40]} is not between {least:g} and {most:g}")
    return value


def _open(path: Path) -> IO[str]:
    # Bytes that are no UTF-8 become surrogates: they cost their own row only.
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open("r", encoding="utf-8-sig", errors="surrogateescape", newline="")


def _check_header(path: Path, header: Sequence[str], required: Iterable[str]) -> None:
    missing = [column for column in required if column not in header]
    if missing:
        raise UnknownFormat(f"{path}: the first line lacks {', '.join(missing)}; it has {', '.join(header)[:200]}")


def _row(file: str, line: int, header: Sequence[str], values: Sequence[str]) -> Row | BrokenRow:
    if len(values) != len(header):
        return BrokenRow(file, line, f"{len(values)} values, but {len(header)} columns")
    together = "".join(values)
    if not together.isascii():
        try:
            together.encode()
        except UnicodeEncodeError:
            return BrokenRow(file, line, "not UTF-8")
    if "\0" in together:
        return BrokenRow(file, line, "a NUL character")
    return Row(file, line, dict(zip(header, values, strict=True)))


def read_tsv(path: Path, name: str, required: Sequence[str]) -> Iterator[Row | BrokenRow]:
    """Yield the rows of an IMDb table: tabs, no quoting, `\\N` for nothing. `name` is the file as reports show it.

    Raises UnknownFormat when a required column is missing.
    """
    with _open(path) as lines:
        header = next(lines, "").rstrip("\r\n").split("\t")
        _check_header(path, header, required)
        for line, text in enumerate(lines, 2):
            if stripped := text.rstrip("\r\n"):
                values = ["" if value == "\\N" else value for value in stripped.split("\t")]
                yield _row(name, line, header, values)


def read_csv(path: Path, name: str, required: Sequence[str]) -> Iterator[Row | BrokenRow]:
    """Yield the rows of a CSV file with a header. `name` is the file as reports show it.

    A quotation mark that nobody closes costs its own line, not the rest of the file. Raises UnknownFormat when a
    required column is missing.
    """
    with _open(path) as stream:
        lines = _Lines(stream)
        first = lines.record()
        header = [] if first is None or first[1] is None else first[1]
        _check_header(path, header, required)
        while (record := lines.record()) is not None:
            line, values = record
            if values is None:
                yield BrokenRow(name, line, "a quotation mark is not closed")
            elif values:
                yield _row(name, line, header, values)


class _Lines:
    """Puts physical lines together to records, and takes them apart again when that was wrong."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._ahead: deque[str] = deque()
        self._line = 0

    def _next(self) -> str | None:
        text = self._ahead.popleft() if self._ahead else next(self._stream, None)
        if text is not None:
            self._line += 1
        return text

    def _back(self, lines: Sequence[str]) -> None:
        self._ahead.extendleft(reversed(lines))
        self._line -= len(lines)

    def record(self) -> tuple[int, list[str] | None] | None:
        """Return line and values of the next record, values None for one that never ends; None behind the last."""
        text = self._next()
        if text is None:
            return None
        start, parts = self._line, [text]
        odd = text.count('"') % 2 == 1  # RFC 4180 doubles quotation marks: an odd number leaves a field open
        while odd:
            more = self._next() if len(parts) < _LONGEST_RECORD else None
            if more is None:
                self._back(parts[1:])
                return start, None
            parts.append(more)
            odd = more.count('"') % 2 == 0
        try:
            return start, next(csv.reader(["".join(parts)] if len(parts) == 1 else parts), [])
        except csv.Error:
            return start, None


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the files' contents one after the other, hex."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as content:
            total.update(hashlib.file_digest(content, "sha256").digest())
    return total.hexdigest()


def count_lines(path: Path) -> int:
    """Return the number of lines of a file, plain or gzipped; close to its number of rows."""
    opened: Callable[..., IO[bytes]] = gzip.open if path.suffix == ".gz" else open  # type: ignore[assignment]
    with opened(path, "rb") as content:
        return sum(block.count(b"\n") for block in iter(lambda: content.read(1 << 20), b""))


def find(folder: Path, *names: str) -> Path | None:
    """Return the first of the files that is in the folder, plain or gzipped."""
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    return None
