"""Bulk writes: whole sets at once, and nothing where nothing is new."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from uuid_utils import uuid7

from datasources.postgres.bulk import BulkWriter, Written
from datasources.postgres.engine import Database
from datasources.records.availability import OfferRecord, PlatformRecord
from datasources.records.bulk import CreditRow, PersonRow, TextRow, TitleRow

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def new_title(name: str, **facts: Any) -> TitleRow:
    return TitleRow(str(uuid7()), "MOVIE", name, name.lower(), name.lower(), "test", **facts)


async def write(database: Database, *batches: Sequence[object]) -> list[Written]:
    async with database.transaction() as connection:
        writer = BulkWriter(connection)
        return [await writer.write(batch) for batch in batches]


async def transactions(database: Database) -> dict[str, int]:
    return {row["name"]: row["changed_xact"] for row in await database.fetch("SELECT name, changed_xact FROM titles")}


async def test_all_kinds_of_values_arrive(database: Database) -> None:
    title = new_title(
        "Ferry", genres=["WAR", "DRAMA"], content_ratings=[{"region": "DE", "code": "12"}], rating_average=7.5
    )
    assert await write(database, [title]) == [Written(1, 0)]
    row = await database.fetchrow("SELECT * FROM titles")
    assert row is not None
    assert (row["id"], row["genres"], row["rating_average"]) == (title.id, ["WAR", "DRAMA"], 7.5)
    assert (row["content_ratings"], row["themes"], row["runtime_minutes"]) == (
        [{"region": "DE", "code": "12"}],
        [],
        None,
    )


async def test_only_rows_that_differ_are_written_and_marked(database: Database) -> None:
    one, other = new_title("One"), new_title("Other", genres=["WAR"])
    await write(database, [one, other])
    before = await transactions(database)
    assert await write(database, [one, replace(other, runtime_minutes=90)]) == [Written(0, 1)]
    after = await transactions(database)
    assert after["One"] == before["One"]
    assert after["Other"] > before["Other"]
    assert await write(database, [one, replace(other, runtime_minutes=90)]) == [Written(0, 0)]


async def test_texts_and_credits_mark_their_title(database: Database) -> None:
    titles = [new_title("One"), new_title("Other")]
    person = PersonRow(str(uuid7()), "Ada Low", "test")
    await write(database, titles, [person])
    before = await transactions(database)
    text = TextRow(titles[0].id, "description", "en", "Words.", "test")
    credit = CreditRow(str(uuid7()), titles[0].id, person.id, "ACTOR", 0)
    written = await write(database, [text], [credit])
    assert [each.titles for each in written] == [{titles[0].id}, {titles[0].id}]
    after = await transactions(database)
    assert after["One"] > before["One"]
    assert after["Other"] == before["Other"]
    # The same credit under another id is the same credit; a missing region or character is a value like any other.
    assert await write(database, [text], [replace(credit, id=str(uuid7()))]) == [Written(), Written()]
    assert await transactions(database) == after


async def test_of_several_rows_with_one_key_the_first_counts(database: Database) -> None:
    title = new_title("First")
    assert await write(database, [title, replace(title, name="Second")]) == [Written(1, 0)]
    assert list(await transactions(database)) == ["First"]


async def test_offers_seen_later_win_and_made_up_ones_make_room(database: Database) -> None:
    title = new_title("Ferry")
    platform = PlatformRecord(str(uuid7()), "box", "Box", None, None, ["US"], ["SUBSCRIPTION"])
    offer = OfferRecord(
        *(str(uuid7()), title.id, platform.id, "US", "SUBSCRIPTION", None, None, None, [], [], None, None, None, None),
        *(None, None, EARLY, "real"),
    )
    invented = replace(offer, id=str(uuid7()), quality="HD", source="DEMO")
    await write(database, [title], [platform], [invented])
    async with database.transaction() as connection:
        writer = BulkWriter(connection)
        assert await writer.withdraw_demo_offers([offer]) == 1
        await writer.write([replace(offer, last_verified_at=LATE)])
    assert await write(database, [replace(offer, source="older")]) == [Written()]
    assert await database.fetchval("SELECT string_agg(source, ',') FROM offers") == "real"
    async with database.transaction() as connection:
        writer = BulkWriter(connection)
        assert await writer.withdraw_stale_offers("real", platform.id, "US", LATE) == 0
        assert await writer.withdraw_stale_offers("real", platform.id, "US", datetime(2026, 3, 1, tzinfo=UTC)) == 1


async def test_what_fails_leaves_nothing(database: Database) -> None:
    title = new_title("Ferry")
    with pytest.raises(Exception, match="foreign key"):
        await write(database, [title], [TextRow(str(uuid7()), "name", "en", "Lost", "test")])
    assert await database.fetchval("SELECT count(*) FROM titles") == 0


async def test_the_number_of_statements_does_not_grow_with_the_rows(database: Database) -> None:
    seen: list[str] = []
    database.listeners.append(seen.append)
    await write(database, [new_title("One")])
    for_one = len(seen)
    await write(database, [new_title(f"Film {number}") for number in range(500)])
    assert len(seen) == 2 * for_one
