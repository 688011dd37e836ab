"""What a rating may be."""

from resolvers.domain.errors import BadUserInput


def checked(value: float) -> float:
    """Return the rating; raise BadUserInput unless it is 0.5–10 in half steps."""
    if not (0.5 <= value <= 10 and (2 * value).is_integer()):
        raise BadUserInput(f"{value:g} is not a rating: use 0.5 to 10 in half steps, or null to take it back.")
    return value
