"""Ids in text: one canonical form, so that equal ids are equal strings."""

import re

from resolvers.domain.errors import BadUserInput

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def parse_id(text: str, *, what: str = "id") -> str:
    """Return the UUID in lower case; raise BadUserInput for anything but 8-4-4-4-12 hex digits."""
    if _UUID.fullmatch(text) is None:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise BadUserInput(f"{what} {shown!r} is not a UUID such as 01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f.")
    return text.lower()


def parse_ids(texts: list[str], *, what: str = "id", limit: int = 100) -> list[str]:
    """Return the UUIDs in lower case and in order; raise BadUserInput for a bad one or more than `limit`."""
    if len(texts) > limit:
        raise BadUserInput(f"{len(texts)} ids are too many: ask for at most {limit} at a time.")
    return [parse_id(text, what=what) for text in texts]
