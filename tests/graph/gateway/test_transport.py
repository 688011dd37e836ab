"""Subgraphs in this process: parsed and validated once, sync or async, errors formatted in one place."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from graphql import GraphQLError, build_schema

from graph.gateway.transport import InProcess, SubgraphOperation, UnknownSubgraphError
from graph.operation import OperationKind


def formatted(error: GraphQLError) -> dict[str, Any]:
    return {"message": f"told: {error.message}", "path": error.path}


@pytest.fixture
def transport() -> InProcess:
    schema = build_schema(
        "type Query { now(add: Int = 0): Int later: Int broken: Int } type Subscription { tick: Int }"
    )
    assert schema.query_type is not None

    async def later(_root: Any, _info: Any) -> int:
        return 2

    def broken(_root: Any, _info: Any) -> int:
        raise ValueError("no")

    schema.query_type.fields["now"].resolve = lambda _root, info, add: info.context + add
    schema.query_type.fields["later"].resolve = later
    schema.query_type.fields["broken"].resolve = broken
    return InProcess({"one": schema}, formatted, cached_documents=2)


async def test_sync_and_async_fields(transport: InProcess) -> None:
    context: Any = 1
    assert await transport.execute("one", SubgraphOperation("{ now }"), context) == {"data": {"now": 1}}
    fetch = SubgraphOperation("query($n: Int) { now(add: $n) later }", {"n": 4})
    assert await transport.execute("one", fetch, context) == {"data": {"now": 5, "later": 2}}


async def test_exceptions_become_formatted_errors(transport: InProcess) -> None:
    context: Any = 1
    result = await transport.execute("one", SubgraphOperation("{ now broken }"), context)
    assert result == {"data": {"now": 1, "broken": None}, "errors": [{"message": "told: no", "path": ["broken"]}]}


@pytest.mark.parametrize("text", ["{ nothing }", "{ now("])
async def test_a_fetch_that_does_not_fit_is_refused(transport: InProcess, text: str) -> None:
    context: Any = 1
    result = await transport.execute("one", SubgraphOperation(text), context)
    assert "data" not in result
    assert result["errors"][0]["message"].startswith("told: ")


async def test_documents_are_parsed_once_and_their_number_is_bounded(transport: InProcess) -> None:
    context: Any = 1
    for text in ("{ now }", "{ later }", "{ now }", "{ a: now }"):
        await transport.execute("one", SubgraphOperation(text), context)
    assert len(transport._documents) == 2
    assert transport._documents.get(("one", "{ now }")) is not None


async def test_an_unknown_subgraph_says_which_there_are(transport: InProcess) -> None:
    context: Any = 1
    with pytest.raises(UnknownSubgraphError, match="known: one"):
        await transport.execute("two", SubgraphOperation("{ now }"), context)


async def test_a_subscription_that_cannot_start_is_refused(transport: InProcess) -> None:
    context: Any = 1
    fetch = SubgraphOperation("subscription { tick }", kind=OperationKind.SUBSCRIPTION)
    result = await transport.subscribe("one", fetch, context)
    assert isinstance(result, dict)
    assert "AsyncIterable" in result["errors"][0]["message"]


async def test_each_event_is_resolved_with_a_fresh_context() -> None:
    schema = build_schema("type Query { a: Int } type Subscription { tick: Int }")
    assert schema.subscription_type is not None

    class Numbered:
        def __init__(self, number: int) -> None:
            self.number = number
            self.renewed = 0

        def fresh(self) -> "Numbered":
            self.renewed += 1
            return Numbered(self.renewed)

    async def ticks(_root: Any, _info: Any) -> AsyncGenerator[int]:
        for number in (10, 20):
            yield number

    schema.subscription_type.fields["tick"].subscribe = ticks
    schema.subscription_type.fields["tick"].resolve = lambda event, info: event + info.context.number
    transport = InProcess({"one": schema}, formatted)
    context: Any = Numbered(0)
    fetch = SubgraphOperation("subscription { tick }", kind=OperationKind.SUBSCRIPTION)
    events = await transport.subscribe("one", fetch, context)
    assert not isinstance(events, dict)
    assert [event["data"]["tick"] async for event in events] == [11, 22]
