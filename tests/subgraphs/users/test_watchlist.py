"""The watchlist in the graph: adding, removing, listing, conflicts, and what a list costs."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from datasources.postgres.engine import Database
from datasources.sources import Sources
from tests.subgraphs.users.conftest import Clock, Session, new_viewer, nodes

ADD = """
mutation ($input: AddToWatchlistInput!) {
  addToWatchlist(input: $input) {
    title { id inWatchlist } revision stamp
    entry { addedAt stamp tags title { id name } device { id } }
  }
}
"""
REMOVE = """
mutation ($input: RemoveFromWatchlistInput!) {
  removeFromWatchlist(input: $input) { title { id inWatchlist } entry { tags } revision stamp }
}
"""
LIST = """
query ($first: Int, $after: String) {
  me { watchlist(first: $first, after: $after) {
    revision totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { title { id name } addedAt stamp tags } }
  } }
}
"""


async def add(somebody: Session, title_id: str, **input_: object) -> dict:
    return (await somebody.data(ADD, input={"titleId": title_id, **input_}))["addToWatchlist"]


async def remove(somebody: Session, title_id: str, **input_: object) -> dict:
    return (await somebody.data(REMOVE, input={"titleId": title_id, **input_}))["removeFromWatchlist"]


async def test_a_title_comes_and_goes(ada: Session, title_ids: list[str], clock: Clock) -> None:
    added = await add(ada, title_ids[0])
    assert added["title"] == {"id": title_ids[0], "inWatchlist": True}
    assert added["entry"]["title"]["name"] == "Title 0"
    assert added["entry"]["addedAt"] == "2026-03-01T18:30:00Z"
    assert added["entry"]["tags"] == [added["entry"]["stamp"]]
    assert added["revision"] == "1"
    removed = await remove(ada, title_ids[0])
    assert removed["title"]["inWatchlist"] is False
    assert (removed["entry"], removed["revision"]) == (None, "2")
    assert removed["stamp"] > added["stamp"], "our clock goes on although the wall clock stood still"


async def test_newest_first_page_by_page_with_the_revision_to_follow(
    ada: Session, title_ids: list[str], clock: Clock
) -> None:
    for id_ in title_ids[:5]:
        await add(ada, id_)
        clock.advance(seconds=1)
    await add(ada, title_ids[1])
    seen, after = [], None
    while True:
        page = (await ada.data(LIST, first=2, after=after))["me"]["watchlist"]
        seen += [node["title"]["name"] for node in nodes(page)]
        assert (page["totalCount"], page["revision"]) == (5, "6")
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["Title 1", "Title 4", "Title 3", "Title 2", "Title 0"]
    assert len(nodes((await ada.data(LIST))["me"]["watchlist"])[0]["tags"]) == 2


async def test_an_empty_list_has_a_revision_too(ada: Session) -> None:
    page = (await ada.data(LIST))["me"]["watchlist"]
    assert (page["edges"], page["revision"], page["totalCount"]) == ([], "0", 0)
    assert page["pageInfo"]["endCursor"] is None


async def test_the_list_keeps_the_name_of_the_day(ada: Session, title_ids: list[str], database: Database) -> None:
    await add(ada, title_ids[0])
    await database.execute("UPDATE titles SET name = 'Renamed' WHERE id = $1", title_ids[0])
    assert nodes((await ada.data(LIST))["me"]["watchlist"])[0]["title"]["name"] == "Title 0"


async def test_adds_win_over_removes_that_have_not_seen_them(ada: Session, title_ids: list[str], clock: Clock) -> None:
    (seen,) = (await add(ada, title_ids[0], stamp=clock.stamp("phone")))["entry"]["tags"]
    concurrent = (await add(ada, title_ids[0], stamp=clock.stamp("tv")))["entry"]["stamp"]
    removed = await remove(ada, title_ids[0], tags=[seen])
    assert removed["entry"]["tags"] == [concurrent]
    assert removed["title"]["inWatchlist"] is True
    assert (await remove(ada, title_ids[0]))["entry"] is None, "without tags, all that are known"


async def test_a_remove_that_overtakes_its_add_still_removes_it(
    ada: Session, title_ids: list[str], clock: Clock
) -> None:
    late = clock.stamp("phone", seconds=-30)
    assert (await remove(ada, title_ids[0], tags=[late]))["revision"] == "0", "nothing to see changed"
    assert (await add(ada, title_ids[0], stamp=late))["entry"] is None
    assert (await add(ada, title_ids[0]))["entry"] is not None


async def test_no_tags_at_all_remove_nothing(ada: Session, title_ids: list[str]) -> None:
    await add(ada, title_ids[0])
    assert (await remove(ada, title_ids[0], tags=[]))["entry"] is not None


async def test_tags_of_other_titles_are_not_touched(ada: Session, title_ids: list[str]) -> None:
    (other,) = (await add(ada, title_ids[1]))["entry"]["tags"]
    await add(ada, title_ids[0])
    await remove(ada, title_ids[0], tags=[other])
    assert len(nodes((await ada.data(LIST))["me"]["watchlist"])) == 2


async def test_the_same_stamp_is_the_same_add(ada: Session, title_ids: list[str], clock: Clock) -> None:
    stamp = clock.stamp("phone", seconds=-5)
    assert (await add(ada, title_ids[0], stamp=stamp))["revision"] == "1"
    again = await add(ada, title_ids[0], stamp=stamp)
    assert (again["revision"], again["entry"]["tags"]) == ("1", [stamp])
    assert await ada.code(ADD, input={"titleId": title_ids[1], "stamp": stamp}) == "CONFLICT"


async def test_an_operation_counts_once(ada: Session, title_ids: list[str], clock: Clock) -> None:
    operation = str(uuid4())
    first = await add(ada, title_ids[0], operationId=operation)
    clock.advance(minutes=1)
    again = await add(ada, title_ids[0], operationId=operation)
    assert (again["revision"], again["entry"]) == (first["revision"], first["entry"])
    await remove(ada, title_ids[0])
    late = await add(ada, title_ids[0], operationId=operation)
    assert (late["entry"], late["revision"]) == (None, "2"), "the present state is answered, nothing is applied"
    assert await ada.code(ADD, input={"titleId": title_ids[1], "operationId": operation}) == "CONFLICT"
    assert await ada.code(REMOVE, input={"titleId": title_ids[0], "operationId": operation}) == "CONFLICT"


async def test_a_refused_operation_may_be_sent_again(ada: Session, title_ids: list[str], clock: Clock) -> None:
    input_ = {"titleId": title_ids[0], "operationId": "op", "stamp": clock.stamp(seconds=61)}
    assert await ada.code(ADD, input=input_) == "CLOCK_DRIFT"
    clock.advance(seconds=2)
    assert (await ada.data(ADD, input=input_))["addToWatchlist"]["revision"] == "1"


async def test_sixty_seconds_ahead_are_taken_and_overtaken(ada: Session, title_ids: list[str], clock: Clock) -> None:
    ahead = clock.stamp("phone", seconds=60)
    assert (await add(ada, title_ids[0], stamp=ahead))["stamp"] > ahead
    assert (await add(ada, title_ids[0]))["entry"]["stamp"] > ahead, "ours is later than all we have heard of"


async def test_twenty_at_once_leave_no_gap(ada: Session, title_ids: list[str], database: Database) -> None:
    payloads = await asyncio.gather(*(add(ada, id_) for id_ in title_ids[:20]))
    assert sorted(int(payload["revision"]) for payload in payloads) == list(range(1, 21))
    assert len({payload["entry"]["stamp"] for payload in payloads}) == 20
    rows = await database.fetch(
        "SELECT revision, payload->>'titleId' AS title FROM changes WHERE profile_id = $1 ORDER BY revision",
        ada.viewer.profile_id,
    )
    assert [row["revision"] for row in rows] == list(range(1, 21))
    assert {row["title"] for row in rows} == set(title_ids[:20])


async def test_one_operation_sent_twenty_times_at_once(ada: Session, title_ids: list[str], database: Database) -> None:
    payloads = await asyncio.gather(*(add(ada, title_ids[0], operationId="op") for _ in range(20)))
    assert {payload["revision"] for payload in payloads} == {"1"}
    assert await database.fetchval("SELECT count(*) FROM watchlist_tags WHERE title_id = $1", title_ids[0]) == 1


@pytest.mark.parametrize(
    ("input_", "code"),
    [
        ({"titleId": str(uuid4())}, "NOT_FOUND"),
        ({"titleId": "tt0133093"}, "BAD_USER_INPUT"),
        ({"deviceId": str(uuid4())}, "NOT_FOUND"),
        ({"deviceId": "tv"}, "BAD_USER_INPUT"),
        ({"operationId": ""}, "BAD_USER_INPUT"),
        ({"operationId": "x" * 101}, "BAD_USER_INPUT"),
        ({"stamp": "yesterday"}, "BAD_USER_INPUT"),
        ({"stamp": "999999999999999-000000-tv"}, "CLOCK_DRIFT"),
    ],
)
async def test_what_cannot_be_added(ada: Session, title_ids: list[str], input_: dict[str, str], code: str) -> None:
    assert await ada.code(ADD, input={"titleId": title_ids[0], **input_}) == code
    assert await ada.code(REMOVE, input={"titleId": title_ids[0], **input_}) == code


async def test_bad_tags_and_cursors(ada: Session, title_ids: list[str]) -> None:
    await add(ada, title_ids[0])
    assert await ada.code(REMOVE, input={"titleId": title_ids[0], "tags": ["x"]}) == "BAD_USER_INPUT"
    many = [f"{number:015d}-000000-tv" for number in range(101)]
    assert await ada.code(REMOVE, input={"titleId": title_ids[0], "tags": many}) == "BAD_USER_INPUT"
    assert await ada.code(LIST, after="nonsense") == "BAD_USER_INPUT"
    assert await ada.code(LIST, first=101) == "BAD_USER_INPUT"
    cursor = (await ada.data(LIST))["me"]["watchlist"]["pageInfo"]["endCursor"]
    other = "query ($after: String) { me { ratings(after: $after) { totalCount } } }"
    assert await ada.code(other, after=cursor) == "BAD_USER_INPUT"


async def test_nobody_writes_without_signing_in(anonymous: Session, title_ids: list[str]) -> None:
    assert await anonymous.code(ADD, input={"titleId": title_ids[0]}) == "UNAUTHENTICATED"
    assert await anonymous.code(REMOVE, input={"titleId": title_ids[0]}) == "UNAUTHENTICATED"


async def test_each_profile_has_its_own_list(
    ada: Session, sources: Sources, session: Callable[..., Session], title_ids: list[str]
) -> None:
    ben = session(await new_viewer(sources))
    await add(ada, title_ids[0])
    assert (await ben.data(LIST))["me"]["watchlist"]["edges"] == []
    assert (await add(ben, title_ids[0]))["revision"] == "1"


async def test_two_writes_of_one_request_see_each_other(ada: Session, title_ids: list[str]) -> None:
    data = await ada.data(
        """mutation ($id: ID!) {
          add: addToWatchlist(input: {titleId: $id}) { title { inWatchlist } }
          remove: removeFromWatchlist(input: {titleId: $id}) { title { inWatchlist } }
        }""",
        id=title_ids[0],
    )
    assert data["add"]["title"]["inWatchlist"] is True
    assert data["remove"]["title"]["inWatchlist"] is False


async def test_adding_counts_towards_trends_once(ada: Session, title_ids: list[str], database: Database) -> None:
    await add(ada, title_ids[0])
    await add(ada, title_ids[0])
    (row,) = await database.fetch("SELECT region, weight FROM attention WHERE title_id = $1", title_ids[0])
    assert (row["region"], row["weight"]) == ("*", 0.5)


async def test_an_account_that_is_gone_cannot_write(ada: Session, title_ids: list[str], database: Database) -> None:
    await database.execute("DELETE FROM users")
    assert await ada.code(ADD, input={"titleId": title_ids[0]}) == "UNAUTHENTICATED"
    assert await ada.code("{ me { id } }") == "UNAUTHENTICATED"
