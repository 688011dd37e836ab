"""Tastes and settings of the active profile."""

from resolvers.context import Context


async def subscribed_platforms(context: Context) -> tuple[list[str], str | None]:
    """Return the ids of the platforms the viewer subscribes to, and the viewer's region (None when not stated)."""
    context.require_viewer()
    return [], None
