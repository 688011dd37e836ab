"""The graph's own scalars: what they take, what they say no to, and that they take what they give."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.scalars import (
    SCALARS,
    format_duration,
    format_instant,
    parse_day,
    parse_duration,
    parse_instant,
    parse_language,
    parse_region,
    parse_stamp,
    parse_url,
    scalars_by_name,
)

PARSERS: list[Callable[[object], Any]] = [
    parse_region,
    parse_language,
    parse_instant,
    parse_day,
    parse_duration,
    parse_url,
    parse_stamp,
]
anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.text(), max_size=2)
    | st.dictionaries(st.text(), st.text(), max_size=2)
    | st.from_regex(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?", fullmatch=True)
    | st.from_regex(r"PT(\d+H)?(\d+M)?(\d+S)?", fullmatch=True)
    | st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", fullmatch=True)
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=offsets)  # noqa: DTZ001 – bounds are naive


@pytest.mark.parametrize("parse", PARSERS)
def test_anything_is_a_value_or_a_graphql_error(parse: Callable[[object], Any]) -> None:
    @given(anything)
    def law(value: object) -> None:
        said = None
        try:
            parse(value)
        except GraphQLError as error:
            said = error.message
        assert said is None or (" is not a" in said and len(said) < 200)

    law()


@given(instants)
def test_instants_come_back_in_utc(value: datetime) -> None:
    text = format_instant(value)
    assert text.endswith("Z")
    assert parse_instant(text) == value
    assert parse_instant(value.isoformat()) == value
    assert parse_instant(text).tzinfo is UTC


@given(st.dates())
def test_days_come_back(value: date) -> None:
    assert parse_day(value.isoformat()) == value


@given(st.integers(0, 9_999_999))
def test_durations_come_back(seconds: int) -> None:
    value = timedelta(seconds=seconds)
    assert parse_duration(format_duration(value)) == value


@given(st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?", fullmatch=True))
def test_languages_have_one_spelling(tag: str) -> None:
    canonical = parse_language(tag)
    assert canonical.lower() == tag.lower()
    assert parse_language(canonical) == parse_language(tag.upper()) == parse_language(tag.lower()) == canonical


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_region, "DE", "DE"),
        (parse_language, "PT-br", "pt-BR"),
        (parse_language, "zh-hant-tw", "zh-Hant-TW"),
        (parse_language, "es-419", "es-419"),
        (parse_language, "und", "und"),
        (parse_instant, "2026-03-01T18:30:00Z", datetime(2026, 3, 1, 18, 30, tzinfo=UTC)),
        (parse_instant, "2026-03-01t18:30z", datetime(2026, 3, 1, 18, 30, tzinfo=UTC)),
        (parse_instant, "2026-03-01 20:30:00.123456789+02:00", datetime(2026, 3, 1, 18, 30, 0, 123456, tzinfo=UTC)),
        (parse_day, "2024-02-29", date(2024, 2, 29)),
        (parse_duration, "PT1H45M", timedelta(hours=1, minutes=45)),
        (parse_duration, "PT90M", timedelta(minutes=90)),
        (parse_duration, "PT0S", timedelta()),
        (parse_url, "https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        (parse_url, "spotify:track:1", "spotify:track:1"),
        (parse_stamp, "0", "0"),
    ],
)
def test_values_in_usual_forms(parse: Callable[[object], Any], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "values"),
    [
        (parse_region, ["ZZ", "de", "DEU", "", "EU", "UK", "XK", 49, None, "DE\n"]),
        (parse_language, ["english", "e", "en_US", "", "en-", "de-DE-", "*", "日本", 1, None, "en\n"]),
        (
            parse_instant,
            [
                "2026-03-01T18:30:00",
                "2026-03-01",
                "2026-02-30T00:00:00Z",
                "2026-03-01T24:30:00Z",
                "2026-03-01T18:30:60Z",
                "2026-03-01T18:30:00+99:00",
                "0000-01-01T00:00:00Z",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:59-14:00",
                "٢٠٢٦-03-01T18:30:00Z",
                "now",
                1772389800,
                True,
                None,
            ],
        ),
        (parse_day, ["2026-02-29", "0000-01-01", "20260301", "2026-W09-7", "2026-3-1", "2026-03-01\n", 1, None]),
        (parse_duration, ["", "PT", "P1D", "PT1.5H", "-PT1H", "PT1S2M", "PT٣H", "pt1h", "1h", "PT999999H", 90, None]),
        (
            parse_url,
            ["", "example.org", "//x", "javascript:alert(1)", "JavaScript:x", "https://a b", "https:", 1, None],
        ),
        (parse_url, ["data:text/html,x", "https://x\n", "https://x\x00", "https://" + "x" * 2000]),
        (parse_stamp, ["", "x" * 101, 1, None]),
    ],
)
def test_values_that_are_none(parse: Callable[[object], Any], values: list[object]) -> None:
    for value in values:
        with pytest.raises(GraphQLError, match="is not a"):
            parse(value)


def test_scalars_by_name_are_the_same_scalars() -> None:
    assert set(scalars_by_name()) == {scalar.name for scalar in SCALARS.values()}
    region = scalars_by_name()["Region"]
    assert region.parse_value("DE") == "DE"
    with pytest.raises(GraphQLError, match="ISO 3166-1"):
        region.parse_value("ZZ")
