"""What availability needs to know of the viewer: the services subscribed to, and the region."""

from resolvers.context import Context
from resolvers.users.preferences import subscribed_platforms, viewer_region


async def own_platforms(context: Context) -> frozenset[str]:
    """Return the ids of the platforms the viewer subscribes to, none for anonymous."""
    if context.viewer is None:
        return frozenset()
    platforms, _ = await subscribed_platforms(context)
    return frozenset(platforms)


async def region_for(context: Context, region: str | None) -> str:
    """Return the region asked for, else the viewer's preference, else the server's setting."""
    return region or await viewer_region(context)
