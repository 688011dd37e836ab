"""Operations asked for by hash: automatic persisted queries as Apollo Client speaks them, and manifests."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.serving.persisted import ManifestError, PersistedOperations, PersistedQueryNotFound, read_manifest
from graph.serving.refusals import RequestError

QUERY = "{ echo }"


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def by_hash(text: str, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_of(text)}}


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


# – over HTTP and WebSocket –


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_hash_is_answered_once_its_text_was_sent(served: Any, accept: str) -> None:
    text = f'{{ echo(text: "{accept}") }}'
    only_hash, headers = body(extensions=by_hash(text)), {"accept": accept}
    unknown = await served.post_bytes(only_hash, headers)
    assert unknown.status_code == 200
    assert unknown.headers["cache-control"] == "private, no-cache, must-revalidate"
    [error] = unknown.json()["errors"]
    assert error == {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
    both = await served.post_bytes(body(query=text, extensions=by_hash(text)), headers)
    again = await served.post_bytes(only_hash, headers)
    assert both.json() == again.json() == {"data": {"echo": accept}}
    assert [operation.query for operation in served.graph.executed[-2:]] == [text, text]


async def test_a_hash_can_be_asked_for_by_get(served: Any) -> None:
    extensions = json.dumps(by_hash(QUERY))
    preflighted = {"apollo-require-preflight": "true"}
    unknown = await served.get(preflighted, extensions=extensions)
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    await served.get(preflighted, query=QUERY, extensions=extensions)
    assert (await served.get(preflighted, extensions=extensions)).json() == {"data": {"echo": None}}


async def test_sockets_know_the_same_hashes(served: Any) -> None:
    text = "subscription { count(target: 1) }"
    await served.post(text, extensions=by_hash(text))
    async with served.ready() as client:
        await client.send(id="1", type="subscribe", payload={"extensions": by_hash(text)})
        assert (await client.next())["payload"] == {"data": {"count": 0}}
        assert (await client.next())["type"] == "complete"
        await client.send(id="2", type="subscribe", payload={"extensions": by_hash("{ other }")})
        assert (await client.next())["payload"][0]["message"] == "PersistedQueryNotFound"


@pytest.mark.parametrize(
    "extensions",
    [
        {"persistedQuery": "abc"},
        {"persistedQuery": {"sha256Hash": hash_of(QUERY)}},
        by_hash(QUERY, version=2),
        {"persistedQuery": {"version": 1, "sha256Hash": 7}},
        {"persistedQuery": {"version": 1}},
        by_hash("{ another }"),
    ],
)
async def test_a_hash_that_is_none_of_this_text_is_refused(served: Any, extensions: dict[str, Any]) -> None:
    refused = await served.post(QUERY, extensions=extensions)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert served.graph.executed == []


# – the store –


@given(st.lists(st.text(max_size=20), min_size=1, max_size=40))
def test_only_a_text_is_ever_found_by_its_own_hash(texts: list[str]) -> None:
    store = PersistedOperations(entries=8)
    for text in texts:
        key = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        assert store.text(text, {"persistedQuery": {"version": 1, "sha256Hash": key}}) == text
        assert store.text(None, {"persistedQuery": {"version": 1, "sha256Hash": key}}) == text
        with pytest.raises(RequestError, match="is not the SHA-256"):
            store.text(text + " ", {"persistedQuery": {"version": 1, "sha256Hash": key}})


def test_what_clients_sent_is_bounded_and_what_was_registered_stays() -> None:
    registered = "query Registered { echo }"
    store = PersistedOperations({hash_of(registered): registered}, entries=3)
    texts = [f"{{ a{number}: echo }}" for number in range(10)]
    for text in texts:
        store.text(text, by_hash(text))
    kept = []
    for text in texts:
        try:
            kept.append(store.text(None, by_hash(text)))
        except PersistedQueryNotFound:
            continue
    assert kept == texts[-3:]
    assert store.text(None, by_hash(registered)) == registered


def test_where_only_registered_operations_are_answered() -> None:
    store = PersistedOperations({"an-id": QUERY}, only_registered=True)
    assert store.text(None, {"persistedQuery": {"version": 1, "sha256Hash": "an-id"}}) == QUERY
    assert store.text(QUERY, {}) == QUERY
    for extensions in ({}, by_hash("{ other }")):
        with pytest.raises(RequestError) as refused:
            store.text("{ other }", extensions)
        assert refused.value.code == "FORBIDDEN"
    with pytest.raises(PersistedQueryNotFound):
        store.text(None, by_hash("{ other }"))


# – manifests –


@pytest.mark.parametrize(
    "content",
    [
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "1a", "name": "Echo", "type": "query", "body": QUERY}],
        },
        {"1a": QUERY},
    ],
)
def test_a_manifest_is_read(content: object, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(content))
    assert read_manifest(file) == {"1a": QUERY}


@pytest.mark.parametrize("content", ["", "[]", "{}", "{", '{"a": 1}', '{"operations": [{"id": "a"}]}', "null"])
def test_what_is_no_manifest_is_named(content: str, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(content)
    with pytest.raises(ManifestError, match=r"manifest\.json"):
        read_manifest(file)
