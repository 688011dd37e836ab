"""The viewer's taste profile."""

from resolvers.context import Context
from resolvers.domain.taste import TasteProfile


async def taste_profile(context: Context, user_id: str) -> TasteProfile | None:
    """Return the profile of the viewer."""
    raise NotImplementedError
