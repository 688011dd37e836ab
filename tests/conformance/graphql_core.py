"""Runs graphql-core's own tests of execution twice – as they are, and on the engine – and compares every outcome.

    python -m tests.conformance.graphql_core

The tests are those of the source distribution of exactly the version that is installed; pip fetches it into a temporary
folder. Fails on every difference that is not in `DIFFERENCES`, and on one that is there and no longer is one.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

_HERE: Final = Path(__file__).resolve().parent
_TESTS: Final = (
    "tests/execution",
    "tests/test_graphql.py",
    "tests/test_star_wars_introspection.py",
    "tests/test_star_wars_query.py",
    "tests/test_user_registry.py",
    "tests/type/test_custom_scalars.py",
    "tests/type/test_definition.py",
    "tests/type/test_enum.py",
    "tests/type/test_introspection.py",
    "tests/utilities/test_build_ast_schema.py",
    "tests/utilities/test_build_client_schema.py",
    "tests/utilities/test_extend_schema.py",
    "tests/utilities/test_introspection_from_schema.py",
    "tests/utilities/test_print_schema.py",
)
"""Its tests of execution, and all others that execute something."""

_PLUGINS: Final = ("pytest-describe==3.2.0", "pytest-timeout==2.4.0")
_SETTINGS: Final = """[pytest]
python_classes = PyTest*
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
timeout = 15
"""
_LEAST_COMPILED: Final = 500
"""Executions that have to be compiled ones, lest the comparison be of graphql-core with itself."""

_AWAITED: Final = (
    "what a null has dropped is awaited and not cancelled: its task's cancellation would also cancel the loader's "
    "future that others share"
)
_NOT_STARTED: Final = (
    "the response is the same; a coroutine in a list or object that has become null is closed, not run to its end"
)
_JAVASCRIPT: Final = (
    "the data is the same; an error below a position that is null already is not reported: so does graphql.js, and the "
    "test says itself that it departs from it"
)
_ASYNCHRONOUS: Final = (
    "an asynchronous resolver in a synchronous execution: refused as a whole, as graphql-core does with check_sync, "
    "where it serialises the coroutine object"
)
_ORDER: Final = "the same data and errors; errors of what is awaited are in the order in which it is done"
_INFO: Final = "Strawberry's GraphQLResolveInfo, with plain variable values, with or without the engine"

_LISTS: Final = "tests/execution/test_lists.py::describe_execute_"
_NON_NULL: Final = "tests/execution/test_nonnull.py::describe_execute_handles_non_nullable_types::describe_"
_SEVERAL: Final = f"{_NON_NULL}handles_multiple_errors_for_a_single_response_position::"
_PARALLEL: Final = "tests/execution/test_parallel.py::describe_parallel_execution::describe_cancel_on_exception::"
_BASICS: Final = "tests/execution/test_executor.py::describe_execute_handles_basic_execution_tasks::"
_SYNC: Final = "tests/execution/test_sync.py::describe_execute_synchronously_when_possible::"

DIFFERENCES: Final[Mapping[str, str]] = {
    "tests/execution/test_cancellation.py::describe_execute_cancellation::"
    "stops_late_sibling_object_completion_after_non_null_bubbling": _AWAITED,
    f"{_PARALLEL}cancel_async_iterators": _AWAITED,
    f"{_PARALLEL}cancel_lists": _AWAITED,
    f"{_PARALLEL}cancel_selection_sets": _AWAITED,
    f"{_BASICS}handles_sync_errors_combined_with_async_ones_in_async_context": _NOT_STARTED,
    f"{_LISTS}accepts_async_iterables_as_list_value::"
    "handles_mixture_of_sync_and_async_errors_in_async_iterables": _NOT_STARTED,
    f"{_LISTS}handles_abrupt_completion_in_synchronous_iterables::"
    "handles_iterator_errors_with_later_pending_awaitables": _NOT_STARTED,
    f"{_LISTS}handles_abrupt_completion_in_synchronous_iterables::"
    "handles_sync_errors_with_later_pending_awaitables": _NOT_STARTED,
    f"{_SEVERAL}nullable_and_non_nullable_nested_fields_throw_nested_errors": _JAVASCRIPT,
    f"{_SEVERAL}nullable_and_non_nullable_root_fields_throw_nested_errors": _JAVASCRIPT,
    f"{_SEVERAL}slower_nullable_after_non_nullable_nested_field": _JAVASCRIPT,
    f"{_SEVERAL}slower_nullable_after_non_nullable_root_field": _JAVASCRIPT,
    f"{_NON_NULL}nulls_a_complex_tree_of_nullable_fields_each::throws": _ORDER,
    f"{_SYNC}describe_execute_sync::throws_if_encountering_async_operation_without_check_sync": _ASYNCHRONOUS,
    f"{_SYNC}describe_graphql_sync::throws_if_encountering_async_operation_without_check_sync": _ASYNCHRONOUS,
    f"{_BASICS}provides_info_about_current_execution_state": _INFO,
}
"""Tests that pass on graphql-core and fail on the engine, and why that is right."""


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments, "--quiet", "--no-deps"], check=True)


def fetch(folder: Path) -> Path:
    """Unpack the source distribution and its pytest plugins into a folder, and return where its tests are.

    Raises `subprocess.CalledProcessError` where the registry has them not.
    """
    wanted = f"graphql-core=={version('graphql-core')}"
    _pip("install", "--target", str(folder / "plugins"), *_PLUGINS)
    # with build isolation: pip builds the metadata, with a backend that is none of our dependencies
    _pip("download", "--no-binary", "graphql-core", "--dest", str(folder), wanted)
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (folder / "pytest.ini").write_text(_SETTINGS)
    return folder / archive.name.removesuffix(".tar.gz")


def run(suite: Path, engine: str) -> dict[str, Any]:
    """Run the tests on an engine; returns what the plugin `outcomes` has written down."""
    written = suite.parent / f"{engine}.json"
    command = [sys.executable, "-m", "pytest", "-c", str(suite.parent / "pytest.ini"), "--rootdir", str(suite)]
    command += ["-p", "outcomes", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest", "-q"]
    ours = [str(_HERE), str(suite.parent / "plugins"), str(_HERE.parent.parent)]
    environment = {
        **os.environ,
        "CONFORMANCE_ENGINE": engine,
        "CONFORMANCE_OUTCOMES": str(written),
        "PYTHONPATH": os.pathsep.join(ours),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run([*command, *_TESTS], cwd=suite, env=environment, check=False, capture_output=True, text=True)
    if not written.exists():
        raise RuntimeError(f"pytest did not get to its end:\n{done.stdout}\n{done.stderr}")
    found: dict[str, Any] = json.loads(written.read_text())
    return found


def compare(stock: Mapping[str, Any], compiled: Mapping[str, Any]) -> list[str]:
    """Return what is not as it should be, one line each."""
    wrong = []
    before, after = stock["outcomes"], compiled["outcomes"]
    different = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    for name in sorted(different - DIFFERENCES.keys()):
        reason = compiled["failures"].get(name, "")
        wrong.append(f"{name}: {before.get(name)} on graphql-core, {after.get(name)} compiled. {reason}")
    wrong += [f"{name}: no difference any more; take it out of the table" for name in DIFFERENCES.keys() - different]
    wrong += [f"{name}: fails on graphql-core itself" for name, outcome in before.items() if outcome == "failed"]
    wrong += [f"{name}: a coroutine was never awaited" for name in compiled["unawaited"].keys() - stock["unawaited"]]
    if compiled["executions"]["compiled"] < _LEAST_COMPILED:
        wrong.append(f"only {compiled['executions']['compiled']} executions were compiled ones")
    return wrong


def main() -> int:
    """Run both and print the result; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="graphql-core-") as folder:
        suite = fetch(Path(folder))
        with ThreadPoolExecutor() as both:
            stock, compiled = both.map(run, (suite, suite), ("graphql-core", "compiled"))
    wrong = compare(stock, compiled)
    executions = compiled["executions"]
    left = ", ".join(f"{reason} {count}" for reason, count in sorted(executions["left"].items()))
    print(
        f"{len(compiled['outcomes'])} tests of graphql-core {version('graphql-core')}, {len(DIFFERENCES)} differences"
    )
    print(f"{executions['compiled']} executions compiled, {sum(executions['left'].values())} left to it: {left}")
    for name, reason in DIFFERENCES.items():
        print(f"- {name}: {reason}")
    for line in wrong:
        print(f"WRONG {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
