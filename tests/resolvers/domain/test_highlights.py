"""Where words of a query lie in a text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.highlights import TextSpan, prefix_spans, snippet, spans_of, words
from resolvers.domain.normalization import fold

letters = st.sampled_from(
    [*"abcABC01éÉßøŁæİıſ", "e\u0301", "ﬁ", "日", "本", "й", "हि", "न्", "🎬", "\u202e", "ﾞ", "½", "㎐"]
)
apart = st.sampled_from([" ", "  ", "-", "’", ", ", "\n", "\t", "_", "\x00", " – "])
texts = st.lists(letters | apart, max_size=60).map("".join) | st.text(max_size=60)
queries = st.lists(letters | apart, max_size=12).map("".join)


def ordered_within(spans: list[TextSpan], text: str) -> None:
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
    for one, following in pairwise(spans):
        assert one.end <= following.start


@given(texts)
def test_folded_words_are_words_of_their_own(text: str) -> None:
    for word in words(text):
        assert word
        assert fold(word) == word


@given(texts, queries)
def test_spans_lie_in_the_text_and_select_equal_words(text: str, query: str) -> None:
    wanted = words(query)
    spans = spans_of(text, wanted)
    ordered_within(spans, text)
    for span in spans:
        assert fold(text[span.start : span.end]) in wanted


@given(texts)
def test_a_text_is_found_in_itself(text: str) -> None:
    found = [fold(text[span.start : span.end]) for span in spans_of(text, words(text))]
    assert found == words(text)


@given(texts, queries)
def test_prefix_spans_begin_words_and_cover_what_was_typed(text: str, typed: str) -> None:
    spans = prefix_spans(text, typed)
    ordered_within(spans, text)
    for span in spans:
        covered = fold(text[span.start : span.end])
        assert any(covered.startswith(word) for word in words(typed))


@given(texts, queries, st.integers(1, 40))
def test_spans_of_a_snippet_select_the_same_words(text: str, query: str, width: int) -> None:
    spans = spans_of(text, words(query))
    cut, inside = snippet(text, spans, width)
    ordered_within(inside, cut)
    before = [text[span.start : span.end] for span in spans]
    after = [cut[span.start : span.end] for span in inside]
    assert after == before[: len(after)]
    assert bool(after) == bool(before)


@pytest.mark.parametrize(
    ("text", "query", "seen"),
    [
        ("The Matrix", "MATRIX", ["Matrix"]),
        ("Amélie à Paris", "amelie A", ["Amélie", "à"]),
        ("Ame\u0301lie", "amélie", ["Ame\u0301lie"]),
        ("Łódź", "lodz", ["Łódź"]),
        ("Straße der Straßen", "strasse", ["Straße"]),
        ("हिन्दी फिल्म", "हिन्दी", ["हिन्दी"]),
        ("science_fiction", "fiction", ["fiction"]),
        ("matrices", "matrix", []),
        ("anything", "", []),
    ],
)
def test_words_are_compared_without_case_and_diacritics(text: str, query: str, seen: list[str]) -> None:
    assert [text[span.start : span.end] for span in spans_of(text, words(query))] == seen


@pytest.mark.parametrize(
    ("text", "typed", "seen"),
    [
        ("The Matrix", "mat", ["Mat"]),
        ("The Matrix", "the m", ["The", "M"]),
        ("Straße", "strass", ["Straß"]),
        ("Æon Flux", "aeo", ["Æo"]),
        ("Amélie", "ame", ["Amé"]),
        ("Matrix", "rix", []),
        ("Matrix", ".*", []),
    ],
)
def test_prefixes_cover_the_letters_typed(text: str, typed: str, seen: list[str]) -> None:
    assert [text[span.start : span.end] for span in prefix_spans(text, typed)] == seen


def test_a_long_text_is_cut_at_words_around_the_match() -> None:
    text = "word " * 100 + "needle" + " word" * 100
    cut, [span] = snippet(text, spans_of(text, ["needle"]))
    assert cut[span.start : span.end] == "needle"
    assert cut.startswith("… word")
    assert cut.endswith("word …")
    assert len(cut) < 170


def test_a_text_without_a_match_shows_its_beginning() -> None:
    cut, spans = snippet("word " * 100, [])
    assert spans == []
    assert cut.startswith("word")
    assert cut.endswith("word …")


def test_a_word_of_any_length_does_no_harm() -> None:
    text = "x" * 10_000
    cut, [span] = snippet(text, spans_of(text, [text]))
    assert cut[span.start : span.end] == text
