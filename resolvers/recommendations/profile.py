"""The viewer's taste profile."""

from resolvers.context import Context
from resolvers.domain.errors import Forbidden
from resolvers.domain.taste import TasteProfile
from resolvers.recommendations.loaders import RecommendationLoaders


async def taste_profile(context: Context, user_id: str) -> TasteProfile | None:
    """Return what we believe the viewer's active profile likes; None for somebody new, and if they want none.

    Raises Unauthenticated for anonymous, Forbidden for the profile of somebody else.
    """
    if context.require_viewer().user_id != user_id:
        raise Forbidden("A taste profile is shown to its owner only; ask for your own through `me`.")
    return await context.loaders(RecommendationLoaders).profile()
