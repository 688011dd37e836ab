"""Choosing among texts in several languages."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Localized(Protocol):
    """A text that knows its language (BCP 47 primary subtag or longer) and region."""

    @property
    def language(self) -> str:
        """BCP 47."""
        ...

    @property
    def region(self) -> str | None:
        """ISO 3166-1, None when it holds everywhere."""
        ...


TextT = TypeVar("TextT", bound=Localized)


def _split(tag: str) -> tuple[str, str | None]:
    language, *rest = tag.split("-")
    region = next((part.upper() for part in rest if len(part) == 2), None)
    return language.lower(), region


def best_text(texts: Sequence[TextT], language: str) -> TextT | None:
    """Return the text for a BCP 47 tag: exact, then the language everywhere, then its other regions, else None.

    Source: RFC 4647, section 3.4 (lookup), with the regions of one language as the last step.
    """
    wanted, region = _split(language)
    ranked: list[tuple[int, TextT]] = []
    for text in texts:
        own, own_region = _split(text.language)
        own_region = text.region or own_region
        if own != wanted:
            continue
        if own_region == region:
            return text
        ranked.append((0 if own_region is None else 1, text))
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None
