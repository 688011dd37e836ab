"""Somebody watches on the TV; the phone hears it, shows where to go on, and stops recommending what was finished."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.journeys.client import Client

HOUR = 3_600_000
CHANGED = """
subscription ($since: String) {
  playbackChanged(since: $since) {
    revision previous
    playback {
      positionMs durationMs progress state resumeMs completed device { id name }
      title { id name releaseYear bestOffer(region: "US") { kind } matchScore inWatchlist playback { positionMs } }
    }
  }
}
"""
REPORT = """
mutation ($input: ReportPlaybackInput!) {
  reportPlayback(input: $input) {
    title { id playback { positionMs completed } }
    playback { positionMs resumeMs completed rewatchCount state stamp device { id } }
    revision stamp
  }
}
"""
SHELF = """
{ me {
    continueWatching { revision totalCount edges { node {
      resumeMs positionMs durationMs progress title { id name } device { id } } } }
    history { totalCount edges { node { completion source watchedAt title { id name } } } }
} }
"""
REGISTER = """
mutation ($input: RegisterInput!) { register(input: $input) { accessToken session { device { id } } } }
"""
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken session { device { id } } } }"
RECOMMENDED = """
query ($filter: RecommendationFilter) {
  recommendations(first: 100, filter: $filter) { edges { node { title { id name } } } }
}
"""


async def two_devices(tv: Client, phone: Client) -> tuple[str, str]:
    """Register somebody on the TV and sign in on the phone; return the ids of the devices."""
    who = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery"}
    on_tv = {"name": "Living room", "kind": "TV"}
    on_phone = {"name": "Pocket", "kind": "PHONE"}
    new = (await tv.data(REGISTER, input={**who, "displayName": "Viewer", "device": on_tv}))["register"]
    tv.token = new["accessToken"]
    again = (await phone.data(LOGIN, input={**who, "device": on_phone}))["login"]
    phone.token = again["accessToken"]
    return new["session"]["device"]["id"], again["session"]["device"]["id"]


async def report(client: Client, title: str, position: int, **more: Any) -> dict[str, Any]:
    given = {"titleId": title, "positionMs": position, "durationMs": 2 * HOUR, "state": "PLAYING", **more}
    reported: dict[str, Any] = (await client.data(REPORT, input=given))["reportPlayback"]
    return reported


async def shelf(client: Client) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
    """Return what is unfinished, what was watched, and the revision of the former."""
    me = (await client.data(SHELF))["me"]
    unfinished, history = ([edge["node"] for edge in me[part]["edges"]] for part in ("continueWatching", "history"))
    return unfinished, history, me["continueWatching"]["revision"]


async def movies(client: Client, count: int) -> Sequence[dict[str, Any]]:
    query = "query ($n: Int) { titles(first: $n, filter: {kinds: [MOVIE]}) { edges { node { id name } } } }"
    return [edge["node"] for edge in (await client.data(query, n=count))["titles"]["edges"]]


def stamp(seconds: float, device: str = "tv") -> str:
    return f"{int((datetime.now(UTC).timestamp() + seconds) * 1000):015d}-000000-{device}"


async def test_the_phone_hears_what_the_tv_plays_and_goes_on_there(client: Client, another: Client) -> None:
    tv, phone = client, another
    tv_id, _ = await two_devices(tv, phone)
    title, other = await movies(tv, 2)
    await report(tv, other["id"], 2 * HOUR, deviceId=tv_id, state="COMPLETED")
    _, _, revision = await shelf(phone)
    async with phone.subscribed(CHANGED, since=revision) as following:
        told = await report(tv, title["id"], HOUR, deviceId=tv_id)
        event = (await following())["data"]["playbackChanged"]
        assert (event["revision"], event["previous"]) == (told["revision"], revision)
        playback = event["playback"]
        assert (playback["positionMs"], playback["durationMs"], playback["progress"]) == (HOUR, 2 * HOUR, 0.5)
        assert (playback["state"], playback["resumeMs"], playback["completed"]) == ("PLAYING", HOUR, False)
        assert playback["device"] == {"id": tv_id, "name": "Living room"}
        assert playback["title"]["name"] == title["name"], "completed by the catalog"
        assert playback["title"]["bestOffer"]["kind"], "completed by availability"
        assert playback["title"]["inWatchlist"] is False
        assert playback["title"]["playback"] == {"positionMs": HOUR}, "of this moment"

        await report(tv, title["id"], HOUR + 60_000, deviceId=tv_id, state="PAUSED")
        paused = (await following())["data"]["playbackChanged"]
        assert (paused["previous"], paused["playback"]["state"]) == (event["revision"], "PAUSED")
    unfinished, history, _ = await shelf(phone)
    assert [(one["title"], one["resumeMs"], one["device"]) for one in unfinished] == [
        (title, HOUR + 60_000, {"id": tv_id})
    ]
    assert [one["title"] for one in history] == [other]


async def test_what_is_finished_leaves_the_shelf_and_becomes_history(client: Client, another: Client) -> None:
    tv, phone = client, another
    tv_id, phone_id = await two_devices(tv, phone)
    first, second = await movies(tv, 2)
    await report(tv, first["id"], HOUR, deviceId=tv_id)
    await report(tv, second["id"], HOUR, deviceId=tv_id)
    unfinished, _, revision = await shelf(phone)
    assert [one["title"]["id"] for one in unfinished] == [second["id"], first["id"]], "most recent first"

    almost = await report(phone, first["id"], int(0.949 * 2 * HOUR), deviceId=phone_id)
    assert not almost["playback"]["completed"]
    async with tv.subscribed(CHANGED, since=almost["revision"]) as following:
        done = await report(phone, first["id"], int(0.95 * 2 * HOUR), deviceId=phone_id)
        event = (await following())["data"]["playbackChanged"]
    assert done["playback"]["completed"]
    assert event["playback"]["completed"]
    assert event["playback"]["device"]["name"] == "Pocket"

    unfinished, history, after = await shelf(tv)
    assert [one["title"]["id"] for one in unfinished] == [second["id"]]
    assert [(one["title"], one["completion"], one["source"]) for one in history] == [(first, 0.95, "playback")]
    assert after == event["revision"] != revision
    ended = await report(phone, first["id"], 2 * HOUR, deviceId=phone_id, state="STOPPED")
    assert ended["playback"]["resumeMs"] == 0, "from the start, next time"
    assert len((await shelf(tv))[1]) == 1, "the credits are no second viewing"


async def test_an_older_stamp_does_not_overwrite(client: Client, another: Client) -> None:
    tv, phone = client, another
    tv_id, phone_id = await two_devices(tv, phone)
    (title,) = await movies(tv, 1)
    newer = await report(tv, title["id"], HOUR, deviceId=tv_id, stamp=stamp(-10))
    late = await report(phone, title["id"], 600_000, deviceId=phone_id, stamp=stamp(-600, "phone"))
    assert late["playback"] == newer["playback"], "the answer holds the newer one"
    unfinished, _, _ = await shelf(phone)
    assert [(one["resumeMs"], one["device"]["id"]) for one in unfinished] == [(HOUR, tv_id)]
    newest = await report(phone, title["id"], 600_000, deviceId=phone_id, stamp=stamp(-1, "phone"))
    assert (newest["playback"]["positionMs"], newest["playback"]["device"]["id"]) == (600_000, phone_id)
    ahead = await phone.ask(
        REPORT, input={"titleId": title["id"], "positionMs": 1, "state": "PLAYING", "stamp": stamp(600, "phone")}
    )
    assert ahead["errors"][0]["extensions"]["code"] == "CLOCK_DRIFT"


async def test_a_report_sent_twice_counts_once(client: Client, another: Client) -> None:
    tv_id, _ = await two_devices(client, another)
    (title,) = await movies(client, 1)
    operation = str(uuid4())
    first = await report(client, title["id"], 2 * HOUR, deviceId=tv_id, operationId=operation, state="COMPLETED")
    again = await report(client, title["id"], 2 * HOUR, deviceId=tv_id, operationId=operation, state="COMPLETED")
    assert (again["revision"], again["playback"]) == (first["revision"], first["playback"])
    assert len((await shelf(client))[1]) == 1


async def test_what_was_watched_is_no_longer_recommended(client: Client, another: Client) -> None:
    async def recommended(**filters: Any) -> list[str]:
        data = await another.data(RECOMMENDED, filter=filters)
        return [edge["node"]["title"]["id"] for edge in data["recommendations"]["edges"]]

    tv_id, _ = await two_devices(client, another)
    before = await recommended(kinds=["MOVIE"])
    watched, started = before[:2]
    await report(client, watched, 2 * HOUR, deviceId=tv_id, state="COMPLETED")
    await report(client, started, HOUR, deviceId=tv_id)
    after = await recommended(kinds=["MOVIE"])
    assert watched not in after
    assert len(after) >= 50, "there is enough else"
    everything = await recommended(kinds=["MOVIE"], excludeWatched=False)
    assert watched in everything, "unless it is asked for"
    assert started in everything
