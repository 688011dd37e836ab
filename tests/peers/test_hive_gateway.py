"""Generated operations and injected faults: our gateway answers what Hive Gateway answers, asking no more for it.

PEERS_SEED and PEERS_OPERATIONS in the environment choose other and more operations.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from graphql import FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, parse, visit

from subgraphs.registry import SUBGRAPHS
from tests.graph.gateway.operation_generator import Generated, Generator, tidy
from tests.peers.comparison import CONDITIONS, EXAMPLES, EXPLAINED, Case, complaint, differences, more_requests
from tests.peers.conftest import Answer, Peers
from tests.peers.faults import OF_SUBGRAPH, Asked, Fault, FaultKind
from tests.peers.shrinking import NOTHING, renamed, resolved, shrunk

# What graphql-core leaves behind when a field beside it has failed.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")

SEED = int(os.environ.get("PEERS_SEED", "1"))
OPERATIONS = int(os.environ.get("PEERS_OPERATIONS", "2000"))
PARTS = 2
"""Tests that share the operations: as many processes can run them at once."""
FAULTY = 0.5
"""Share of operations that are asked again with a fault."""
OUT_OF_REACH = 25
"""Operations for each subgraph that is not there at all."""
AT_ONCE = 4
SHOWN = 5
"""Failing cases that are made smaller and printed."""


async def answers(peers: Peers, generated: Generated, token: str | None, fault: Fault | None) -> tuple[Answer, Answer]:
    """Ask both gateways the same.

    Explained, and got around: Hive Gateway asks a subgraph for the key `id` beside the client's `id: other`, which is
    refused. It is asked for `ident: other`, and the answer is read with `id` again: ours has to be the same.
    """
    ours = await peers.ask(peers.ours, generated.text, generated.variables, fault, token)
    hive = await peers.ask(peers.hive, renamed(generated.text, "id", "ident"), generated.variables, fault, token)
    return ours, Answer({**hive.body, "data": _read_again(hive.data)}, hive.asked)


def _read_again(value: Any) -> Any:
    if isinstance(value, dict):
        named = {"id" if key == "ident" else key: inner for key, inner in value.items() if key != NOTHING}
        return {key: _read_again(inner) for key, inner in named.items()}
    return [_read_again(inner) for inner in value] if isinstance(value, list) else value


async def cases(peers: Peers, seed: str, number: int, generated: Generated) -> AsyncIterator[Case]:
    """Yield an operation's answers without a fault and, for some, with one; every other operation is signed in."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 – a reproducible choice, no secret
    token = peers.token if number % 2 else None
    ours, hive = await answers(peers, generated, token, None)
    yield Case(number, generated, token, None, ours, hive, ours.data)
    fault = fault_for(peers, generated, ours.asked, chance) if ours.data and chance.random() < FAULTY else None
    if fault is not None:
        yield Case(number, generated, token, fault, *await answers(peers, generated, token, fault), ours.data)


def fault_for(peers: Peers, generated: Generated, asked: list[Asked], chance: random.Random) -> Fault | None:
    """Return a fault that the operation can meet, given what subgraphs were asked for it; None when there is none."""
    if not asked:
        return None
    lookups = [(one.subgraph, type_) for one in asked for type_ in sorted(one.types())]
    if lookups and chance.random() < 0.4:
        return Fault(chance.choice([FaultKind.ENTITIES_NULL, FaultKind.ENTITIES_FAIL]), *chance.choice(lookups))
    subgraph = chance.choice(sorted(one.subgraph for one in asked))
    if chance.random() < 0.6:
        return Fault(chance.choice(sorted(OF_SUBGRAPH)), subgraph)
    # Which subgraph is asked for an id is a gateway's choice.
    known = peers.fields[subgraph]
    fields = [one for one in fields_of(peers.api, generated.text) if one in known and not one.endswith(".id")]
    return Fault(FaultKind.FIELD, subgraph, chance.choice(fields)) if fields else None


def fields_of(schema: GraphQLSchema, text: str) -> list[str]:
    """Return the `Type.field`s an operation asks for."""
    found: dict[str, None] = {}
    info = TypeInfo(schema)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = info.get_parent_type()
            if parent is not None and not node.name.value.startswith("__"):
                found[f"{parent.name}.{node.name.value}"] = None

    visit(parse(text), TypeInfoVisitor(info, Fields()))
    return list(found)


async def explanation(peers: Peers, case: Case) -> str | None:
    """Return why a difference is no defect of ours; None when it is."""
    for why, recognises in EXPLAINED.items():
        if recognises(case):
            return why
    return CONDITIONS if complaint(await without_conditions(peers, case)) is None else None


async def without_conditions(peers: Peers, case: Case) -> Case:
    """Return a case with Hive Gateway's answer to the equivalent operation that has no @skip and @include."""
    text = resolved(renamed(case.generated.text, "id", "ident"), case.generated.variables)
    hive = await peers.ask(peers.hive, text, case.generated.variables, case.fault, case.token)
    return replace(case, hive=Answer({**hive.body, "data": _read_again(hive.data)}, hive.asked))


async def shown(peers: Peers, seed: str, case: Case, why: str) -> str:
    """Return a failing case for people, made smaller where the same is still wrong with less."""

    async def still(generated: Generated) -> bool:
        ours, hive = await answers(peers, generated, case.token, case.fault)
        sound = ours.data if case.fault is None else (await answers(peers, generated, case.token, None))[0].data
        return complaint(Case(case.number, generated, case.token, case.fault, ours, hive, sound)) == why

    small = await shrunk(peers.api, case.generated, still) if complaint(case) == why else case.generated
    ours, hive = await answers(peers, small, case.token, case.fault)
    lines = [
        f"seed {seed}, operation {case.number}: {why}; fault: {case.fault}; signed in: {case.token is not None}",
        tidy(small.text),
        f"variables: {dict(small.variables)}",
        *(f"at {path}: ours {mine!r}, Hive {hives!r}"[:400] for path, mine, hives in differences(ours.data, hive.data)),
    ]
    for name, answer in (("ours", ours), ("Hive", hive)):
        lines += [f"{name} errors: {answer.errors}"[:1_000], f"{name} data: {answer.data}"[:1_000]]
        lines += [f"{name} asked {one.subgraph}: {one.body.decode()}"[:1_000] for one in answer.asked]
    return "\n".join(lines)


@pytest.mark.parametrize("part", range(PARTS))
async def test_both_answer_the_same_and_ours_asks_no_more(
    peers: Peers, part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seed, operations = f"{SEED}/{part}", OPERATIONS // PARTS
    generator = Generator(peers.api, seed, peers.vocabulary)
    turns = asyncio.Semaphore(AT_ONCE)
    seen: Counter[str] = Counter()
    explained: Counter[str] = Counter()
    sound: list[Case] = []
    wrong: list[tuple[Case, str]] = []

    async def run(number: int, generated: Generated) -> None:
        async for case in cases(peers, seed, number, generated):
            why = complaint(case)
            known = await explanation(peers, case) if why else None
            if known is not None:
                explained[known] += 1
            elif why is not None:
                wrong.append((case, why))
            if case.fault is None:
                sound.append(case)
            else:
                seen[str(case.fault.kind)] += 1
                seen["faults that made a difference"] += case.struck
        turns.release()

    async with asyncio.TaskGroup() as group:
        for number in range(operations):
            await turns.acquire()
            group.create_task(run(number, generator.valid_operation()))

    # Hive Gateway goes on asking when the answer is given already, so that is counted last.
    for case in sound:
        if not complaint(case) and more_requests(case):
            if more_requests(await without_conditions(peers, case)):
                wrong.insert(0, (case, "ours asks more often"))
            else:
                explained[CONDITIONS] += 1
    counted = Counter(_compared(case) for case in sound if not (case.ours.errors or complaint(case)))
    seen["without errors"] = counted.total()
    pairs = [(case.ours, case.hive) for case in sound]
    ours, hive = (sum(len(answer.asked) for answer in both) for both in zip(*pairs, strict=True))
    with capsys.disabled():
        print(f"\nseed {seed}, {operations} operations: {dict(seen)}; explained: {dict(explained)}")
        print(
            f"requests to subgraphs: ours {ours}, Hive Gateway's {hive}; of operations without errors {dict(counted)}"
        )
    assert not wrong, f"{len(wrong)} differences\n\n" + "\n\n".join(
        [await shown(peers, seed, *one) for one in wrong[:SHOWN]]
    )
    if operations >= 500:
        assert all(seen[str(kind)] for kind in FaultKind), "every fault was tried"
        assert seen["faults that made a difference"] > operations * FAULTY / 2


def _compared(case: Case) -> str:
    ours, hive = len(case.ours.asked), len(case.hive.asked)
    return "ours more" if ours > hive else "ours fewer" if ours < hive else "equal"


@pytest.mark.parametrize("why", EXAMPLES)
async def test_what_is_explained_occurs(peers: Peers, why: str) -> None:
    generated = Generated(EXAMPLES[why], {})
    ours, hive = await answers(peers, generated, None, None)
    case = Case(0, generated, None, None, ours, hive, ours.data)
    assert complaint(case)
    assert await explanation(peers, case) == why, "if Hive Gateway has mended this, the explanation can go"
    assert not ours.errors


async def test_a_key_as_an_alias_is_still_beyond_hive_gateway(peers: Peers) -> None:
    asked = "{ titles(first: 1) { edges { node { id: name offers { kind } } } } }"
    ours, hive = [await peers.ask(url, asked, {}) for url in peers.both]
    assert ours.data
    assert not ours.errors
    assert any("conflict because" in error["message"] for error in hive.errors), "`answers` need not rename any more"


@pytest.mark.parametrize("subgraph", [subgraph.name for subgraph in SUBGRAPHS])
async def test_a_subgraph_out_of_reach(peers: Peers, subgraph: str) -> None:
    generator = Generator(peers.api, SEED, peers.vocabulary)
    chosen: list[tuple[Generated, Answer]] = []
    while len(chosen) < OUT_OF_REACH:
        generated = generator.valid_operation()
        answer = await peers.ask(peers.ours, generated.text, generated.variables, token=peers.token)
        if answer.data and any(one.subgraph == subgraph for one in answer.asked):
            chosen.append((generated, answer))
    await peers.stop(subgraph)
    try:
        for number, (generated, sound) in enumerate(chosen):
            ours, hive = await answers(peers, generated, peers.token, None)
            found = list(differences(ours.data, hive.data))
            assert not found, f"operation {number}\n{tidy(generated.text)}\n{found[:3]}\n{ours.errors}\n{hive.errors}"
            assert ours.errors, f"operation {number} is silent\n{tidy(generated.text)}"
            assert hive.errors or ours.data == sound.data
    finally:
        await peers.start(subgraph)


# – mutations –

REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { displayName } } }"
IN_ORDER = """
mutation ($a: ID!, $b: ID!) {
  first: addToWatchlist(input: {titleId: $a}) { title { name kind inWatchlist bestOffer(region: "US") { kind } } }
  rateTitle(input: {titleId: $a, value: 3}) { rating { value } title { myRating } }
  gone: removeFromWatchlist(input: {titleId: $a}) { title { inWatchlist } entry { tags } }
  second: addToWatchlist(input: {titleId: $b}) { ...Payload }
  again: rateTitle(input: {titleId: $a, value: 8.5}) { rating { value title { name } } }
}
fragment Payload on WatchlistPayload { entry { title { name releaseYear } device { id } } }
"""
REFUSED = """
mutation ($a: ID!, $b: ID!) {
  addToWatchlist(input: {titleId: $a}) { title { name } }
  rateTitle(input: {titleId: $b, value: 99}) { rating { value } }
  after: addToWatchlist(input: {titleId: "00000000-0000-4000-8000-000000000000"}) { title { name } }
}
"""
PLAYED = """
mutation ($b: ID!) {
  reportPlayback(input: {titleId: $b, positionMs: 600000, durationMs: 6000000, state: PAUSED}) {
    playback { positionMs progress state title { name playback { resumeMs } } }
  }
  updatePreferences(input: {region: "DE", favoriteGenres: [DRAMA], platformIds: []}) {
    preferences { region favoriteGenres platforms { name } }
  }
}
"""
AFTER = """
{
  me {
    displayName
    watchlist { totalCount edges { node { title { name inWatchlist myRating } } } }
    ratings { edges { node { value title { name } } } }
    continueWatching { edges { node { positionMs title { name kind } } } }
    preferences { region favoriteGenres }
  }
}
"""


async def test_writes_happen_in_order_and_once(peers: Peers) -> None:
    ids = [edge["node"]["id"] for edge in (await peers.ask(peers.ours, TWO_TITLES, {})).data["titles"]["edges"]]
    said: list[list[Any]] = []
    for name, url in zip(("ours", "hive"), peers.both, strict=True):
        account = {"email": f"{name}@example.org", "password": "correct horse battery", "displayName": "Viewer"}
        registered = (await peers.ask(url, REGISTER, {"input": account})).data["register"]
        answered: list[Any] = [registered["user"]]
        for text in (IN_ORDER, AFTER, REFUSED, AFTER, PLAYED, AFTER):
            known = {"a": ids[0], "b": ids[1]}
            variables = {key: value for key, value in known.items() if f"${key}" in text}
            answer = await peers.ask(url, text, variables, token=registered["accessToken"])
            answered.append((answer.data, bool(answer.errors)))
        said.append(answered)
    ours, hive = said
    assert ours == hive
    assert ours[2][0]["me"]["watchlist"]["totalCount"] == 1, "added, removed, and another one added"
    assert ours[2][0]["me"]["ratings"]["edges"][0]["node"]["value"] == 8.5, "the later of two"
    assert ours[3] == (None, True)


TWO_TITLES = "{ titles(first: 2) { edges { node { id } } } }"
