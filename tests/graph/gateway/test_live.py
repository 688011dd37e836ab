"""Which subscriptions are live: they begin with the present, so many can share one."""

from collections.abc import AsyncGenerator

import pytest
from graphql import build_schema

from graph.gateway.document import Documents
from graph.gateway.live import marked
from graph.operation import LiveStream, Result

SCHEMA = build_schema("""
  type Query { nothing: Int }
  type Subscription {
    changed(since: String, id: ID): Int
    resumed(since: String = "0"): Int
    counted(from: Int): Int
  }
""")


async def events() -> AsyncGenerator[Result]:
    yield {"data": None}


@pytest.mark.parametrize(
    ("query", "given", "live"),
    [
        ("subscription { changed }", {}, True),
        ("subscription { changed(id: 1) }", {}, True),
        ("subscription { changed(since: null) }", {}, True),
        ('subscription { changed(since: "0") }', {}, False),
        ('subscription { changed(since: "") }', {}, False),
        ("subscription ($since: String) { changed(since: $since) }", {}, True),
        ("subscription ($since: String) { changed(since: $since) }", {"since": None}, True),
        ("subscription ($since: String) { changed(since: $since) }", {"since": "5"}, False),
        ('subscription ($a: String = "5") { changed(since: $a) }', {}, False),
        ('subscription ($a: String = "5") { changed(since: $a) }', {"a": None}, True),
        ("subscription ($since: ID) { changed(id: $since) }", {"since": "5"}, True),
        ("subscription { ...A } fragment A on Subscription { ... { since: changed } }", {}, True),
        ('subscription { ...A } fragment A on Subscription { ... { changed(since: "1") } }', {}, False),
        ('subscription A { changed } subscription B { changed(since: "1") }', {}, True),
        ("subscription { resumed }", {}, False),
        ("subscription { counted }", {}, False),
    ],
)
async def test_a_field_that_takes_since_and_is_given_none_is_live(query, given, live):
    document = Documents(SCHEMA).read(query, "A" if "subscription A" in query else None)
    stream = marked(events(), SCHEMA, document, given)
    assert isinstance(stream, LiveStream) is live
    assert [event async for event in stream] == [{"data": None}]


@pytest.mark.parametrize("begun", [False, True])
async def test_closing_a_live_stream_frees_what_it_holds_even_before_it_was_read(begun):
    freed = []

    async def held() -> AsyncGenerator[Result]:
        try:
            while True:
                yield {"data": None}
        finally:
            freed.append(True)

    stream = LiveStream(held())
    if begun:
        await anext(stream)
    await stream.aclose()
    assert freed == [True]
