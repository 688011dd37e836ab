"""GraphQL over server-sent events against a real server."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from graph.serving.service import RequestLimits

ACCEPT = {"accept": "text/event-stream"}


def events(body: str) -> list[tuple[str, object]]:
    """Return the events of a whole stream, parsed the strict way: LF LF between events."""
    assert "\r" not in body
    assert body.endswith("\n\n")
    parsed = []
    for block in body.removesuffix("\n\n").split("\n\n"):
        if block.startswith(":"):
            parsed.append(("comment", None))
            continue
        event, data = block.split("\n")
        text = data.removeprefix("data:").strip()
        parsed.append((event.removeprefix("event: "), json.loads(text) if text else None))
    return parsed


async def test_a_subscription_is_a_next_each_and_complete(served):
    response = await served.post("subscription { count(target: 2) }", ACCEPT)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"].startswith("no-cache")
    assert events(response.text) == [
        ("next", {"data": {"count": 0}}),
        ("next", {"data": {"count": 1}}),
        ("complete", None),
    ]
    assert served.graph.sources == 0


@pytest.mark.parametrize(
    ("query", "answer"), [('{ echo(text: "a\\nb") }', {"echo": "a\nb"}), ("mutation { bump }", {"bump": 1})]
)
async def test_a_query_or_mutation_is_one_next_and_complete(served, query, answer):
    response = await served.post(query, ACCEPT)
    assert events(response.text) == [("next", {"data": answer}), ("complete", None)]


@pytest.mark.parametrize("query", ["{", "subscription { nope }"])
async def test_a_bad_document_is_told_in_the_stream(served, query):
    response = await served.post(query, ACCEPT)
    assert response.status_code == 200
    [(name, payload), end] = events(response.text)
    assert name == "next"
    assert "data" not in payload
    assert payload["errors"]
    assert end == ("complete", None)


@pytest.mark.parametrize(("body", "status"), [(b"null", 400), (b"x" * 2_000_000, 413)])
async def test_a_malformed_request_is_refused_before_the_stream(served, body, status):
    response = await served.post_bytes(body, ACCEPT)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["errors"]


async def test_a_stream_is_asked_for_by_post(served):
    response = await served.get(ACCEPT, query="mutation { bump }")
    assert response.status_code == 406
    assert served.graph.bumps == 0


async def test_a_source_that_fails_is_masked_in_the_stream(served):
    response = await served.post("subscription { failAfter(n: 1) }", ACCEPT)
    [first, (name, payload), end] = events(response.text)
    assert first == ("next", {"data": {"failAfter": 0}})
    assert (name, payload["errors"][0]["extensions"]["code"]) == ("next", "INTERNAL")
    assert "secret" not in response.text
    assert end == ("complete", None)


async def test_a_failure_before_the_stream_is_an_answer_of_its_own(served):
    served.graph.failure = RuntimeError("secret")
    response = await served.post("{ echo }", ACCEPT)
    assert response.status_code == 500
    assert "secret" not in response.text


async def test_an_operation_without_an_answer_in_time_is_504(serving):
    served = serving(RequestLimits(request_seconds=0.2))
    response = await served.post("{ hold }", ACCEPT)
    assert response.status_code == 504
    assert response.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"


@pytest.mark.usefixtures("grace")
async def test_a_stream_outlives_the_time_of_a_request(serving):
    served = serving(RequestLimits(request_seconds=0.2))
    response = await served.post("subscription { count(target: 30, intervalMs: 10) }", ACCEPT)
    assert len(events(response.text)) == 31


@pytest.mark.usefixtures("grace")
async def test_an_expiring_token_ends_the_stream_without_complete(served):
    served.doorman.expiry = datetime.now(UTC) + timedelta(seconds=0.6)
    response = await served.post("subscription { follow }", ACCEPT)
    assert events(response.text) == [("next", {"data": {"follow": 1}})]
    assert served.graph.freed.is_set()


async def test_comments_keep_a_silent_stream_open(serving):
    served = serving(RequestLimits(keepalive_seconds=0.01))
    async with served.http.stream(
        "POST", served.url, json={"query": "subscription { blocked }"}, headers=ACCEPT
    ) as response:
        async for text in response.aiter_text():
            assert set(events(text)) == {("comment", None)}
            break


@pytest.mark.usefixtures("grace")
@pytest.mark.parametrize("field", ["follow", "count(target: 100000, intervalMs: 1)"])
async def test_a_client_that_leaves_frees_the_source(served, field):
    async with httpx.AsyncClient(trust_env=False) as client:
        query = {"query": f"subscription {{ {field} }}"}
        async with client.stream("POST", served.url, json=query, headers=ACCEPT) as response:
            async for _ in response.aiter_bytes():
                break
    await asyncio.wait_for(served.graph.freed.wait(), 10)


async def test_a_client_that_does_not_read_holds_its_source_and_then_loses_its_stream(serving):
    served = serving(RequestLimits(send_seconds=0.3))
    _, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1000)
    body = b'{"query":"subscription { flood(bytes: 100000) }"}'
    writer.write(
        f"POST {served.path} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await asyncio.wait_for(served.graph.freed.wait(), 20)
    assert served.graph.produced * 100_000 < 50_000_000
    writer.transport.abort()
