"""Load on one server for a few seconds, by wrk where it is installed, and what it cost the generator itself."""

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.workspace import ROOT

_SCRIPT = Path(__file__).with_name("wrk.lua")


class LoadFailedError(RuntimeError):
    """Requests failed under load, or the generator did: figures of errors are none."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a generator saw. Latencies are milliseconds."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    generator_cpu: float
    """CPU seconds of the generator: near `seconds`, it was the bottleneck."""


def drive(url: str, requests: Path, connections: int, seconds: float) -> Load:
    """Keep connections busy for some seconds and return what came of it; raises LoadFailedError."""
    command = _command(url, requests, connections, seconds)
    before = _children_cpu()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "BENCH_REQUESTS": str(requests)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    cpu = _children_cpu() - before
    if done.returncode:
        raise LoadFailedError(f"{command[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    seen = json.loads(done.stdout.splitlines()[-1])
    if seen["failed"] or not seen["requests"]:
        raise LoadFailedError(f"{seen['failed']} of {seen['requests']} requests failed.")
    return Load(seen["requests"], seen["seconds"], seen["p50_ms"], seen["p99_ms"], cpu)


def _command(url: str, requests: Path, connections: int, seconds: float) -> list[str]:
    wrk = shutil.which("wrk")
    if wrk is None:
        bounds = ["--connections", str(connections), "--seconds", str(seconds)]
        return [sys.executable, "-m", "benchmarks.generator", url, str(requests), *bounds]
    bounds = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    return [wrk, *bounds, "-s", str(_SCRIPT), url]


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
