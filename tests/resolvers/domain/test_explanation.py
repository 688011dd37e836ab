"""Explanations are complete: a reason, a sentence, factors that sum to 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.explanation import (
    MOST_EVIDENCE,
    EvidenceKind,
    Fact,
    Ground,
    RecommendationReason,
    confidence,
    explain_by,
    listed,
    rating_text,
)

texts = st.text(min_size=1, max_size=8)
facts = st.builds(Fact, st.sampled_from(EvidenceKind), texts, st.floats(0, 1))
grounds = st.lists(
    st.builds(
        Ground,
        factor=st.sampled_from(["collaborative", "content", "popularity", "context"]),
        reason=st.sampled_from(RecommendationReason),
        weight=st.floats(-1, 1),
        text=texts,
        evidence=st.lists(facts, max_size=5),
        facts=st.floats(0, 1000),
    ),
    max_size=8,
)


@given(found=grounds, cold=st.booleans())
def test_explanations_are_never_empty(found: list[Ground], *, cold: bool) -> None:
    explanation = explain_by(found, cold=cold)
    assert explanation.text
    weights = [factor.weight for factor in explanation.factors]
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)
    assert len({factor.name for factor in explanation.factors}) == len(weights)
    assert 0 <= explanation.confidence <= 1
    strengths = [fact.weight for fact in explanation.evidence]
    assert strengths == sorted(strengths, reverse=True)
    assert len(strengths) <= (0 if cold else MOST_EVIDENCE)


def test_the_heaviest_ground_is_the_reason() -> None:
    light = Ground("content", RecommendationReason.SAME_GENRES, 0.2, "light")
    heavy = Ground("collaborative", RecommendationReason.BECAUSE_YOU_RATED, 0.5, "heavy")
    explanation = explain_by([light, heavy])
    assert (explanation.reason, explanation.text) == (RecommendationReason.BECAUSE_YOU_RATED, "heavy")


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_facts_more_confidence(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert 0 <= confidence(less) <= confidence(more) <= 1


def test_words() -> None:
    assert listed(["Heat"]) == "Heat"
    assert listed(["Heat", "Ronin", "Collateral"]) == "Heat, Ronin and Collateral"
    assert (rating_text(9.0), rating_text(8.5)) == ("9", "8.5")
