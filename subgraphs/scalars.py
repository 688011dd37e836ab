"""The graph's own scalars, word for word the same in every subgraph."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import NewType

import pycountry
import strawberry
from graphql import GraphQLError, GraphQLScalarType
from strawberry.types.scalar import ScalarDefinition

Region = NewType("Region", str)
Language = NewType("Language", str)
URL = NewType("URL", str)
Stamp = NewType("Stamp", str)

_REGIONS = frozenset(country.alpha_2 for country in pycountry.countries)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?", re.ASCII)
_URL = re.compile(r"(?!(?:javascript|vbscript|data):)[a-z][a-z0-9+.-]*:[^\s\x00-\x1f\x7f]+", re.IGNORECASE | re.ASCII)
_LONGEST_URL = 2000


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"


def parse_region(value: object) -> Region:
    """Return the country code; raise GraphQLError unless ISO 3166-1 has assigned it."""
    if isinstance(value, str) and value in _REGIONS:
        return Region(value)
    raise GraphQLError(f"{_shown(value)} is not a region: use an ISO 3166-1 code in capitals, such as DE.")


def parse_language(value: object) -> Language:
    """Return the tag in its usual case (`pt-BR`); raise GraphQLError for what BCP 47 cannot mean."""
    if isinstance(value, str) and _LANGUAGE.fullmatch(value):
        first, *rest = value.split("-")
        cased = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in rest]
        return Language("-".join([first.lower(), *cased]))
    raise GraphQLError(f"{_shown(value)} is not a language: use a BCP 47 tag, such as en or pt-BR.")


def parse_instant(value: object) -> datetime:
    """Return the instant in UTC; raise GraphQLError unless it is RFC 3339 with an offset."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError(f"{_shown(value)} is not an instant: use RFC 3339, such as 2026-03-01T18:30:00Z.")


def format_instant(value: datetime) -> str:
    """Return RFC 3339 in UTC with `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_day(value: object) -> date:
    """Return the day; raise GraphQLError unless it is `YYYY-MM-DD`."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError(f"{_shown(value)} is not a day: use ISO 8601, such as 1999-03-31.")


def format_duration(value: timedelta) -> str:
    """Return ISO 8601, e.g. `PT1H45M`; `PT0S` for none."""
    seconds = int(value.total_seconds())
    parts = [(seconds // 3600, "H"), (seconds % 3600 // 60, "M"), (seconds % 60, "S")]
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")


def parse_duration(value: object) -> timedelta:
    """Return the length of time; raise GraphQLError unless it is ISO 8601 in hours, minutes and seconds."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise GraphQLError(f"{_shown(value)} is not a duration: use ISO 8601, such as PT1H45M.")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def parse_url(value: object) -> URL:
    """Return the address; raise GraphQLError unless it has a scheme, runs no script and fits in 2,000 characters."""
    if isinstance(value, str) and len(value) <= _LONGEST_URL and _URL.fullmatch(value):
        return URL(value)
    raise GraphQLError(f"{_shown(value)} is not an absolute URL, such as https://example.org/poster.jpg.")


def parse_stamp(value: object) -> Stamp:
    """Return the stamp's text; raise GraphQLError unless it is a text of at most 100 characters."""
    if isinstance(value, str) and 0 < len(value) <= 100:
        return Stamp(value)
    raise GraphQLError(f"{_shown(value)} is not a stamp: send one that the server gave, or an HLC in the same form.")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339 in UTC, e.g. `2026-03-01T18:30:00Z`.",
        serialize=format_instant,
        parse_value=parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, ISO 8601, e.g. `1999-03-31`.",
        serialize=date.isoformat,
        parse_value=parse_day,
    ),
    timedelta: strawberry.scalar(
        name="Duration",
        description="A length of time, ISO 8601, e.g. `PT1H45M`.",
        serialize=format_duration,
        parse_value=parse_duration,
    ),
    Region: strawberry.scalar(
        name="Region",
        description="A country, ISO 3166-1 alpha-2 in capitals, e.g. `DE`; an unassigned code is BAD_USER_INPUT.",
        serialize=str,
        parse_value=parse_region,
    ),
    Language: strawberry.scalar(
        name="Language",
        description="A language, BCP 47, e.g. `en`, `pt-BR`.",
        serialize=str,
        parse_value=parse_language,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute http(s) URL, or an app deep link where the field says so.",
        serialize=str,
        parse_value=parse_url,
    ),
    Stamp: strawberry.scalar(
        name="Stamp",
        description=(
            "Hybrid logical clock in text: wall milliseconds, counter, device; sorts as text like the tuple. "
            "Drift beyond 60 s is CLOCK_DRIFT."
        ),
        serialize=str,
        parse_value=parse_stamp,
    ),
}


def scalars_by_name() -> dict[str, GraphQLScalarType]:
    """Return the scalars as graphql-core types by name, for a gateway that checks values before any subgraph does."""
    return {
        scalar.name: GraphQLScalarType(
            scalar.name,
            serialize=scalar.serialize,
            parse_value=scalar.parse_value,
            description=scalar.description,
        )
        for scalar in SCALARS.values()
    }
