"""What came of it: a Markdown table for people, JSON for comparing runs."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.measure import Sample, Series
from benchmarks.workloads import FANOUT, Group


def by_workload(series: Sequence[Series]) -> list[list[Series]]:
    """Return the series of each workload together, in the order they were measured."""
    return [list(found) for _, found in groupby(series, key=lambda one: one.workload.name)]


def ours_in(series: Sequence[Series]) -> Series | None:
    """Return our series of a workload, None when we were not measured."""
    return next((one for one in series if one.contender.ours), None)


def markdown(series: Sequence[Series], rounds: int, seconds: float) -> str:
    """Return a table for each workload; a ratio above 1 means that ours does more."""
    tables = [f"#### {found[0].workload.title}\n\n{_table(found)}" for found in by_workload(series)]
    where = f"Medians of {rounds} rounds of {seconds:g} s, all servers in turn; {_machine()}."
    how = (
        "“÷” is ours divided by the peer: above 1, ours does more. CPU time is user + system of every process of the "
        "server, subgraphs included."
    )
    return "\n\n".join((where, how, *tables)) + "\n"


def _table(series: Sequence[Series]) -> str:
    workload = series[0].workload
    unit = "messages" if workload is FANOUT else "requests"
    federated = workload.group is Group.FEDERATION
    head = ["", f"{unit} per CPU second", "÷", f"{unit} per second", "÷"]
    if federated:
        head.append("gateway's CPU, ms each")
    if workload is not FANOUT:
        head.append("median ms")
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    ours = ours_in(series)
    for one in series:
        cpu, wall = one.median(_per_cpu_second), one.median(_per_second)
        row = [f"**{one.contender.name}**" if one is ours else one.contender.name]
        row += [_figure(cpu), _ratio(ours, one, _per_cpu_second), _figure(wall), _ratio(ours, one, _per_second)]
        if federated:
            row.append(f"{one.median(lambda sample: 1000 * sample.front_cpu / sample.answers):.2f}")
        if workload is not FANOUT:
            row.append(f"{one.median(lambda sample: sample.p50_ms):.1f}")
        lines.append(row)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _per_cpu_second(sample: Sample) -> float:
    return sample.per_cpu_second


def _per_second(sample: Sample) -> float:
    return sample.per_second


def _ratio(ours: Series | None, one: Series, what: Any) -> str:
    return "" if ours is None or one is ours else f"{ours.median(what) / one.median(what):.2f}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def as_json(series: Sequence[Series], rounds: int, seconds: float) -> str:
    """Return every sample, and where and when it was taken."""
    return json.dumps(
        {
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": _machine(),
            "rounds": rounds,
            "seconds": seconds,
            "series": [
                {
                    "workload": one.workload.name,
                    "server": one.contender.name,
                    "ours": one.contender.ours,
                    "per_cpu_second": round(one.median(_per_cpu_second), 2),
                    "per_second": round(one.median(_per_second), 2),
                    "samples": [asdict(sample) for sample in one.samples],
                }
                for one in series
            ],
        },
        indent=1,
    )


def _machine() -> str:
    node = subprocess.run(("node", "--version"), capture_output=True, encoding="utf-8", check=False).stdout.strip()
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"Python {platform.python_version()}, Node {node.lstrip('v')}, {os.cpu_count()} cores of {model}"
