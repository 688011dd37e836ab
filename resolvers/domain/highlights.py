"""Where words of a query lie in a text."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A stretch of text, in Unicode code points: start inclusive, end exclusive."""

    start: int
    end: int


def fold(text: str) -> str:
    """Return text as words are compared: lower case, without diacritics."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    """Return the folded words of a text."""
    return [fold(word) for word in _WORD.findall(text)]


def spans_of(text: str, wanted: Iterable[str]) -> list[TextSpan]:
    """Return where words of `text` equal one of the folded words `wanted`, in order."""
    chosen = frozenset(wanted)
    return [TextSpan(*match.span()) for match in _WORD.finditer(text) if fold(match.group()) in chosen]


def prefix_spans(text: str, typed: str) -> list[TextSpan]:
    """Return where the typed words lie at the beginnings of words of `text`, in order."""
    wanted = words(typed)
    found = []
    for match in _WORD.finditer(text):
        own = fold(match.group())
        longest = max((len(word) for word in wanted if own.startswith(word)), default=0)
        if longest:
            found.append(TextSpan(match.start(), min(match.start() + longest, match.end())))
    return found


def snippet(text: str, spans: Sequence[TextSpan], width: int = 160) -> tuple[str, list[TextSpan]]:
    """Return about `width` characters around the first span, cut at words, and the spans within it."""
    if len(text) <= width or not spans:
        return (text, list(spans)) if len(text) <= width else (text[:width].rsplit(" ", 1)[0] + " …", [])
    start = max(0, spans[0].start - width // 3)
    if start:
        start = text.find(" ", start, spans[0].start) + 1 or spans[0].start
    end = min(len(text), start + width)
    if end < len(text):
        end = max(text.rfind(" ", start, end), spans[0].end)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    shift = len(before) - start
    inside = [TextSpan(span.start + shift, span.end + shift) for span in spans if start <= span.start and span.end <= end]
    return before + text[start:end] + after, inside
