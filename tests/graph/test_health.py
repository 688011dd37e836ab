"""What a gateway says of the subgraphs behind it."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from graph import health
from graph.health import SubgraphChecks

UNAVAILABLE = {"errors": [{"message": "It is unavailable.", "extensions": {"code": "UPSTREAM_UNAVAILABLE"}}]}
REFUSED = {"errors": [{"message": "Who asks?", "extensions": {"code": "UNAUTHENTICATED"}}]}
ANSWERED = {"data": {"__typename": "Query"}}


class Subgraphs:
    """Answer what a test wants, and count how often each was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: Counter[str] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(self, name: str) -> Any:
        self.asked[name] += 1
        await self.gate.wait()
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def checks(self) -> SubgraphChecks:
        return SubgraphChecks(self.answers, self.ask)


async def test_each_subgraph_is_up_that_answers_whatever_it_answers() -> None:
    subgraphs = Subgraphs(up=ANSWERED, strict=REFUSED, down=UNAVAILABLE, broken=ConnectionError("cut off"))
    found = {check.name: check for check in await subgraphs.checks().look()}
    assert {name: check.ok for name, check in found.items()} == {
        "up": True,
        "strict": True,
        "down": False,
        "broken": False,
    }
    assert (found["down"].detail, found["broken"].detail) == ("It is unavailable.", "cut off")
    assert not any(check.required for check in found.values()), "the others answer without it"


async def test_one_that_hangs_is_down_and_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_SUBGRAPH_PATIENCE", 0.01)
    subgraphs = Subgraphs(hangs=ANSWERED)
    subgraphs.gate.clear()
    (check,) = await subgraphs.checks().look()
    assert (check.ok, check.detail) == (False, "no answer within 0.01 s")


async def test_many_who_look_at_once_ask_once(monkeypatch: pytest.MonkeyPatch) -> None:
    subgraphs = Subgraphs(a=ANSWERED, b=ANSWERED)
    subgraphs.gate.clear()
    checks = subgraphs.checks()
    looks = [asyncio.create_task(checks.look()) for _ in range(10)]
    await asyncio.sleep(0)
    looks.pop().cancel()  # one who leaves takes the answer from nobody
    await asyncio.sleep(0)
    subgraphs.gate.set()
    assert len(await asyncio.gather(*looks)) == 9
    await checks.look()
    assert subgraphs.asked == {"a": 1, "b": 1}, "and a moment later it is still fresh"


async def test_what_was_found_does_not_hold_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_FRESH_SECONDS", 0.0)
    subgraphs = Subgraphs(it=UNAVAILABLE)
    checks = subgraphs.checks()
    assert [check.ok for check in await checks.look()] == [False]
    subgraphs.answers["it"] = ANSWERED
    assert [check.ok for check in await checks.look()] == [True]
