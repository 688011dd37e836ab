"""Names and descriptions of titles, for a level of titles at a time: what the fields of `Title` give."""

from collections.abc import Sequence
from typing import Protocol

from datasources.records.catalog import TitleRecord
from resolvers.catalog import titles
from subgraphs.batch import Each, each
from subgraphs.catalog.value_types import LocalizedText
from subgraphs.permissions import Info
from subgraphs.scalars import Language


class Recorded(Protocol):
    """A title as the graph shows it."""

    record: TitleRecord


def _records(of: Sequence[Recorded]) -> list[TitleRecord]:
    return [title.record for title in of]


async def localized_names(of: Sequence[Recorded], info: Info, language: Language) -> Each[LocalizedText]:
    """Return the best name of each title for a language."""
    return each(await titles.localized_names(info.context, _records(of), language), LocalizedText.of)


async def names(
    of: Sequence[Recorded], info: Info, languages: list[Language] | None = None
) -> Each[list[LocalizedText]]:
    """Return every known name of each title, in these languages when given."""
    return each(await titles.names_of(info.context, _records(of), languages), LocalizedText.all_of)


async def main_descriptions(
    of: Sequence[Recorded], info: Info, language: Language | None = None
) -> Each[LocalizedText | None]:
    """Return the best description of each title for a language, None where there is none."""
    found = await titles.main_descriptions(info.context, _records(of), language)
    return each(found, lambda text: None if text is None else LocalizedText.of(text))


async def descriptions(
    of: Sequence[Recorded], info: Info, languages: list[Language] | None = None
) -> Each[list[LocalizedText]]:
    """Return every known description of each title, in these languages when given."""
    return each(await titles.descriptions_of(info.context, _records(of), languages), LocalizedText.all_of)
