"""The comparison as Markdown: a row for every operation, then every case in which we send more."""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.requests.compare import Observed
from benchmarks.requests.proxy import SubgraphRequest

_LONGEST = 700


def counts(ours: Mapping[str, Observed], theirs: Mapping[str, Observed], names: tuple[str, str]) -> str:
    """Return the table of requests with totals; an answer that is not the expected one is marked."""
    lines = [f"| operation | {names[0]} | {names[1]} | |", "|---|--:|--:|---|"]
    for name, own in ours.items():
        other = theirs[name]
        difference = len(own.requests) - len(other.requests)
        notes = ["**more**" if difference > 0 else "fewer"] if difference and _both_right(own, other) else []
        notes += [f"{names[number]} answers wrongly" for number, one in enumerate((own, other)) if not one.right]
        lines.append(f"| {name} | {len(own.requests)} | {len(other.requests)} | {', '.join(notes)} |")
    totals = [sum(len(one.requests) for one in observed.values()) for observed in (ours, theirs)]
    right = [sum(one.right for one in observed.values()) for observed in (ours, theirs)]
    lines.append(f"| **total** | **{totals[0]}** | **{totals[1]}** | right: {right[0]}, {right[1]} of {len(ours)} |")
    return "\n".join(lines)


def summary(ours: Mapping[str, Observed], theirs: Mapping[str, Observed]) -> str:
    """Return in one line how many operations take more, as many, and fewer requests, where both answers are right."""
    signs = [
        len(own.requests) - len(theirs[name].requests) for name, own in ours.items() if _both_right(own, theirs[name])
    ]
    above, below = sum(sign > 0 for sign in signs), sum(sign < 0 for sign in signs)
    return (
        f"{len(ours)} operations: {above} with more requests, {len(signs) - above - below} as many, {below} with fewer,"
        f" {len(ours) - len(signs)} not compared for a wrong answer."
    )


def more(ours: Mapping[str, Observed], theirs: Mapping[str, Observed]) -> list[str]:
    """Return the operations for which we send more than the other needs for a right answer."""
    return [
        name
        for name, own in ours.items()
        if len(own.requests) > len(theirs[name].requests) and _both_right(own, theirs[name])
    ]


def _both_right(one: Observed, other: Observed) -> bool:
    return one.right and other.right


def case(name: str, ours: Observed, theirs: Observed, names: tuple[str, str]) -> str:
    """Return one operation with everything that either gateway sent for it."""
    parts = [f"### {name}", "```graphql", ours.query.strip(), "```"]
    for title, observed in zip(names, (ours, theirs), strict=True):
        parts += [f"{title}: {len(observed.requests)}" + ("" if observed.right else ", answers wrongly"), "```"]
        parts += [_line(request) for request in observed.requests]
        parts.append("```")
    return "\n".join(parts)


def _line(request: SubgraphRequest) -> str:
    body: Any = request.body
    if not isinstance(body, dict):
        return f"{request.subgraph} {json.dumps(body)[:_LONGEST]}"
    query = " ".join(str(body.get("query", "")).split())
    variables = json.dumps(body.get("variables") or {})
    return f"{request.subgraph} {query} {variables[:_LONGEST]}"
