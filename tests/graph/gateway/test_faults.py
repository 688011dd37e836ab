"""What goes wrong: partial answers, codes, paths in the client's shape, nulls that go up, time-outs, cancellation."""

import asyncio
from typing import Any

import pytest

from graph.operation import Operation


def coded(result: dict[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
    return [(error["extensions"]["code"], tuple(error.get("path", ()))) for error in result["errors"]]


async def test_an_error_of_a_subgraph_shows_at_the_clients_path_with_its_code(observatory: Any) -> None:
    result = await observatory.ask("{ all: stars { label fans: followers myNote } }")
    # followers is non-null: the faulty star is null, and so is the list of non-null stars
    assert result["data"] is None
    assert coded(result) == [("CONFLICT", ("all", 1, "fans"))]
    assert result["errors"][0]["message"] == "Followers are being counted."


async def test_an_error_below_a_nullable_place_leaves_the_rest(observatory: Any) -> None:
    result = await observatory.ask(
        '{ a: star(id: "s1") { followers } b: star(id: "s2") { followers label } c: star(id: "s3") { label } }'
    )
    assert result["data"] == {"a": {"followers": 41}, "b": None, "c": {"label": "Altair"}}
    assert coded(result) == [("CONFLICT", ("b", "followers"))]


async def test_an_entity_that_fails_is_blamed_at_every_place_it_stands(observatory: Any) -> None:
    result = await observatory.ask('{ x: star(id: "s2") { n: followers } stars { companions { n: followers } } }')
    assert ("CONFLICT", ("x", "n")) in coded(result)
    assert ("CONFLICT", ("stars", 0, "companions", 0, "n")) in coded(result)
    assert ("CONFLICT", ("stars", 2, "companions", 1, "n")) in coded(result)


async def test_a_subgraph_that_is_down_costs_only_its_own_fields(observatory: Any) -> None:
    observatory.transport.failures["people"] = ConnectionError("secret host name")
    result = await observatory.ask("{ stars { label note: myNote } epoch }")
    assert result["data"] == {
        "stars": [{"label": label, "note": None} for label in ("Vega", "Deneb", "Altair")],
        "epoch": "J2000",
    }
    assert coded(result) == [("UPSTREAM_UNAVAILABLE", ("stars", index, "note")) for index in range(3)]
    assert "secret" not in str(result)


async def test_a_refused_fetch_keeps_the_subgraphs_code(observatory: Any) -> None:
    observatory.transport.failures["people"] = {
        "errors": [{"message": "Slow down.", "extensions": {"code": "RATE_LIMITED", "retryAfter": 3}}]
    }
    result = await observatory.ask('{ star(id: "s1") { label myNote } }')
    assert result["data"] == {"star": {"label": "Vega", "myNote": None}}
    assert result["errors"] == [
        {
            "message": "Slow down.",
            "path": ["star", "myNote"],
            "extensions": {"code": "RATE_LIMITED", "retryAfter": 3},
        }
    ]


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": {"_entities": None}}, {"data": {"_entities": []}}])
async def test_answers_that_are_no_answers(observatory: Any, answer: dict[str, Any]) -> None:
    observatory.transport.failures["people"] = answer
    result = await observatory.ask('{ star(id: "s1") { label followers } }')
    assert result["data"] == {"star": None}
    assert [path for _, path in coded(result)] == [("star", "followers")]


async def test_too_few_entities_are_an_error_where_null_would_be_allowed(observatory: Any) -> None:
    observatory.transport.failures["people"] = {"data": {"_entities": []}}
    result = await observatory.ask('{ star(id: "s1") { label myNote } }')
    assert result["data"] == {"star": {"label": "Vega", "myNote": None}}
    assert coded(result) == [("UPSTREAM_UNAVAILABLE", ("star", "myNote"))]


async def test_a_failed_root_field_is_null_and_the_other_root_fields_stand(observatory: Any) -> None:
    observatory.transport.failures["stars"] = ConnectionError()
    result = await observatory.ask('{ star(id: "s1") { label followers } me { email } }')
    assert result["data"] == {"star": None, "me": {"email": "cecilia@example.org"}}
    assert coded(result) == [("UPSTREAM_UNAVAILABLE", ("star",))]


async def test_fields_that_require_what_failed_are_null_and_say_so(observatory: Any) -> None:
    observatory.transport.failures["stars"] = ConnectionError()
    result = await observatory.ask("{ me { name favourites { exposure } } }")
    assert result["data"] == {"me": None}
    assert coded(result)[0][0] == "UPSTREAM_UNAVAILABLE"


async def test_an_unknown_entity_is_no_error_where_null_is_allowed(observatory: Any) -> None:
    result = await observatory.ask('{ star(id: "s9") { label followers } }')
    assert result == {"data": {"star": None}}
    assert observatory.transport.order == ["stars"]


async def test_a_value_that_clients_must_not_see_becomes_null(observatory: Any) -> None:
    assert await observatory.data('{ a: star(id: "s1") { measuredIn } b: star(id: "s2") { measuredIn } }') == {
        "a": {"measuredIn": "PARSEC"},
        "b": {"measuredIn": None},
    }


async def test_a_missing_value_that_must_be_is_an_error_of_its_own(observatory: Any) -> None:
    observatory.transport.failures["people"] = {"data": {"_entities": [{"myNote": "n"}]}}
    result = await observatory.ask('{ star(id: "s1") { myNote followers } }')
    assert result["data"] == {"star": None}
    assert coded(result) == [("INTERNAL", ("star", "followers"))]


async def test_errors_of_invisible_fields_stay_at_the_last_place_the_client_knows(observatory: Any) -> None:
    observatory.transport.failures["stars"] = {
        "data": {"star": {"label": "Vega", "id": "s1", "baseline": None, "distance": None}},
        "errors": [{"message": "No baseline.", "path": ["star", "baseline"], "extensions": {"code": "NOT_FOUND"}}],
    }
    result = await observatory.ask('{ star(id: "s1") { label exposure } }')
    assert ("NOT_FOUND", ("star",)) in coded(result)


async def test_a_fetch_that_takes_too_long_is_a_timeout(observatory: Any) -> None:
    observatory.gateway._fetch_timeout = 0.01
    observatory.transport.gates["people"] = asyncio.Event()
    result = await observatory.ask('{ star(id: "s1") { label myNote } }')
    assert result["data"] == {"star": {"label": "Vega", "myNote": None}}
    assert coded(result) == [("TIMEOUT", ("star", "myNote"))]
    assert observatory.transport.cancelled == ["people"]


async def test_a_client_that_leaves_cancels_all_running_fetches(observatory: Any) -> None:
    observatory.transport.gates = {"people": asyncio.Event(), "telescopes": asyncio.Event()}
    operation = Operation('{ star(id: "s1") { myNote images { id } } }')
    task = asyncio.create_task(observatory.gateway.execute(operation, observatory.request))
    for _ in range(2):
        await observatory.transport.waiting.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(observatory.transport.cancelled) == ["people", "telescopes"]


async def test_the_errors_of_one_fetch_are_bounded(observatory: Any) -> None:
    observatory.transport.failures["people"] = ConnectionError()
    query = "{ " + " ".join(f"s{number}: stars {{ myNote }}" for number in range(60)) + " }"
    result = await observatory.ask(query)
    assert len(result["errors"]) == 100
    assert result["data"]["s59"] == [{"myNote": None}] * 3


# – a token that subgraphs refuse –

REFUSED = {"errors": [{"message": "Sign in again.", "extensions": {"code": "TOKEN_EXPIRED"}}]}


async def test_a_token_that_all_refuse_is_refused_as_a_whole(observatory: Any) -> None:
    observatory.transport.failures = {"stars": REFUSED, "people": REFUSED}
    assert await observatory.ask("{ stars { label } me { name } __typename }") == REFUSED
    assert await observatory.ask('mutation { follow(star: "s1") { label } }') == REFUSED


async def test_a_token_that_one_refuses_costs_only_its_own_fields(observatory: Any) -> None:
    observatory.transport.failures["people"] = REFUSED
    result = await observatory.ask('{ star(id: "s1") { label myNote } }')
    assert result["data"] == {"star": {"label": "Vega", "myNote": None}}
    assert coded(result) == [("TOKEN_EXPIRED", ("star", "myNote"))]


async def test_what_was_written_before_a_token_expired_is_told(observatory: Any) -> None:
    observatory.transport.failures["people"] = REFUSED
    result = await observatory.ask('mutation { cancel(booking: "b") follow(star: "s1") { label } }')
    assert result["errors"][0]["path"] == ["follow"]
    assert observatory.log == ["cancel b"]
    assert "data" in result


async def test_a_field_that_needs_a_viewer_is_no_refusal_of_the_token(observatory: Any) -> None:
    needs = {"message": "Sign in first.", "path": ["me"], "extensions": {"code": "UNAUTHENTICATED"}}
    observatory.transport.failures["people"] = {"errors": [needs]}
    result = await observatory.ask("{ me { name } }")
    assert "data" in result
    assert coded(result) == [("UNAUTHENTICATED", ("me",))]
