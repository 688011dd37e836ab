"""How well titles fit the viewer, and why."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from resolvers.context import Context
from resolvers.domain.explanation import Explanation, Ground, explain_by
from resolvers.domain.ranking import Floats, fuse, popularity_share
from resolvers.domain.taste import match
from resolvers.loading import Each, each
from resolvers.recommendations.grounds import (
    Names,
    collaborative_ground,
    content_grounds,
    grounds_each,
    popularity_ground,
)
from resolvers.recommendations.loaders import RecommendationLoaders
from resolvers.recommendations.taste import Taste

Content = tuple[Sequence[str], int | None, Sequence[int]]
"""Genres, release year and clusters of a title, as the catalog says."""


async def match_scores(context: Context, contents: Sequence[Content]) -> Each[float | None]:
    """Return how well titles of such contents fit the viewer's taste, 0–1.

    None for anonymous, for somebody new, and for who wants no personal answers.
    """
    profile = await context.loaders(RecommendationLoaders).profile()
    if profile is None:
        return [None] * len(contents)
    return each(contents, lambda content: match(profile, *content))


async def why_for_me(context: Context, title_ids: Sequence[str]) -> Each[Explanation | None]:
    """Return what speaks for each title, or against it where that weighs more.

    None as for `match_scores`, and for a title the model does not know yet.
    """
    loaders = context.loaders(RecommendationLoaders)
    taste = await loaders.taste()
    if taste is None or taste.is_new:
        return [None] * len(title_ids)
    numbers = await loaders.numbers(title_ids)
    known = list(dict.fromkeys(title_id for title_id in title_ids if title_id in numbers))
    collaborative = taste.collaborative()
    grounds = await grounds_each(
        loaders, [partial(_grounds, taste, collaborative, numbers[title_id]) for title_id in known]
    )
    found = dict(zip(known, each(grounds, explain_by), strict=True))
    return [found.get(title_id) for title_id in title_ids]


def _grounds(taste: Taste, collaborative_scores: Floats, title: int, names: Names) -> list[Ground]:
    """Return what speaks for a title of the model, or against it; `collaborative_scores` are those of all titles."""
    rows = np.array([title], dtype=np.int32)
    features = taste.snapshot.features
    scores = fuse(
        collaborative_scores[rows],
        taste.content(rows).total,
        features.popularity[rows],
        popularity_share(taste.known),
    )
    collaborative, content = float(scores.collaborative[0]), float(scores.content[0])
    sign = 1 if collaborative + content >= 0 else -1
    found = content_grounds(names, taste, title, max(0.0, sign * content), sign)
    like = collaborative_ground(names, taste, title, max(0.0, sign * collaborative), sign)
    if like is not None:
        found.append(like)
    if sign > 0:
        found.append(popularity_ground(taste.snapshot, title, float(scores.popularity[0])))
    return found
