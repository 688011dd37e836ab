"""Playback in the graph: where a player is, what counts as finished, what is left to watch, and the history."""

from uuid import uuid4

import pytest

from datasources.postgres.engine import Database
from tests.subgraphs.users.conftest import Clock, Session, nodes

REPORT = """
mutation ($input: ReportPlaybackInput!) {
  reportPlayback(input: $input) {
    title { id playback { positionMs } } revision stamp
    playback {
      title { id } positionMs durationMs progress state resumeMs completed rewatchCount platform { id } device { id }
      stamp updatedAt
    }
  }
}
"""
UNFINISHED = """
query ($first: Int, $after: String) {
  me { continueWatching(first: $first, after: $after) {
    revision totalCount pageInfo { hasNextPage endCursor } edges { node { title { id } resumeMs } }
  } }
}
"""
HISTORY = """
query ($first: Int, $after: String) {
  me { history(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id title { id } watchedAt completion source } }
  } }
}
"""
HOUR = 3_600_000


async def report(somebody: Session, title_id: str, position: int, **input_: object) -> dict:
    wanted = {"titleId": title_id, "positionMs": position, "durationMs": HOUR, "state": "PLAYING", **input_}
    return (await somebody.data(REPORT, input=wanted))["reportPlayback"]


async def test_a_report_says_where_to_resume(
    ada: Session, title_ids: list[str], platform_ids: list[str], clock: Clock
) -> None:
    reported = await report(ada, title_ids[0], HOUR // 2, platformId=platform_ids[0])
    playback = reported["playback"]
    assert (playback["positionMs"], playback["progress"], playback["resumeMs"]) == (HOUR // 2, 0.5, HOUR // 2)
    assert (playback["state"], playback["completed"], playback["rewatchCount"]) == ("PLAYING", False, 0)
    assert playback["platform"]["id"] == platform_ids[0]
    assert playback["device"] is None
    assert playback["updatedAt"] == "2026-03-01T18:30:00Z"
    assert (reported["revision"], reported["stamp"]) == ("1", playback["stamp"])
    assert reported["title"] == {"id": title_ids[0], "playback": {"positionMs": HOUR // 2}}
    assert (await report(ada, title_ids[1], 119_999))["playback"]["resumeMs"] == 0


async def test_a_report_older_than_what_is_known_is_answered_by_the_newer_one(
    ada: Session, title_ids: list[str], clock: Clock
) -> None:
    newer = await report(ada, title_ids[0], HOUR // 2, stamp=clock.stamp("tv"))
    older = await report(ada, title_ids[0], 1000, stamp=clock.stamp("phone", seconds=-60))
    assert (older["playback"], older["revision"]) == (newer["playback"], "1")
    assert older["stamp"] > newer["stamp"]


async def test_finishing_is_a_viewing_and_starting_again_a_rewatch(
    ada: Session, title_ids: list[str], clock: Clock, database: Database
) -> None:
    id_ = title_ids[0]
    await report(ada, id_, HOUR // 2)
    assert len(nodes((await ada.data(UNFINISHED))["me"]["continueWatching"])) == 1
    finished = await report(ada, id_, int(HOUR * 0.96))
    assert (finished["playback"]["completed"], finished["playback"]["resumeMs"]) == (True, 0)
    await report(ada, id_, HOUR, state="COMPLETED")
    (view,) = nodes((await ada.data(HISTORY))["me"]["history"])
    assert (view["title"]["id"], view["completion"], view["source"]) == (id_, 0.96, "playback")
    assert (await ada.data(UNFINISHED))["me"]["continueWatching"]["edges"] == []
    again = (await report(ada, id_, 0))["playback"]
    assert (again["completed"], again["rewatchCount"]) == (False, 1)
    clock.advance(hours=1)
    assert (await report(ada, id_, HOUR))["playback"]["rewatchCount"] == 1
    assert len(nodes((await ada.data(HISTORY))["me"]["history"])) == 2
    weight = await database.fetchval("SELECT sum(weight) FROM attention WHERE title_id = $1", id_)
    assert weight == 2, "two viewings"


async def test_the_credits_count_as_the_end(ada: Session, title_ids: list[str]) -> None:
    assert (await report(ada, title_ids[0], HOUR * 9 // 10, creditsMs=HOUR * 9 // 10))["playback"]["completed"] is True


async def test_a_small_overshoot_is_the_end(ada: Session, title_ids: list[str]) -> None:
    playback = (await report(ada, title_ids[0], HOUR + 900))["playback"]
    assert (playback["positionMs"], playback["progress"]) == (HOUR, 1.0)


async def test_an_unknown_duration_stays_unknown(ada: Session, title_ids: list[str]) -> None:
    playback = (await report(ada, title_ids[0], HOUR, durationMs=None))["playback"]
    assert (playback["durationMs"], playback["progress"], playback["resumeMs"]) == (None, None, HOUR)


async def test_a_report_counts_once(ada: Session, title_ids: list[str], database: Database) -> None:
    first = await report(ada, title_ids[0], HOUR, operationId="op")
    again = await report(ada, title_ids[0], HOUR, operationId="op")
    assert (again["playback"], again["revision"]) == (first["playback"], first["revision"])
    assert await database.fetchval("SELECT count(*) FROM views WHERE title_id = $1", title_ids[0]) == 1
    other = {"titleId": title_ids[0], "positionMs": 0, "state": "PAUSED", "operationId": "op"}
    assert await ada.code(REPORT, input=other) == "CONFLICT"


async def test_pages_run_from_the_most_recent(ada: Session, title_ids: list[str], clock: Clock) -> None:
    for number, id_ in enumerate(title_ids[:5]):
        await report(ada, id_, HOUR // 2)
        await report(ada, title_ids[number + 5], HOUR)
        clock.advance(microseconds=1)
    for query, name, expected in (
        (UNFINISHED, "continueWatching", title_ids[:5]),
        (HISTORY, "history", title_ids[5:10]),
    ):
        seen, after = [], None
        while True:
            page = (await ada.data(query, first=2, after=after))["me"][name]
            assert page["totalCount"] == 5
            seen += [node["title"]["id"] for node in nodes(page)]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == expected[::-1]
        assert await ada.code(query, after="AAAA") == "BAD_USER_INPUT"
    assert (await ada.data(UNFINISHED, first=0))["me"]["continueWatching"]["revision"] == "10"


@pytest.mark.parametrize(
    ("input_", "code"),
    [
        ({"titleId": str(uuid4())}, "NOT_FOUND"),
        ({"platformId": str(uuid4())}, "NOT_FOUND"),
        ({"platformId": "netflix"}, "BAD_USER_INPUT"),
        ({"deviceId": str(uuid4())}, "NOT_FOUND"),
        ({"positionMs": -1}, "BAD_USER_INPUT"),
        ({"durationMs": 0}, "BAD_USER_INPUT"),
        ({"positionMs": HOUR + 10_001}, "BAD_USER_INPUT"),
        ({"creditsMs": HOUR + 1}, "BAD_USER_INPUT"),
        ({"creditsMs": 0}, "BAD_USER_INPUT"),
        ({"stamp": "now"}, "BAD_USER_INPUT"),
        ({"stamp": "999999999999999-000000-tv"}, "CLOCK_DRIFT"),
    ],
)
async def test_what_cannot_be_reported(ada: Session, title_ids: list[str], input_: dict, code: str) -> None:
    wanted = {"titleId": title_ids[0], "positionMs": 0, "durationMs": HOUR, "state": "PLAYING", **input_}
    assert await ada.code(REPORT, input=wanted) == code
    assert (await ada.data(UNFINISHED))["me"]["continueWatching"]["revision"] == "0", "nothing is left behind"


async def test_anonymous_reports_nothing(anonymous: Session, title_ids: list[str]) -> None:
    wanted = {"titleId": title_ids[0], "positionMs": 0, "state": "PLAYING"}
    assert await anonymous.code(REPORT, input=wanted) == "UNAUTHENTICATED"
