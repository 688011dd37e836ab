"""Names of the broker's topics; nothing else makes one."""


def watchlist(profile_id: str) -> str:
    """Return the topic of what changes on a profile's watchlist."""
    return f"users.watchlist.{profile_id}"


def playback(profile_id: str) -> str:
    """Return the topic of what changes in a profile's playbacks."""
    return f"users.playback.{profile_id}"
