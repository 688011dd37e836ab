"""graphql-transport-ws against a real server: every close code, and the life of operations."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from graph.serving.service import RequestLimits

ECHO = "{ echo }"
LONG = RequestLimits(init_seconds=60)


async def end_of(socket) -> tuple[int, str]:
    """Return code and reason of the close frame that comes next."""
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(socket.recv(), 10)
    frame = closed.value.rcvd
    assert frame is not None
    assert len(frame.reason.encode()) <= 123
    return frame.code, frame.reason


async def test_the_subprotocol_is_chosen(served):
    async with served.socket() as socket:
        assert socket.subprotocol == "graphql-transport-ws"


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws"])
async def test_another_subprotocol_closes_4406(served, subprotocol):
    async with served.socket(subprotocol=subprotocol) as socket:
        assert (await end_of(socket))[0] == 4406


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [(None, True), ("https://ours.example", True), ("https://other.example", False), ("null", False)],
)
async def test_only_allowed_pages_open_a_socket(serving, origin, welcome):
    served = serving(allowed_origins=frozenset({"https://ours.example"}))
    if welcome:
        async with served.ready(origin=origin):
            return
    with pytest.raises(InvalidStatus) as refused:
        async with served.socket(origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_our_own_pages_need_no_allowance(serving):
    served = serving(allowed_origins=frozenset())
    async with served.ready(origin=f"http://127.0.0.1:{served.port}"):
        pass


@pytest.mark.parametrize("init", [{}, {"payload": None}, {"payload": {}}, {"payload": {"authorization": None}}])
async def test_an_init_is_acknowledged(served, init):
    async with served.socket() as socket:
        await socket.send(json.dumps({"type": "connection_init", **init}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "payload",
    [
        {"Authorization": "Bearer ada"},
        {"authorization": "Bearer ada"},
        {"headers": {"authorization": "Bearer ada"}},
        {"headers": {"Authorization": "Bearer ada"}},
        {"headers": "none", "authorization": "Bearer ada"},
    ],
)
async def test_the_token_comes_with_the_init(served, payload):
    async with served.ready(payload, additional_headers={"authorization": "Bearer bob"}) as client:
        await client.subscribe("1", "{ whoami }")
        assert (await client.next())["payload"] == {"data": {"whoami": "ada"}}
    _, connection = served.doorman.seen[-1]
    assert connection.transport == "websocket"
    assert connection.parameters == payload


async def test_the_token_may_come_with_the_upgrade(served):
    async with served.ready(additional_headers={"Authorization": "Bearer bob"}) as client:
        await client.subscribe("1", "{ whoami }")
        assert (await client.next())["payload"] == {"data": {"whoami": "bob"}}


@pytest.mark.parametrize(
    ("token", "reason"), [("bad x", "UNAUTHENTICATED: "), ("old x", "TOKEN_EXPIRED: "), ("hasty x", "RATE_LIMITED: ")]
)
async def test_a_refused_caller_closes_4403(served, token, reason):
    async with served.socket() as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": token}}))
        code, said = await end_of(socket)
    assert code == 4403
    assert said.startswith(reason)


async def test_no_init_closes_4408_whatever_else_is_said(serving):
    served = serving(RequestLimits(init_seconds=0.1))
    async with served.socket() as socket:
        code = None
        while code is None:
            try:
                await socket.send('{"type":"ping"}')
                assert await asyncio.wait_for(socket.recv(), 10) == '{"type":"pong"}'
            except ConnectionClosed as closed:
                code = closed.rcvd.code
    assert code == 4408


async def test_an_acknowledged_socket_outlives_the_init_timeout(serving):
    served = serving(RequestLimits(init_seconds=0.5))
    async with served.ready() as client:
        await client.subscribe("1", "subscription { count(target: 12, intervalMs: 50) }")
        assert len(await client.until_end("1")) == 13


async def test_a_second_init_closes_4429(served):
    async with served.ready() as client:
        await client.send(type="connection_init")
        assert (await end_of(client.raw))[0] == 4429


async def test_two_inits_at_once_close_4429(served):
    async with served.socket() as socket:
        await socket.send('{"type":"connection_init"}')
        await socket.send('{"type":"connection_init"}')
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        assert (await end_of(socket))[0] == 4429


async def test_a_subscribe_before_the_init_closes_4401(serving):
    async with serving(LONG).socket() as socket:
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": ECHO}}))
        assert (await end_of(socket))[0] == 4401


@pytest.mark.parametrize("failure", [RuntimeError("secret"), TimeoutError("secret")])
async def test_a_failure_of_ours_at_the_init_closes_4500_masked(served, caplog, failure):
    served.doorman.failure = failure
    async with served.socket() as socket:
        await socket.send('{"type":"connection_init"}')
        code, reason = await end_of(socket)
    assert code == 4500
    assert "secret" not in reason
    assert "secret" in caplog.text


SUBSCRIBE = {"id": "1", "type": "subscribe"}
VIOLATIONS = {
    "no JSON": "not json",
    "empty": "",
    "list": "[]",
    "string": '"x"',
    "null": "null",
    "number": "1",
    "deep": "[" * 100_000,
    "6,000 digits": '{"type":"ping","payload":{"a":' + "9" * 6000 + "}}",
    "no type": {"id": "1"},
    "number as type": {"type": 7},
    "object as type": {"type": {}},
    "unknown type": {"type": "start"},
    "long unknown type": {"type": "ü" * 5000},
    "server's next": {"id": "1", "type": "next", "payload": {}},
    "server's error": {"id": "1", "type": "error", "payload": []},
    "server's ack": {"type": "connection_ack"},
    "ping with a string": {"type": "ping", "payload": "x"},
    "pong with a list": {"type": "pong", "payload": []},
    "init with a string": {"type": "connection_init", "payload": "x"},
    "subscribe without id": {"type": "subscribe", "payload": {"query": ECHO}},
    "complete without id": {"type": "complete"},
    "complete with a number": {"type": "complete", "id": 1},
    "no payload": SUBSCRIBE,
    "payload null": {**SUBSCRIBE, "payload": None},
    "payload list": {**SUBSCRIBE, "payload": []},
    **{f"id {value!r}": {**SUBSCRIBE, "id": value, "payload": {"query": ECHO}} for value in (5, "", None, ["1"], {})},
    **{f"query {value!r}": {**SUBSCRIBE, "payload": {"query": value}} for value in (5, None, [], {})},
    **{
        f"{member} {value!r}": {**SUBSCRIBE, "payload": {"query": ECHO, member: value}}
        for member, values in {
            "variables": ("x", 1, []),
            "operationName": (5, {}, []),
            "extensions": ("x", 1, []),
        }.items()
        for value in values
    },
}


@pytest.mark.parametrize("message", [pytest.param(message, id=name) for name, message in VIOLATIONS.items()])
async def test_what_is_not_the_protocol_closes_4400(served, message):
    async with served.ready() as client:
        await client.raw.send(message if isinstance(message, str) else json.dumps(message))
        code, reason = await end_of(client.raw)
    assert code == 4400
    assert reason
    assert served.graph.executed == []


async def test_a_token_that_is_no_string_closes_4400(served):
    async with served.socket() as socket:
        await socket.send('{"type":"connection_init","payload":{"authorization":5}}')
        assert (await end_of(socket))[0] == 4400


async def test_a_binary_frame_closes_4400(served):
    async with served.ready() as client:
        await client.raw.send(b'{"type":"ping"}')
        assert (await end_of(client.raw))[0] == 4400


async def test_a_message_beyond_the_limit_closes_1009(serving):
    served = serving(RequestLimits(max_body_bytes=1000))
    async with served.ready() as client:
        await client.subscribe("1", "# " + "é" * 490 + "\n{ echo }")
        assert (await end_of(client.raw))[0] == 1009


async def test_an_active_id_closes_4409(served):
    identity = "i" * 300
    async with served.ready() as client:
        await client.subscribe(identity, "{ hold }")
        await client.subscribe(identity, ECHO)
        assert (await end_of(client.raw))[0] == 4409


@pytest.mark.parametrize("before_init", [True, False])
async def test_a_ping_is_answered_with_its_payload(serving, before_init):
    async with serving(LONG).socket() as socket:
        if not before_init:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()
        for ping, pong in [
            ({"type": "ping"}, {"type": "pong"}),
            ({"type": "ping", "payload": None}, {"type": "pong"}),
            ({"type": "ping", "payload": {"a": 1}}, {"type": "pong", "payload": {"a": 1}}),
        ]:
            await socket.send(json.dumps(ping))
            assert json.loads(await socket.recv()) == pong


async def test_an_unasked_pong_is_ignored(served):
    async with served.ready() as client:
        await client.send(type="pong")
        await client.send(type="pong", payload={"x": 1})
        await client.alive()


async def test_the_server_pings_and_is_content_with_a_pong(serving):
    served = serving(RequestLimits(ping_seconds=0.3))
    async with served.ready() as client:
        for _ in range(2):
            assert await client.next() == {"type": "ping"}
            await client.send(type="pong")


async def test_an_unanswered_ping_ends_the_socket(serving):
    served = serving(RequestLimits(ping_seconds=0.1))
    async with served.ready() as client:
        await client.subscribe("1", "subscription { follow }")
        assert {(await client.next())["type"] for _ in range(2)} == {"next", "ping"}
        assert (await end_of(client.raw))[0] == 1013
    await asyncio.wait_for(served.graph.freed.wait(), 10)


@pytest.mark.parametrize(
    ("query", "answered"),
    [
        ('{ echo(text: "é") }', {"echo": "é"}),
        ("mutation { bump }", {"bump": 1}),
        ("{ huge lone }", {"huge": 2**70, "lone": "\ud800"}),
    ],
)
async def test_a_query_or_mutation_is_one_next_and_complete(served, query, answered):
    async with served.ready() as client:
        await client.subscribe("1", query)
        assert await client.until_end("1") == [
            {"id": "1", "type": "next", "payload": {"data": answered}},
            {"id": "1", "type": "complete"},
        ]


async def test_a_subscription_is_a_next_each_and_complete(served):
    async with served.ready() as client:
        query = "subscription A { follow } subscription B($n: Int) { count(target: $n) }"
        members = {"variables": {"n": 2}, "operationName": "B", "extensions": None, "unknown": 1}
        await client.subscribe("1", query, **members)
        assert await client.until_end("1") == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 0}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "complete"},
        ]


async def test_a_field_error_is_a_next(served):
    async with served.ready() as client:
        await client.subscribe("1", "{ boom }")
        [answer, end] = await client.until_end("1")
    assert answer["payload"]["data"] == {"boom": None}
    assert answer["payload"]["errors"][0]["message"] == "boom"
    assert end["type"] == "complete"


@pytest.mark.parametrize("query", ["query {", "subscription { nope }", "{ echo } query B { echo }"])
async def test_a_bad_document_is_an_error_and_the_others_go_on(served, query):
    async with served.ready() as client:
        await client.subscribe("other", "subscription { count(target: 100000, intervalMs: 20) }")
        await client.next()
        await client.subscribe("1", query)
        [error] = await client.until_end("1")
        assert error["type"] == "error"
        assert error["payload"][0]["message"]
        assert (await client.next())["id"] == "other"


async def test_a_source_that_fails_is_an_error_masked(served, caplog):
    async with served.ready() as client:
        await client.subscribe("1", "subscription { failAfter(n: 1) }")
        [_, error] = await client.until_end("1")
        assert error["type"] == "error"
        assert error["payload"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in json.dumps(error)
        await client.alive()
    assert "secret of the source" in caplog.text


@pytest.mark.parametrize("failure", [RuntimeError("secret"), TimeoutError("secret")])
async def test_a_failing_graph_is_an_error_masked(served, failure):
    async with served.ready() as client:
        served.graph.failure = failure
        await client.subscribe("1", ECHO)
        [error] = await client.until_end("1")
        assert error["type"] == "error"
        assert error["payload"][0]["extensions"]["code"] == "INTERNAL"
        served.graph.failure = None
        await client.subscribe("1", ECHO)
        assert len(await client.until_end("1")) == 2


async def test_what_is_no_json_is_an_error_of_its_operation(served):
    async with served.ready() as client:
        await client.subscribe("1", "{ notJson }")
        [error] = await client.until_end("1")
        assert error["payload"][0]["extensions"]["code"] == "INTERNAL"
        await client.alive()


async def test_variables_too_deep_are_an_error_of_their_operation(serving):
    served = serving(RequestLimits(max_json_depth=2))
    async with served.ready() as client:
        await client.subscribe("1", ECHO, variables={"a": [[]]})
        [error] = await client.until_end("1")
        assert error["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        await client.alive()


async def test_an_operation_without_an_answer_in_time_is_an_error(serving):
    served = serving(RequestLimits(request_seconds=0.05))
    async with served.ready() as client:
        await client.subscribe("1", "{ hold }")
        [error] = await client.until_end("1")
        assert error["payload"][0]["extensions"]["code"] == "TIMEOUT"
        assert served.graph.cancelled.is_set()
        await client.alive()


async def test_a_caller_refused_later_closes_4403(served):
    async with served.ready() as client:
        await client.subscribe("1", "subscription { follow }")
        await client.next()
        served.doorman.revoked = True
        await client.subscribe("2", ECHO)
        assert (await end_of(client.raw))[0] == 4403
    await asyncio.wait_for(served.graph.freed.wait(), 10)


async def test_an_expiring_token_ends_the_socket_and_frees_its_sources(served):
    served.doorman.expiry = datetime.now(UTC) + timedelta(seconds=0.6)
    async with served.ready() as client:
        await client.subscribe("1", "subscription { follow }")
        assert (await client.next())["type"] == "next"
        code, reason = await end_of(client.raw)
    assert code == 4403
    assert reason.startswith("TOKEN_EXPIRED")
    await asyncio.wait_for(served.graph.freed.wait(), 10)


async def test_an_expired_token_ends_the_socket_at_once(served):
    served.doorman.expiry = datetime.now(UTC) - timedelta(days=1)
    async with served.socket() as socket:
        await socket.send('{"type":"connection_init"}')
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        assert (await end_of(socket))[0] == 4403


async def test_complete_ends_a_query_and_withholds_its_answer(served):
    async with served.ready() as client:
        await client.subscribe("1", "{ hold }")
        await asyncio.wait_for(served.graph.held.wait(), 10)
        await client.send(id="1", type="complete")
        await asyncio.wait_for(served.graph.cancelled.wait(), 10)
        await client.send(type="ping")
        assert await client.next() == {"type": "pong"}


@pytest.mark.parametrize("field", ["follow", "blocked", "count(target: 100000, intervalMs: 1)"])
async def test_complete_frees_the_source_and_the_id(served, field):
    async with served.ready() as client:
        await client.subscribe("1", f"subscription {{ {field} }}")
        if field == "blocked":
            await asyncio.wait_for(served.graph.held.wait(), 10)
        else:
            await client.next()
        await client.send(id="1", type="complete")
        await client.subscribe("1", '{ echo(text: "again") }')
        await asyncio.wait_for(served.graph.freed.wait(), 10)
        last = (await client.until_end("1"))[-2:]
        assert last[0]["payload"] == {"data": {"echo": "again"}}
        assert last[1]["type"] == "complete"


async def test_complete_of_an_unknown_or_ended_id_is_ignored(served):
    async with served.ready() as client:
        await client.send(id="unknown", type="complete")
        await client.subscribe("1", ECHO)
        await client.until_end("1")
        await client.send(id="1", type="complete")
        await client.alive()


async def test_an_id_can_be_used_again_once_ended(served):
    async with served.ready() as client:
        for query, messages in [(ECHO, 2), ("{", 1), (ECHO, 2), ("subscription { count }", 4), (ECHO, 2)]:
            await client.subscribe("1", query)
            assert len(await client.until_end("1")) == messages


async def test_a_waiting_query_does_not_hold_the_others(served):
    async with served.ready() as client:
        await client.subscribe("slow", "{ hold }")
        for number in range(49):
            await client.subscribe(str(number), "subscription { count(target: 3, intervalMs: 1) }")
        ended = [await client.next() for _ in range(49 * 4)]
        assert sum(message["type"] == "complete" for message in ended) == 49
        assert all(message["id"] != "slow" for message in ended)


async def test_operations_on_a_socket_are_limited(serving):
    served = serving(RequestLimits(operations_per_socket=2))
    async with served.ready() as client:
        await client.subscribe("1", "{ hold }")
        await client.subscribe("2", "subscription { blocked }")
        await client.subscribe("3", ECHO)
        [error] = await client.until_end("3")
        assert error["type"] == "error"
        assert error["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await client.send(id="1", type="complete")
        await asyncio.wait_for(served.graph.cancelled.wait(), 10)
        await client.subscribe("3", ECHO)
        assert len(await client.until_end("3")) == 2


@pytest.mark.parametrize("politely", [True, False])
async def test_a_client_that_leaves_frees_everything(served, politely):
    async with served.ready() as client:
        await client.subscribe("1", "{ hold }")
        await client.subscribe("2", "subscription { follow }")
        await client.subscribe("3", "subscription { count(target: 100000, intervalMs: 1) }")
        await asyncio.wait_for(served.graph.held.wait(), 10)
        while served.graph.sources < 2:
            await client.next()
        if not politely:
            client.raw.transport.abort()
    await asyncio.wait_for(served.graph.freed.wait(), 10)
    await asyncio.wait_for(served.graph.cancelled.wait(), 10)


async def test_a_client_that_does_not_read_holds_its_source_and_then_loses_its_socket(serving):
    served = serving(RequestLimits(send_seconds=0.3))
    async with served.ready(max_queue=1) as client:
        for number in range(5):
            await client.subscribe(str(number), "subscription { flood(bytes: 100000) }")
        await asyncio.wait_for(served.graph.freed.wait(), 20)
        # What lies in the buffers of two kernels and one frame per operation; without backpressure it would be
        # hundreds of megabytes in 0.3 s.
        assert served.graph.produced * 100_000 < 50_000_000
        client.raw.transport.abort()
