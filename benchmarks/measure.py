"""Rounds: every server in turn, over and over, so that what the machine does meanwhile befalls all alike."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from benchmarks.contenders import Contender
from benchmarks.load import LoadFailedError, drive
from benchmarks.processes import NotStartedError, Processes
from benchmarks.servers.pulse import FIRST_REVISION, as_graphql
from benchmarks.subscribers import DeafError, Subscribers
from benchmarks.workloads import FANOUT, Workload
from benchmarks.workspace import WORKSPACE

_CHECKED: Final = 5
"""Answers of each server that are compared before anything is measured."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One server under load once. `answers` are requests, or messages of the fan-out; times are seconds."""

    answers: int
    seconds: float
    cpu: float
    """Of all its processes."""
    front_cpu: float
    """Of the process that is asked: of a gateway without its subgraphs."""
    generator_cpu: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0

    @property
    def per_second(self) -> float:
        """Return answers per second of wall time."""
        return self.answers / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Return answers per second of CPU time; a clock tick at least is assumed."""
        return self.answers / max(self.cpu, 0.01)


@dataclass(slots=True)
class Series:
    """The samples of one server and workload."""

    contender: Contender
    workload: Workload
    samples: list[Sample]

    def median(self, what: Callable[[Sample], float]) -> float:
        """Return the median of a figure over the rounds."""
        return statistics.median(map(what, self.samples))


class DifferentAnswerError(RuntimeError):
    """A server answers something else than ours: its speed means nothing."""


def start(processes: Processes, contenders: Sequence[Contender], say: Callable[[str], None]) -> list[Contender]:
    """Start everybody and return those who answer; say why the others are left out."""
    started = []
    for contender in contenders:
        try:
            for server in contender.servers:
                processes.start(server)
        except NotStartedError as error:
            say(f"left out: {contender.name}: {error}")
        else:
            started.append(contender)
    return started


def same_answers(workload: Workload, contenders: Sequence[Contender], say: Callable[[str], None]) -> list[Contender]:
    """Return those who answer as the first does; numbers are compared as numbers. Say who is left out."""
    kept: list[Contender] = []
    expected: list[Any] = []
    for contender in contenders:
        try:
            answers = _answers(workload, contender)
        except (httpx.HTTPError, ValueError, DifferentAnswerError) as error:
            say(f"left out of {workload.name}: {contender.name}: {error}")
            continue
        if kept and answers != expected:
            say(f"left out of {workload.name}: {contender.name}: other answers than {kept[0].name}")
            continue
        expected = answers
        kept.append(contender)
    return kept


def _answers(workload: Workload, contender: Contender) -> list[Any]:
    found = []
    with httpx.Client(timeout=30) as client:
        for request in workload.requests[:_CHECKED]:
            headers = {"content-type": "application/json", "accept": "application/json"}
            if request.authorization:
                headers["authorization"] = request.authorization
            answer = client.post(contender.url, content=request.body.encode(), headers=headers).json()
            if answer.get("errors") or not answer.get("data") or None in answer["data"].values():
                raise DifferentAnswerError(f"no clean answer: {str(answer)[:300]}")
            found.append(answer["data"])
    return found


def measure(
    processes: Processes,
    workload: Workload,
    contenders: Sequence[Contender],
    *,
    rounds: int,
    seconds: float,
    warm_up: float,
    say: Callable[[str], None],
) -> list[Series]:
    """Return `rounds` samples of each server, taken in turn; one that fails under load is left out with a word."""
    series = [Series(contender, workload, []) for contender in contenders]
    for number in range(-1, rounds):  # a round before the first is for compilers and caches
        for one in tuple(series):
            name = one.contender.name
            try:
                taken = _second_chance(processes, one, seconds if number >= 0 else max(seconds, 3), warm_up)
            except (LoadFailedError, DeafError, OSError) as error:
                say(f"left out of {workload.name}: {name}: {error}")
                series.remove(one)
                continue
            if number < 0:
                continue
            one.samples.append(taken)
            rates = f"{taken.per_second:,.0f}/s, {taken.per_cpu_second:,.0f} per CPU second"
            say(f"{workload.name} {number + 1}/{rounds}  {name}: {rates}")
            if taken.generator_cpu > 0.9 * taken.seconds:
                say(f"  the load generator was busy all the time: the wall figure of {name} is its own")
    return series


def _second_chance(processes: Processes, series: Series, seconds: float, warm_up: float) -> Sample:
    """Return a sample; one that fails is taken again, once, with twice the time: the machine may have been busy."""
    sample = _fanout_sample if series.workload is FANOUT else _load_sample
    processes.settle(series.contender.servers)
    try:
        return sample(processes, series.workload, series.contender, seconds, warm_up)
    except (LoadFailedError, DeafError, OSError):
        processes.settle(series.contender.servers)
        return sample(processes, series.workload, series.contender, 2 * seconds, warm_up)


def _load_sample(
    processes: Processes, workload: Workload, contender: Contender, seconds: float, warm_up: float
) -> Sample:
    requests = workload.write(WORKSPACE)
    if warm_up:
        drive(contender.url, requests, workload.connections, warm_up)
        processes.settle(contender.servers)
    before, front_before = processes.cpu_seconds(contender.servers), processes.cpu_seconds((contender.server,))
    load = drive(contender.url, requests, workload.connections, seconds)
    front, after = processes.cpu_seconds((contender.server,)), processes.cpu_seconds(contender.servers)
    return Sample(
        load.requests,
        load.seconds,
        after - before,
        front - front_before,
        load.generator_cpu,
        load.p50_ms,
        load.p99_ms,
    )


def _fanout_sample(
    processes: Processes, workload: Workload, contender: Contender, seconds: float, warm_up: float
) -> Sample:
    with Subscribers(contender.server.port, workload.connections) as subscribers:
        heard = subscribers.warm_up()
        _check_event(heard)
        if warm_up:
            subscribers.run(warm_up)
        before = processes.cpu_seconds(contender.servers)
        messages, elapsed = subscribers.run(seconds)
        cpu = processes.cpu_seconds(contender.servers) - before
    return Sample(messages, elapsed, cpu, cpu)


def _check_event(message: dict[str, Any]) -> None:
    pulse = dict(message["payload"]["data"]["pulse"])
    expected = as_graphql(FIRST_REVISION)["data"]["pulse"]
    if {**pulse, "revision": expected["revision"]} != expected:
        raise DeafError(f"another event than ours: {str(message)[:200]}")
