"""Subscriptions: events come from one subgraph and are completed by the others, each afresh."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from graph.operation import Operation, Result

EVENTS = "subscription ($star: ID) { imaged(star: $star) { image { url } on: star { id label myNote } } }"


async def opened(observatory: Any, query: str = EVENTS, **variables: Any) -> Any:
    stream: Result | AsyncIterator[Result] = await observatory.gateway.subscribe(
        Operation(query, variables), observatory.request
    )
    assert not isinstance(stream, dict), stream
    return stream


async def test_each_event_is_completed_by_other_subgraphs_with_a_fresh_context(observatory: Any) -> None:
    for number in (1, 2):
        observatory.images.put_nowait({"image": f"i{number}", "star": "s1"})
    observatory.images.put_nowait(None)
    async with aclosing(await opened(observatory)) as stream:
        events = [event async for event in stream]
    assert [event["data"]["imaged"]["image"] for event in events] == [{"url": "/i1.png"}, {"url": "/i2.png"}]
    assert [event["data"]["imaged"]["on"]["label"] for event in events] == ["Vega", "Vega"]
    notes = [event["data"]["imaged"]["on"]["myNote"] for event in events]
    assert len(set(notes)) == 2
    assert list(events[0]["data"]["imaged"]["on"]) == ["id", "label", "myNote"]


async def test_closing_the_stream_ends_the_subscription(observatory: Any) -> None:
    stream = await opened(observatory)
    observatory.images.put_nowait({"image": "i1", "star": "s2"})
    await anext(stream)
    await stream.aclose()
    assert observatory.log == ["listening", "closed"]


async def test_cancelling_a_waiting_reader_ends_the_subscription(observatory: Any) -> None:
    stream = await opened(observatory)
    reader = asyncio.create_task(anext(stream))
    await observatory.listening.wait()
    reader.cancel()
    await asyncio.wait([reader])
    assert observatory.log == ["listening", "closed"]


async def test_an_event_with_a_failing_subgraph_is_partial(observatory: Any) -> None:
    observatory.transport.failures["people"] = ConnectionError()
    observatory.images.put_nowait({"image": "i1", "star": "s1"})
    async with aclosing(await opened(observatory)) as stream:
        event = await anext(stream)
    assert event["data"]["imaged"]["on"] == {"id": "s1", "label": "Vega", "myNote": None}
    assert event["errors"][0]["path"] == ["imaged", "on", "myNote"]


async def test_refusals_come_before_the_stream(observatory: Any) -> None:
    result = await observatory.gateway.subscribe(Operation("subscription { nothing }"), observatory.request)
    assert result["errors"][0]["path"] == ["nothing"]
    assert "data" not in result


async def test_a_subgraph_that_cannot_be_reached_refuses(observatory: Any) -> None:
    observatory.transport.inner._schemas.pop("telescopes")
    result = await observatory.gateway.subscribe(Operation(EVENTS), observatory.request)
    assert result["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert "data" not in result


async def test_any_other_operation_is_answered_once(observatory: Any) -> None:
    assert await observatory.gateway.subscribe(Operation("{ epoch }"), observatory.request) == {
        "data": {"epoch": "J2000"}
    }
