"""How well one title fits the viewer, and why."""

from collections.abc import Sequence

import numpy as np

from resolvers.context import Context
from resolvers.domain.explanation import Explanation, Ground, explain_by
from resolvers.domain.ranking import fuse, popularity_share
from resolvers.domain.taste import match
from resolvers.recommendations.grounds import Names, collaborative_ground, content_grounds, explained, popularity_ground
from resolvers.recommendations.loaders import RecommendationLoaders


async def match_score(
    context: Context, genres: Sequence[str], release_year: int | None, clusters: Sequence[int]
) -> float | None:
    """Return how well a title of that content fits the viewer's taste, 0–1.

    None for anonymous, for somebody new, and for who wants no personal answers.
    """
    profile = await context.loaders(RecommendationLoaders).profile()
    return None if profile is None else match(profile, genres, release_year, clusters)


async def why_for_me(context: Context, title_id: str) -> Explanation | None:
    """Return what speaks for a title, or against it where that weighs more.

    None as for `match_score`, and for a title the model does not know yet.
    """
    loaders = context.loaders(RecommendationLoaders)
    taste = await loaders.taste()
    if taste is None or taste.is_new:
        return None
    title = (await loaders.numbers([title_id])).get(title_id)
    if title is None:
        return None
    rows = np.array([title], dtype=np.int32)
    features = taste.snapshot.features
    scores = fuse(
        taste.collaborative()[rows],
        taste.content(rows).total,
        features.popularity[rows],
        popularity_share(taste.known),
    )
    collaborative, content = float(scores.collaborative[0]), float(scores.content[0])
    sign = 1 if collaborative + content >= 0 else -1

    def grounds(names: Names) -> list[Ground]:
        found = content_grounds(names, taste, title, max(0.0, sign * content), sign)
        like = collaborative_ground(names, taste, title, max(0.0, sign * collaborative), sign)
        if like is not None:
            found.append(like)
        if sign > 0:
            found.append(popularity_ground(taste.snapshot, title, float(scores.popularity[0])))
        return found

    return explain_by(await explained(loaders, grounds))
