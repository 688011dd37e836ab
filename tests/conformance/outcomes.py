"""A pytest plugin for suites that are not ours: writes down each test's outcome, and can put the engine under them.

Set in the environment: CONFORMANCE_OUTCOMES, the JSON file to write, and CONFORMANCE_ENGINE, `graphql-core` to change
nothing or `compiled` to execute by `CompiledExecutor`, compiled at first sight, wherever a test names no executor.

The file has `outcomes` (outcome by test id), `failures` (last line of the traceback by test id), `unawaited` (warnings
of coroutines that nobody awaited, by test id) and `executions` (what the engine counted).
"""

import json
import os
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any
from warnings import WarningMessage

import pytest

_COUNTS: dict[int, Any] = {}
"""The engine's counts of every schema that was executed on, by their identity; kept, so that it stays theirs."""

_outcomes: dict[str, str] = {}
_failures: dict[str, str] = {}
_unawaited: Counter[str] = Counter()


def pytest_configure() -> None:
    """Put the engine in the place of graphql-core's default executors before any test module is imported."""
    if os.environ["CONFORMANCE_ENGINE"] != "compiled":
        return
    from graph.engine import CompiledExecutor, plans_of  # noqa: PLC0415 – the other run must not have it

    class AtFirstSight(CompiledExecutor):
        """Compiles what it has never seen."""

        patience = 0

        def execute_operation(self, serially: bool | None = None) -> Any:
            """Return the result of the operation, or an awaitable of it."""
            counts = plans_of(self.schema).counts
            _COUNTS[id(counts)] = counts
            return super().execute_operation(serially)

    execution: Any = import_module("graphql.execution.execute")
    execution.IncrementalExecutor = AtFirstSight  # execute, graphql and all that is made of them
    execution.ExecutorThrowingOnIncremental = AtFirstSight  # subscribe


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the outcome of a test: of its call, or of what went wrong around it."""
    if report.when == "call" or report.outcome != "passed":
        _outcomes[report.nodeid] = report.outcome
    if report.failed:
        _failures[report.nodeid] = report.longreprtext.strip().rpartition("\n")[2]


def pytest_warning_recorded(warning_message: WarningMessage, nodeid: str) -> None:
    """Note coroutines that were made and forgotten."""
    if "was never awaited" in str(warning_message.message):
        _unawaited[nodeid] += 1


def pytest_sessionfinish() -> None:
    """Write the file."""
    left: Counter[str] = Counter()
    for counts in _COUNTS.values():
        left.update(counts.left_to_graphql_core)
    executed = sum(counts.executed for counts in _COUNTS.values())
    found = {
        "outcomes": _outcomes,
        "failures": _failures,
        "unawaited": _unawaited,
        "executions": {"compiled": executed, "left": left},
    }
    Path(os.environ["CONFORMANCE_OUTCOMES"]).write_text(json.dumps(found))
