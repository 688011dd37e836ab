"""What availability needs to know of the viewer: the services subscribed to, and the region."""

from resolvers.availability.loaders import AvailabilityLoaders
from resolvers.context import Context


async def own_platforms(context: Context) -> frozenset[str]:
    """Return the ids of the platforms the viewer subscribes to, none for anonymous."""
    if context.viewer is None:
        return frozenset()
    platforms, _ = await context.loaders(AvailabilityLoaders).services_by_profile.load(context.viewer.profile_id)
    return platforms


async def region_for(context: Context, region: str | None) -> str:
    """Return the region asked for, else the viewer's preference, else the server's setting."""
    if region is None and context.viewer is not None:
        _, region = await context.loaders(AvailabilityLoaders).services_by_profile.load(context.viewer.profile_id)
    return region or context.default_region
