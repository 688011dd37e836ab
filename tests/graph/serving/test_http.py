"""GraphQL over HTTP against a real server."""

import asyncio
import gzip
import json
from typing import Any

import pytest

from graph.serving.service import RequestLimits

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


def code(response: Any) -> str:
    """Return the code of an answer that is an error and nothing else."""
    body = response.json()
    assert list(body) == ["errors"]
    assert body["errors"][0]["message"]
    return body["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.9", JSON),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}; charset=latin1, {JSON}", JSON),
        ("application/*", JSON),
        (f"text/html, {GRAPHQL}, */*;q=0.1", GRAPHQL),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{JSON};q=0.5, */*", GRAPHQL),
        (f"multipart/mixed, {JSON}", JSON),
        (f"APPLICATION/JSON, {'x/y, ' * 100}text/html", JSON),
    ],
)
async def test_the_answer_is_in_the_accepted_media_type(served, accept, answered):
    response = await served.post('{ echo(text: "é") }', headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert json.loads(response.content.decode("utf-8")) == {"data": {"echo": "é"}}


@pytest.mark.parametrize(
    "accept", ["text/html", f"{JSON};q=0", f"{JSON};q=nought", "json", "application/json; charset=utf-16"]
)
async def test_an_unacceptable_answer_is_406(served, accept):
    response = await served.post("{ echo }", headers={"accept": accept})
    assert response.status_code == 406
    assert code(response) == "BAD_USER_INPUT"
    assert served.graph.executed == []


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
@pytest.mark.parametrize(
    "query", ["{", "{ nope }", "query Q($id: ID!) { product(id: $id) { id } }", "subscription { count }"]
)
async def test_a_request_error_shows_in_the_status_only_in_the_graphql_media_type(served, accept, status, query):
    response = await served.post(query, headers={"accept": accept})
    assert response.status_code == status
    assert "data" not in response.json()


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_field_error_is_answered_200(served, accept):
    response = await served.post("{ boom }", headers={"accept": accept})
    assert response.status_code == 200
    assert response.json()["data"] == {"boom": None}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_request_error_may_name_its_status(served, accept):
    error = {"message": "later", "extensions": {"code": "RATE_LIMITED", "status": 429}}
    served.graph.refusal = {"errors": [error]}
    response = await served.post("{ echo }", headers={"accept": accept})
    assert response.status_code == 429
    assert response.json() == {"errors": [error]}


@pytest.mark.parametrize("status", [200, 302, 99, 600, "429", True, None])
async def test_a_status_that_is_no_failure_is_not_believed(served, status):
    served.graph.refusal = {"errors": [{"message": "no", "extensions": {"status": status}}]}
    response = await served.post("{ echo }", headers={"accept": GRAPHQL})
    assert response.status_code == 400


BODIES = {
    "nothing": b"",
    "null": b"null",
    "number": b"1",
    "string": b'"x"',
    "true": b"true",
    "list": b"[]",
    "batch": b'[{"query": "{ echo }"}]',
    "half": b'{"query": "{ echo }"',
    "not UTF-8": b'{"query": "{ echo(text: \\"\xff\\") }"}',
    "UTF-16": '{"query": "{ echo }"}'.encode("utf-16"),
    "lone surrogate": b'{"query": "{ echo(text: \\"\\ud800\\") }"}',
    "100,000 lists deep": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects deep": b'{"query":' * 100_000 + b"1" + b"}" * 100_000,
    "integer of 6,000 digits": b"9" * 6000,
    "variable of 6,000 digits": b'{"query":"{ echo }","variables":{"a":' + b"9" * 6000 + b"}}",
    "infinity": b'{"query":"{ echo }","variables":{"a":1e999}}',
    "NaN": b'{"query":"{ echo }","variables":{"a":NaN}}',
    "gzip": gzip.compress(b'{"query":"{ echo }"}'),
    "no query": b"{}",
    "typo": b'{"qeury":"{ echo }"}',
    **{f"query {value}": f'{{"query":{value}}}'.encode() for value in ("null", "1", "true", "[]", "{}")},
    **{
        f"{member} {value}": f'{{"query":"{{ echo }}","{member}":{value}}}'.encode()
        for member, values in {
            "operationName": ("1", "false", "[]", "{}"),
            "variables": ('"x"', "0", "false", "[]"),
            "extensions": ('"x"', "0", "false", "[]"),
        }.items()
        for value in values
    },
}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BODIES.items()])
async def test_a_malformed_body_is_400_with_a_coded_error(served, body, accept):
    response = await served.post_bytes(body, {"accept": accept})
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert code(response) == "BAD_USER_INPUT"
    assert served.graph.executed == []


async def test_null_members_and_unknown_members_are_fine(served):
    members = {"variables": None, "operationName": None, "extensions": None, "foo": [1]}
    response = await served.post("{ echo }", **members)
    assert response.json() == {"data": {"echo": None}}


@pytest.mark.parametrize("headers", [{"content-encoding": "gzip"}, {"content-encoding": "br"}])
async def test_a_declared_compressed_body_is_400(served, headers):
    response = await served.post_bytes(gzip.compress(b'{"query":"{ echo }"}'), headers)
    assert response.status_code == 400
    assert code(response) == "BAD_USER_INPUT"
    assert "Content-Encoding" in response.text


async def test_a_batch_is_told_so(served):
    response = await served.post_bytes(b'[{"query":"{ echo }"}]')
    assert response.json()["errors"][0]["message"].startswith("Batches are not accepted")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonx",
        "text/plain; application/json",
        "application/json; charset=latin1",
        "application/json, text/plain",
    ],
)
async def test_only_json_in_utf8_is_read(served, content_type):
    response = await served.post_bytes(b'{"query":"mutation { bump }"}', {"content-type": content_type})
    assert response.status_code == 415
    assert code(response) == "BAD_USER_INPUT"
    assert served.graph.bumps == 0


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=utf-8", 'Application/JSON; charset="UTF-8"', "application/json; x=y"]
)
async def test_parameters_of_the_content_type_are_read(served, content_type):
    response = await served.post_bytes(b'{"query":"{ echo }"}', {"content-type": content_type})
    assert response.json() == {"data": {"echo": None}}


async def test_an_announced_body_that_is_too_large_is_refused_unread(serving):
    served = serving(RequestLimits(max_body_bytes=100))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(
        f"POST {served.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        "content-length: 101\r\nexpect: 100-continue\r\n\r\n".encode()
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()


async def test_a_body_is_counted_while_it_comes(serving):
    served = serving(RequestLimits(max_body_bytes=100_000))
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 20_000_000:
            sent += 10_000
            yield b" " * 10_000

    response = await served.http.post(served.url, content=endless(), headers={"content-type": JSON})
    assert response.status_code == 413
    assert code(response) == "LIMIT_EXCEEDED"


async def test_a_body_of_just_the_limit_is_read(serving):
    body = b'{"query":"{ echo }"}'
    served = serving(RequestLimits(max_body_bytes=len(body)))
    assert (await served.post_bytes(body)).status_code == 200
    assert (await served.post_bytes(body + b" ")).status_code == 413


async def test_a_body_in_many_pieces_is_put_together(served):
    async def pieces():
        for byte in b'{"query":"{ echo(text: \\"abc\\") }"}':
            yield bytes([byte])

    response = await served.http.post(served.url, content=pieces(), headers={"content-type": JSON})
    assert response.json() == {"data": {"echo": "abc"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_405(served, method):
    response = await served.http.request(method, served.url, params={"query": "{ echo }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("query", ["mutation { bump }", "subscription { count }"])
async def test_a_get_only_queries(served, accept, query):
    response = await served.get({"accept": accept}, query=query)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert code(response) == "BAD_USER_INPUT"
    assert served.graph.bumps == 0


async def test_a_get_may_name_its_operation_and_variables(served):
    query = "query A { whoami } query B($text: String) { echo(text: $text) }"
    response = await served.get(query=query, operationName="B", variables='{"text": "ü&="}', extensions="{}")
    assert response.json() == {"data": {"echo": "ü&="}}


async def test_empty_parameters_of_a_get_are_missing_ones(served):
    response = await served.get(query="{ echo }", operationName="", variables="", extensions="", other="1")
    assert response.json() == {"data": {"echo": None}}


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%ff",
        "query={echo}&query={whoami}",
        "query={echo}&variables=x",
        "query={echo}&variables=[]",
        "query={echo}&variables=" + "[" * 5000,
        "query={echo}&extensions=1",
        "&".join(f"a{number}=1" for number in range(101)) + "&query={echo}",
    ],
)
async def test_a_malformed_query_string_is_400(served, query_string):
    response = await served.http.get(f"{served.url}?{query_string}")
    assert response.status_code == 400
    assert code(response) == "BAD_USER_INPUT"
    assert served.graph.executed == []


async def test_a_query_string_has_a_limit(serving):
    served = serving(RequestLimits(max_body_bytes=100))
    response = await served.get(query="{ echo }" + " " * 100)
    assert response.status_code == 414
    assert code(response) == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "accept": GRAPHQL}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "x-graphql-require-preflight": "1"}, 200),
        ({"sec-fetch-site": "cross-site", "x-graphql-require-preflight": ""}, 403),
        ({"sec-fetch-site": "cross-site", "authorization": "Bearer ada"}, 200),
        ({"sec-fetch-site": "cross-site", "content-type": "application/json"}, 200),
        ({"sec-fetch-site": "cross-site", "content-type": "text/plain"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://here.example", "host": "here.example"}, 200),
    ],
)
async def test_a_page_of_another_site_cannot_make_a_browser_ask(served, headers, status):
    response = await served.get(headers, query="{ echo }")
    assert response.status_code == status
    assert len(served.graph.executed) == (status == 200)


@pytest.mark.parametrize(("scheme", "expected"), [("bad", "UNAUTHENTICATED"), ("old", "TOKEN_EXPIRED")])
@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "text/event-stream"])
async def test_a_bad_token_is_401_with_a_challenge(served, scheme, expected, accept):
    response = await served.post("{ echo }", {"authorization": f"{scheme} token", "accept": accept})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert code(response) == expected
    assert served.graph.executed == []


async def test_whoever_may_not_ask_now_learns_when(served):
    response = await served.post("{ echo }", {"authorization": "hasty ada"})
    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert code(response) == "RATE_LIMITED"


async def test_the_context_is_made_of_headers_and_connection(served):
    headers = [("Authorization", "Bearer ada"), ("X-Twice", "1"), ("x-twice", "2"), ("content-type", JSON)]
    response = await served.http.post(served.url, content=b'{"query":"{ whoami }"}', headers=headers)
    assert response.json() == {"data": {"whoami": "ada"}}
    [(seen, connection)] = served.doorman.seen
    assert seen["x-twice"] == "1, 2"
    assert (connection.transport, connection.path, connection.client) == ("http", served.path, "127.0.0.1")


@pytest.mark.parametrize("culprit", ["graph", "doorman"])
@pytest.mark.parametrize("failure", [RuntimeError("secret"), RecursionError("secret"), TimeoutError("secret")])
async def test_an_unexpected_failure_is_masked_and_logged(served, caplog, culprit, failure):
    getattr(served, culprit).failure = failure
    response = await served.post("{ echo }", {"accept": JSON})
    assert response.status_code == 500
    assert code(response) == "INTERNAL"
    assert "secret" not in response.text
    [record] = caplog.records
    error_id = record.getMessage().split()[2]
    [error] = response.json()["errors"]
    assert error["extensions"]["errorId"] == error_id
    assert error_id in error["message"]
    assert "secret" in caplog.text


async def test_what_is_no_json_is_masked(served):
    response = await served.post("{ notJson }")
    assert response.status_code == 500
    assert code(response) == "INTERNAL"


async def test_what_orjson_cannot_write_is_written(served):
    response = await served.post("{ huge lone }")
    assert response.json() == {"data": {"huge": 2**70, "lone": "\ud800"}}


async def test_numbers_keep_their_digits_on_the_way_in(served):
    await served.post_bytes(b'{"query":"{ echo }","variables":{"id":123456789012345678901234567890}}')
    assert served.graph.executed[0].variables == {"id": 123456789012345678901234567890}


@pytest.mark.parametrize("member", ["variables", "extensions"])
async def test_variables_have_a_depth(serving, member):
    served = serving(RequestLimits(max_json_depth=4))
    assert (await served.post("{ echo }", **{member: {"a": [{"b": []}]}})).status_code == 200
    response = await served.post("{ echo }", **{member: {"a": [{"b": [{}]}]}})
    assert response.status_code == 400
    assert code(response) == "LIMIT_EXCEEDED"


@pytest.mark.usefixtures("grace")
async def test_a_client_that_leaves_ends_its_operation(served):
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    body = b'{"query":"{ hold }"}'
    writer.write(
        f"POST {served.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"expect: 100-continue\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    )
    assert b"100" in await reader.readline()
    writer.write(body)
    await asyncio.wait_for(served.graph.held.wait(), 10)
    writer.close()
    await asyncio.wait_for(served.graph.cancelled.wait(), 10)


async def test_a_client_that_leaves_while_sending_is_not_executed(served, caplog):
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(
        f"POST {served.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        'content-length: 1000\r\n\r\n{"query":'.encode()
    )
    await writer.drain()
    writer.close()
    assert (await served.post("{ echo }")).status_code == 200
    assert len(served.graph.executed) == 1
    assert caplog.records == []


@pytest.mark.usefixtures("grace")
async def test_an_operation_has_a_time(serving):
    served = serving(RequestLimits(request_seconds=0.2))
    response = await served.post("{ hold }", {"accept": JSON})
    assert response.status_code == 504
    assert code(response) == "TIMEOUT"
    assert served.graph.cancelled.is_set()


@pytest.mark.usefixtures("grace")
async def test_a_body_has_a_time(serving):
    served = serving(RequestLimits(request_seconds=0.05))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(
        f"POST {served.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        "content-length: 9\r\n\r\n".encode()
    )
    assert (await asyncio.wait_for(reader.readline(), 10)).startswith(b"HTTP/1.1 408")
    writer.close()
