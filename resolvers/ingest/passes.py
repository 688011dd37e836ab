"""An import as a list of passes: each reads one file (or several that belong together) and writes it in batches."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasources.files.tables import BrokenRow
from resolvers.ingest.titles import Desk


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass. `name` is what its progress is kept under together with the content of `files`.

    `read` yields the same items in the same order whenever it is called on the same files. Items for which `group`
    gives the same, one after the other, stay in one batch. `finish` runs after the last batch.
    """

    name: str
    files: Sequence[Path]
    read: Callable[[], Iterator[Any]]
    write: Callable[[Desk, Sequence[Any]], Awaitable[None]]
    group: Callable[[Any], object] | None = None
    finish: Callable[[Desk], Awaitable[None]] | None = None
    batch_rows: int = 2000


def batches(items: Iterator[Any], size: int, group: Callable[[Any], object] | None) -> Iterator[list[Any]]:
    """Yield lists of about `size` items, cut only where the group changes."""
    batch: list[Any] = []
    last: object = None
    for item in items:
        own = last if group is None or isinstance(item, BrokenRow) else group(item)
        if len(batch) >= size and (group is None or own != last):
            yield batch
            batch = []
        batch.append(item)
        last = own
    if batch:
        yield batch
