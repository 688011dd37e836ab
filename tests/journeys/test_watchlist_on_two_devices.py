"""The TV adds to the watchlist, the phone hears it – in one process, and across two with Redis between."""

import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.journeys.client import Client, served, settings_for
from tests.journeys.processes import running_redis

CHANGED = """
subscription ($since: String) {
  watchlistChanged(since: $since) {
    revision previous kind deviceId title { id name releaseYear bestOffer(region: "US") { kind } inWatchlist }
    entry { tags }
  }
}
"""
ADD = """
mutation ($id: ID!, $op: ID) {
  addToWatchlist(input: {titleId: $id, operationId: $op}) { revision title { id inWatchlist } entry { tags } }
}
"""
REMOVE = """
mutation ($id: ID!) { removeFromWatchlist(input: {titleId: $id}) { revision title { inWatchlist } entry { tags } } }
"""
REGISTER = """
mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id displayName } session { id } } }
"""


async def new_account(client: Client) -> Client:
    """Register somebody nobody else in the tests writes to."""
    credentials = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery", "displayName": "Viewer"}
    client.token = (await client.data(REGISTER, input=credentials))["register"]["accessToken"]
    return client


async def some_titles(client: Client, count: int) -> list[dict[str, Any]]:
    data = await client.data("query ($n: Int) { titles(first: $n) { edges { node { id name } } } }", n=count)
    return [edge["node"] for edge in data["titles"]["edges"]]


async def revision_of(client: Client) -> str:
    return (await client.data("{ me { watchlist { revision } } }"))["me"]["watchlist"]["revision"]


async def test_the_phone_hears_what_the_tv_adds(client: Client, another: Client) -> None:
    tv = await new_account(client)
    phone, phone.token = another, tv.token
    (title,) = await some_titles(tv, 1)
    async with phone.subscribed(CHANGED, since=await revision_of(phone)) as following:
        added = (await tv.data(ADD, id=title["id"]))["addToWatchlist"]
        event = (await following())["data"]["watchlistChanged"]
        assert (event["kind"], event["revision"]) == ("ADDED", added["revision"])
        assert event["title"]["name"] == title["name"], "completed by the catalog"
        assert event["title"]["bestOffer"]["kind"], "completed by availability"
        assert event["title"]["inWatchlist"] is True
        assert event["entry"]["tags"] == added["entry"]["tags"]
        await tv.data(REMOVE, id=title["id"])
        removed = (await following())["data"]["watchlistChanged"]
        assert (removed["kind"], removed["previous"], removed["entry"]) == ("REMOVED", event["revision"], None)
        assert removed["title"]["inWatchlist"] is False


async def test_a_device_that_was_away_hears_what_it_missed_and_then_follows(client: Client, another: Client) -> None:
    tv = await new_account(client)
    phone, phone.token = another, tv.token
    titles = await some_titles(tv, 4)
    since = await revision_of(phone)
    for title in titles[:3]:
        await tv.data(ADD, id=title["id"])
    async with phone.subscribed(CHANGED, since=since) as following:
        missed = [(await following())["data"]["watchlistChanged"] for _ in range(3)]
        await tv.data(ADD, id=titles[3]["id"])
        events = [*missed, (await following())["data"]["watchlistChanged"]]
    assert [event["title"]["id"] for event in events] == [title["id"] for title in titles]
    assert [event["previous"] for event in events[1:]] == [event["revision"] for event in events[:-1]]


async def test_an_operation_sent_twice_counts_once(client: Client) -> None:
    viewer = await new_account(client)
    one, two = await some_titles(viewer, 2)
    operation = str(uuid4())
    first = await viewer.data(ADD, id=one["id"], op=operation)
    again = await viewer.data(ADD, id=one["id"], op=operation)
    assert first["addToWatchlist"]["revision"] == again["addToWatchlist"]["revision"]
    other = await viewer.ask(ADD, id=two["id"], op=operation)
    assert other["errors"][0]["extensions"]["code"] == "CONFLICT"


async def test_a_subscription_needs_a_viewer(client: Client) -> None:
    async with client.subscribed(CHANGED) as following:
        refused = await following()
    errors = refused if isinstance(refused, list) else refused["errors"]
    assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not on PATH")
async def test_two_servers_with_redis_between(demo_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(running_redis(tmp_path))
        shared = {"database_url": demo_url, "redis_url": redis, "JWT_KEY_FILE": None}
        one = settings_for(tmp_path, **shared)
        urls = [await stack.enter_async_context(served(one)) for _ in range(2)]
        tv, phone = [Client(url, await stack.enter_async_context(httpx.AsyncClient(timeout=30))) for url in urls]
        await new_account(tv)
        phone.token = tv.token
        (title,) = await some_titles(tv, 1)
        async with phone.subscribed(CHANGED, since=await revision_of(phone)) as following:
            await tv.data(ADD, id=title["id"])
            event = (await following())["data"]["watchlistChanged"]
        assert (event["kind"], event["title"]["name"]) == ("ADDED", title["name"])
