"""What import-linter, ruff and mypy do not see."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("graph", "subgraphs", "resolvers", "datasources")
LONGEST_FILE = 400
LONGER_FILES = {  # why each may be longer
    "graph/gateway/planner.py": "one algorithm",
}

IMPURE_MODULES = {
    *("asyncio", "builtins.open", "datetime.now", "http", "io", "logging", "multiprocessing", "os", "pathlib"),
    *("random", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile"),
    *("threading", "time", "urllib.request", "uuid"),
}
IMPURE_CALLS = {
    *("now", "utcnow", "today", "open", "print", "input", "exec", "eval", "getenv", "urandom", "uuid1", "uuid4"),
    *("default_rng", "RandomState", "read_text", "write_text", "read_bytes", "write_bytes"),
}
VAGUE_WORDS = {"util", "utils", "helper", "helpers", "manager", "v2", "misc"}
# Addresses that mean one machine or one network: home folders, temporary folders of a session, package mirrors.
OF_ONE_MACHINE = re.compile(
    r"/(?:home|Users)/(?!nonexistent)[a-z_][\w.-]*/|/root/|/work/|/tmp/[a-z]\w*|[A-Z]:\\Users\\"
    r"|\b(?:pypi|npm|registry|mirror|proxy)[\w-]*\.(?:internal|local|lan|corp|intra)\b|://(?:10|192\.168|172\.1[6-9])\.\d"
)


def python_files(*folders: str) -> list[Path]:
    """Return the Python files of folders, by their place in the repository."""
    found = (file.relative_to(ROOT) for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return sorted(file for file in found if "node_modules" not in file.parts)


@cache
def syntax(file: Path) -> ast.Module:
    return ast.parse((ROOT / file).read_text(), str(file))


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def called(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                yield node.lineno, function.attr
            elif isinstance(function, ast.Name):
                yield node.lineno, function.id


def test_the_domain_imports_the_standard_library_numpy_and_itself() -> None:
    known = {*sys.stdlib_module_names, "numpy"}
    foreign = [
        f"{file}:{line} {module}"
        for file in python_files("resolvers/domain")
        for line, module in imported(syntax(file))
        if module.split(".")[0] not in known and not module.startswith("resolvers.domain")
    ]
    assert foreign == []


def impurities(tree: ast.Module) -> list[str]:
    """Return clocks, dice, files and sockets a module reaches for, as `line name`."""
    reached = [
        f"{line} {module}"
        for line, module in imported(tree)
        if any(module == impure or module.startswith(f"{impure}.") for impure in IMPURE_MODULES)
    ]
    reached += [f"{line} {module}" for line, module in imported(tree) if module.startswith("numpy.random")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "random":
            reached.append(f"{node.lineno} {ast.unparse(node)}")
    return reached + [f"{line} {name}()" for line, name in called(tree) if name in IMPURE_CALLS]


def test_the_domain_has_no_clock_no_dice_and_no_doors() -> None:
    assert [f"{file}:{found}" for file in python_files("resolvers/domain") for found in impurities(syntax(file))] == []


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "from time import perf_counter",
        "import os.path",
        "from os import environ",
        "import random",
        "from datetime import datetime\nx = datetime.now()",
        "from datetime import date\nx = date.today()",
        "import numpy as np\nx = np.random.rand()",
        "from numpy.random import default_rng",
        "x = open('f')",
        "import secrets",
        "from pathlib import Path",
    ],
)
def test_a_clock_dice_or_door_would_be_seen(line: str) -> None:
    assert impurities(ast.parse(line))


def test_every_exception_from_a_rule_says_why() -> None:
    mark = "# " + "noqa"
    bare = [
        f"{file}:{number} {line.strip()}"
        for file in python_files(*FOLDERS, "tests", "benchmarks")
        for number, line in enumerate((ROOT / file).read_text().splitlines(), 1)
        if mark in line and not re.search(mark + r": [A-Z]+\d+(?:, [A-Z]+\d+)* – \S", line)
    ]
    assert bare == []


def test_no_file_is_too_long() -> None:
    lengths = {str(file): len((ROOT / file).read_text().splitlines()) for file in python_files(*FOLDERS)}
    long = {
        file: length for file, length in lengths.items() if length > LONGEST_FILE and "migrations/versions" not in file
    }
    assert set(long) <= set(LONGER_FILES), long


def test_no_name_is_vague() -> None:
    names = [(file, part) for file in python_files(*FOLDERS) for part in (file.stem, *file.parent.parts)]
    names += [
        (file, node.name)
        for file in python_files(*FOLDERS)
        for node in ast.walk(syntax(file))
        if isinstance(node, ast.ClassDef)
    ]
    assert [f"{file}: {name}" for file, name in names if VAGUE_WORDS & set(_words(name))] == []


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+", name)]


def test_names_are_taken_apart() -> None:
    assert _words("ThingManager") == ["thing", "manager"]
    assert _words("HTTPHelper") == ["http", "helper"]
    assert _words("planner_v2") == ["planner", "v2"]


def tracked_texts() -> list[Path]:
    """Return the text files under version control; skip where there is no repository."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git repository here")
    texts = []
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if file.is_file() and b"\0" not in file.read_bytes()[:4096]:
            texts.append(file)
    return texts


def test_nothing_speaks_of_one_machine() -> None:
    found = []
    for file in tracked_texts():
        if file == Path(__file__) or "static" in file.parts:
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if match := OF_ONE_MACHINE.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number} {match.group()}")
    assert found == []


@pytest.mark.parametrize(
    "line", ["/home/me/x", "/root/x", "/work/main", "C:\\Users\\me", "https://pypi.internal/simple"]
)
def test_one_machine_would_be_seen(line: str) -> None:
    assert OF_ONE_MACHINE.search(line)
