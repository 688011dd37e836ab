"""Where words of a query lie in a text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import category

from resolvers.domain.normalization import fold

# Letters and digits with the marks that belong to them: marks are no `\w`, and many scripts write vowels with them.
_MARKS = "".join(letter for letter in map(chr, range(0x300, 0x10000)) if category(letter)[0] == "M")
_WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A stretch of text, in Unicode code points: start inclusive, end exclusive."""

    start: int
    end: int


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else fold(word)  # the same, much faster, for most words


def words(text: str) -> list[str]:
    """Return the folded words of a text."""
    return [folded for word in _WORD.findall(text) if (folded := _folded(word))]


def spans_of(text: str, wanted: Iterable[str]) -> list[TextSpan]:
    """Return where words of `text` equal one of the folded words `wanted`, in order."""
    chosen = frozenset(wanted)
    return [TextSpan(*match.span()) for match in _WORD.finditer(text) if _folded(match.group()) in chosen]


def prefix_spans(text: str, typed: str) -> list[TextSpan]:
    """Return where the typed words lie at the beginnings of words of `text`, in order."""
    wanted = words(typed)
    found = []
    for match in _WORD.finditer(text):
        word = match.group()
        longest = max((one for one in wanted if _folded(word).startswith(one)), key=len, default="")
        if longest:  # folding may lengthen a letter (ß → ss): the shortest beginning that covers what was typed
            covered = (end for end in range(1, len(word)) if fold(word[:end]).startswith(longest))
            found.append(TextSpan(match.start(), match.start() + next(covered, len(word))))
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
    inside = [
        TextSpan(span.start + shift, span.end + shift) for span in spans if start <= span.start and span.end <= end
    ]
    return before + text[start:end] + after, inside
