"""Choosing among texts in several languages."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Tag:
    language: str
    script: str | None
    region: str | None

    @classmethod
    def of(cls, tag: str, region: str | None = None) -> "_Tag":
        language, *rest = tag.split("-")
        script = next((part.title() for part in rest if len(part) == 4 and part.isalpha()), None)
        own_region = next((part.upper() for part in rest if len(part) == 2 or part.isdigit()), None)
        return cls(language.lower(), script, region or own_region)


def _step(wanted: _Tag, own: _Tag) -> int:
    """Return at which step of the lookup a text of the same language is found; 0 = exact."""
    if own == wanted:
        return 0
    return (1 if own.script == wanted.script else 3) + (0 if own.region is None else 1)


def best_text(texts: Sequence[TextT], language: str) -> TextT | None:
    """Return the text for a BCP 47 tag: exact, then the language everywhere, then its other regions, else None.

    A script (`zh-Hant`) is let go of last: who reads one script of a language may not read the other. Texts found at
    the same step keep their order. Source: RFC 4647, section 3.4 (lookup), with the regions of one language added.
    """
    wanted = _Tag.of(language)
    own = ((text, _Tag.of(text.language, text.region)) for text in texts)
    ranked = [(_step(wanted, tag), text) for text, tag in own if tag.language == wanted.language]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def of_languages(texts: Sequence[TextT], languages: Sequence[str] | None) -> list[TextT]:
    """Return the texts in any of the languages, in order: `pt` takes `pt-BR` too; None takes all.

    Source: RFC 4647, section 3.3.1 (basic filtering).
    """
    if languages is None:
        return list(texts)
    ranges = [language.lower() for language in languages]
    found = []
    for text in texts:
        tag = text.language.lower()
        if text.region is not None and f"-{text.region.lower()}" not in tag:
            tag = f"{tag}-{text.region.lower()}"
        if any(tag == wanted or tag.startswith(f"{wanted}-") for wanted in ranges):
            found.append(text)
    return found
