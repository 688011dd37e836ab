"""Age limits: what a profile may see, and how a region writes such a limit.

Sources: the schemes' own published ages – FSK (§ 14 JuSchG), BBFC guidelines, MPA rating system (G and PG have no age;
8 stands for "parental guidance", as in the catalogue).
"""

_SCHEMES: dict[str, tuple[str, tuple[tuple[int, str], ...]]] = {
    "DE": ("FSK", ((0, "0"), (6, "6"), (12, "12"), (16, "16"), (18, "18"))),
    "GB": ("BBFC", ((4, "U"), (8, "PG"), (12, "12A"), (15, "15"), (18, "18"))),
    "US": ("MPA", ((0, "G"), (8, "PG"), (13, "PG-13"), (17, "R"), (18, "NC-17"))),
}


def is_allowed(minimum_age: int | None, limit: int | None) -> bool:
    """Return whether a title is within a limit; without a limit everything is, with one nothing unrated is."""
    return limit is None or (minimum_age is not None and minimum_age <= limit)


def limit_mark(limit: int | None, region: str) -> str | None:
    """Return the highest mark of a region's scheme that a limit allows, e.g. `FSK 12`.

    None without a limit, for a region whose scheme we do not know, and where even the lowest mark is above the limit.
    """
    if limit is None or region not in _SCHEMES:
        return None
    name, marks = _SCHEMES[region]
    allowed = [mark for age, mark in marks if age <= limit]
    return f"{name} {allowed[-1]}" if allowed else None
