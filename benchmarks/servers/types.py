"""The types that stock Strawberry and ours share: the shape of the product's, its data already at hand."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import strawberry
from strawberry.types.scalar import ScalarDefinition

from benchmarks.data import GENRES, KINDS, OFFER_KINDS, QUALITIES, ROLES


def format_instant(value: datetime) -> str:
    """Return RFC 3339 in UTC with `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: Final[dict[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(name="DateTime", serialize=format_instant, parse_value=datetime.fromisoformat)
}


def _enum(name: str, members: tuple[str, ...]) -> Any:
    make: Any = Enum  # its members are data
    return strawberry.enum(make(name, {member: member for member in members}))


Genre: Any = _enum("Genre", GENRES)
TitleKind: Any = _enum("TitleKind", KINDS)
OfferKind: Any = _enum("OfferKind", OFFER_KINDS)
VideoQuality: Any = _enum("VideoQuality", QUALITIES)
CreditRole: Any = _enum("CreditRole", ROLES)


@strawberry.type
class ExternalIds:
    """Ids elsewhere."""

    wikidata: str | None
    imdb: str | None


@strawberry.type
class AudienceRating:
    """What people think."""

    average: float
    votes: int


@strawberry.type
class Money:
    """An amount of money."""

    amount: str
    currency: str


@strawberry.type
class Platform:
    """Where one watches."""

    id: strawberry.ID
    name: str


@strawberry.type
class Offer:
    """A way to watch a title."""

    id: strawberry.ID
    kind: OfferKind
    price: Money | None
    platform: Platform
    quality: VideoQuality
    url: str


@strawberry.type
class Person:
    """Someone who works on titles."""

    id: strawberry.ID
    name: str


@strawberry.type
class Credit:
    """One person's work on one title."""

    role: CreditRole
    character: str | None
    billing: int
    person: Person
