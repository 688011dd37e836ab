"""What may be different in the answers of two gateways, and what may not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.graph.gateway.operation_generator import Generated
from tests.peers.conftest import Answer
from tests.peers.faults import Fault, FaultKind

ABSENT = "(absent)"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One operation, what struck, and what both gateways answered."""

    number: int
    generated: Generated
    token: str | None
    fault: Fault | None
    ours: Answer
    hive: Answer
    sound: Any
    """Our data without the fault, on which both agreed."""

    @property
    def struck(self) -> bool:
        """Whether the fault made a difference."""
        return self.fault is not None and self.ours.data != self.sound


def differences(ours: Any, hive: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Yield where two answers are different, with both values. Numbers are compared as numbers: 2 is 2.0."""
    if isinstance(ours, dict) and isinstance(hive, dict):
        for key in {**ours, **hive}:
            yield from differences(ours.get(key, ABSENT), hive.get(key, ABSENT), (*path, key))
    elif isinstance(ours, list) and isinstance(hive, list) and len(ours) == len(hive):
        for index, (mine, theirs) in enumerate(zip(ours, hive, strict=True)):
            yield from differences(mine, theirs, (*path, index))
    elif ours != hive or isinstance(ours, bool) is not isinstance(hive, bool):
        yield path, ours, hive


def complaint(case: Case) -> str | None:
    """Return what is wrong with a pair of answers, None when nothing is."""
    if next(differences(case.ours.data, case.hive.data), None):
        return "the data differ"
    if case.fault is None and bool(case.ours.errors) != bool(case.hive.errors):
        return "only one of them reports errors"
    reported = [bool(answer.errors) for answer in (case.ours, case.hive)]
    if case.fault is not None and case.fault.kind is FaultKind.ENTITIES_NULL:
        # An entity that is null was not found: worth an error only where a null may not be.
        return "only one of them reports what is missing" if reported[0] is not reported[1] else None
    if case.struck and not all(reported):
        return "one of them is silent about what is missing"
    return None


def more_requests(case: Case) -> bool:
    """Return whether ours asked subgraphs more often, for an answer without errors.

    Where data are null as a whole, Hive Gateway stops at the first reason for that.
    """
    return case.fault is None and not case.ours.errors and len(case.ours.asked) > len(case.hive.asked)


def _hive_says(case: Case, words: str) -> bool:
    return any(words in str(error.get("message")) for error in case.hive.errors)


def _hive_lacks(case: Case) -> bool:
    """Return whether all that is different is null in Hive Gateway's answer."""
    return all(hive is None for _, _, hive in differences(case.ours.data, case.hive.data))


_NOTHING_LEFT = "Hive Gateway refuses a field of which @skip and @include leave nothing: the answer is {}"
_ONLY_TYPE = "Hive Gateway asks a subgraph for a field without a selection where only __typename was asked for"
_INTERFACE = "Hive Gateway sends a fragment on Node to a subgraph where Title is no Node, and gets no id"
CONDITIONS = "Hive Gateway confuses conditions where fields merge: without @skip and @include it answers as ours does"

EXPLAINED: Mapping[str, Callable[[Case], bool]] = {
    _NOTHING_LEFT: lambda case: (
        _hive_lacks(case) and _hive_says(case, "The request must contain at least one operation")
    ),
    _ONLY_TYPE: lambda case: (
        case.fault is None and _hive_lacks(case) and _hive_says(case, "Syntax Error: Expected '{', found")
    ),
    _INTERFACE: lambda case: (
        case.fault is None
        and _hive_lacks(case)
        and "on Node" in case.generated.text
        and _hive_says(case, "Cannot return null for non-nullable field Title.id.")
    ),
}
"""Differences that are no defect of ours, one line each, recognised as narrowly as can be; CONDITIONS is recognised by
asking Hive Gateway again, without them."""
EXAMPLES: Mapping[str, str] = {
    _NOTHING_LEFT: '{ search(input: {query: "space"}) { ... on SearchConnection @skip(if: true) { __typename } } }',
    _ONLY_TYPE: "{ titles { ...F @skip(if: false) } } fragment F on TitleConnection { ... { __typename } }",
    _INTERFACE: (
        '{ titles(first: 3) { edges { node { offers(region: "US") { title { ...F } } } } } } fragment F on Node { id }'
    ),
    CONDITIONS: "{ genres { a: name @include(if: false) } genres { a: name } }",
}
"""An operation for each, that it does occur."""
