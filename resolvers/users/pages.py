"""Positions in lists that run from the newest item to the oldest."""

from datetime import datetime

from resolvers.domain.errors import BadUserInput
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import decode_cursor


def recent_position(key: str, after: str | None) -> tuple[datetime, str] | None:
    """Return the instant and id a cursor stands for, None for no cursor; raise BadUserInput for a bad one."""
    position = decode_cursor(key, after)
    if position is None:
        return None
    try:
        instant, id_ = position
        return datetime.fromisoformat(instant), parse_id(id_)
    except (ValueError, TypeError):
        raise BadUserInput("This cursor is broken; use endCursor of the page before as it is.") from None
