"""The command line in this process: what it offers, and what it says when something is not as it should be."""

import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_schema
from rich.console import Console
from typer.testing import CliRunner, Result

from graph import cli as command_line
from graph.auth import SigningKeyError
from graph.cli import cli
from graph.compose import schemas
from graph.compose.files import supergraph_sdl
from graph.settings import Settings
from subgraphs.registry import SUBGRAPHS

COMMANDS = {"serve", "subgraph", "plan", "ingest", "schema", "migrate", "reindex", "doctor"}
PLANNED = "{ titles(first: 2) { edges { node { name bestOffer { kind } inWatchlist } } } }"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting of this machine, no .env, a home of one's own; logging as before afterwards."""
    for field, setting in Settings.model_fields.items():
        monkeypatch.delenv((setting.alias or field).upper(), raising=False)
    monkeypatch.setenv("MEDIA_GATEWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    yield
    logging.captureWarnings(capture=False)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is said on standard error, without colours."""
    output = io.StringIO()
    monkeypatch.setattr(command_line, "console", Console(file=output, width=80))
    return output


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=given)


def test_help_lists_every_command() -> None:
    done = run("--help")
    assert done.exit_code == 0
    registered = {command.callback.__name__ for command in cli.registered_commands if command.callback}
    assert registered >= COMMANDS
    for name in registered:
        assert f" {name} " in done.output
    assert run().output.strip() == done.output.strip(), "asking for nothing is asking for help"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_whatever_the_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "broken")
    done = run(name, "--help")
    assert done.exit_code == 0
    assert len(done.output) > 100


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["subgraph", "weather"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "http"],
        ["ingest", "imdb", "/nowhere/at/all"],
        ["ingest", "letterboxd", "/"],
        ["plan"],
        ["schema", "--subgraph", "weather"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_refused_before_anything_starts(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Usage:" in done.output
    assert not (tmp_path / "home").exists()


# – settings –


@pytest.mark.parametrize("arguments", [["serve"], ["subgraph", "users"], ["plan", "{ a }"], ["migrate"], ["doctor"]])
def test_each_bad_setting_is_one_line_and_nothing_starts(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, said: io.StringIO, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hunter2@db/x")
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://example.org/" + "long/" * 40)
    done = run(*arguments)
    assert done.exit_code == 2
    lines = said.getvalue().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["PORT", "DATABASE_URL", "ALLOWED_ORIGINS"]
    assert "hunter2" not in said.getvalue() + done.output
    assert not (tmp_path / "home").exists()


def test_logs_have_time_level_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    try:
        command_line._settings()
        (handler,) = root.handlers
        assert root.level == logging.WARNING
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "it is %s", ("cold",), None)
        written = handler.format(record)
    finally:
        root.handlers, root.level = before
    day, time, rest = written.split(" ", 2)
    assert (len(day), len(time)) == (10, 12)
    assert rest == "ERROR uvicorn.error: it is cold"


# – plan –


def test_a_plan_shows_who_is_asked(said: io.StringIO) -> None:
    done = run("plan", PLANNED)
    assert done.exit_code == 0, done.output
    for name in ("catalog", "availability", "users"):
        assert name in done.stdout
    assert "recommendations" not in done.stdout
    assert run("plan", "-", given=PLANNED).stdout == done.stdout


def test_one_of_several_operations_is_planned(said: io.StringIO) -> None:
    several = "query A { genres { genre } } query B { platforms { edges { cursor } } }"
    assert "availability" in run("plan", several, "--operation", "B").stdout
    assert run("plan", several).exit_code == 1
    assert "operationName" in said.getvalue()


@pytest.mark.parametrize("wrong", ["{ nothing }", "{ genres {", "", "query A { genres { genre } [b] }"])
def test_what_cannot_be_planned_is_explained(wrong: str, said: io.StringIO) -> None:
    assert run("plan", wrong).exit_code == 1
    assert all(line.startswith("BAD_USER_INPUT ") for line in said.getvalue().splitlines())
    assert said.getvalue()


# – schema –


def test_the_supergraph_is_printed() -> None:
    assert run("schema").stdout == supergraph_sdl()


def test_the_schema_of_clients_is_printed() -> None:
    assert build_schema(run("schema", "--api").stdout).query_type is not None


@pytest.mark.parametrize("subgraph", SUBGRAPHS, ids=lambda subgraph: subgraph.name)
def test_the_schema_of_a_subgraph_is_printed(subgraph: object) -> None:
    name = getattr(subgraph, "name", "")
    assert run("schema", "--subgraph", name).stdout == schemas.subgraph_sdls()[name]


def test_a_stale_file_fails_the_check(monkeypatch: pytest.MonkeyPatch, said: io.StringIO) -> None:
    monkeypatch.setattr(schemas, "stale", lambda *, compose: ["schema.graphql"] if compose else [])
    assert run("schema", "--check").exit_code == 1
    assert "schema.graphql" in said.getvalue()
    assert "make schema" in said.getvalue()
    monkeypatch.setattr(schemas, "stale", lambda **_: [])
    assert run("schema", "--check").exit_code == 0


def test_a_machine_without_node_is_told_so(monkeypatch: pytest.MonkeyPatch, said: io.StringIO, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("schema", "--check").exit_code == 2
    assert "needs Node" in said.getvalue()
    assert len(said.getvalue().splitlines()) == 1


def test_what_the_composer_says_is_shown(monkeypatch: pytest.MonkeyPatch, said: io.StringIO) -> None:
    def failing() -> list[Path]:
        raise schemas.CompositionError("INVALID_FIELD_SHARING: [catalog] Title.name\nSECOND: [users] Title.id")

    monkeypatch.setattr(schemas, "write", failing)
    assert run("schema", "--write").exit_code == 2
    assert said.getvalue().splitlines() == ["INVALID_FIELD_SHARING: [catalog] Title.name", "SECOND: [users] Title.id"]


# – trouble outside –

NOBODY_LISTENS = "postgresql://me:hunter2@127.0.0.1:1/x"


@pytest.mark.parametrize(
    "arguments", [["serve"], ["migrate"], ["doctor"], ["reindex"], ["ingest", "imdb", "."]], ids=lambda words: words[0]
)
def test_a_database_that_is_not_there_is_one_line(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, said: io.StringIO
) -> None:
    monkeypatch.setenv("DATABASE_URL", NOBODY_LISTENS)
    done = run(*arguments)
    assert done.exit_code == 1, done.output
    lines = [line for line in said.getvalue().splitlines() if line.strip() and "━" not in line]
    assert lines[-1].startswith("DATABASE_UNAVAILABLE ")
    assert len(lines) == 1 or arguments == ["doctor"], "doctor has said before what it looks at"
    assert "hunter2" not in said.getvalue() + done.output
    assert "Traceback" not in done.output


def test_a_key_that_is_no_key_is_one_line(monkeypatch: pytest.MonkeyPatch, said: io.StringIO, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    monkeypatch.setenv("JWT_KEY_FILE", str(tmp_path / "key.pem"))
    monkeypatch.setenv("DATABASE_URL", NOBODY_LISTENS)
    assert run("serve").exit_code == 1
    (line,) = said.getvalue().splitlines()
    assert line.startswith("SIGNING_KEY ")
    assert str(tmp_path) in line


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc").is_dir(), reason="nowhere is closed to root here")
def test_a_home_that_cannot_be_made_is_one_line(monkeypatch: pytest.MonkeyPatch, said: io.StringIO) -> None:
    monkeypatch.setenv("MEDIA_GATEWAY_HOME", "/proc/nothing/here")
    assert run("serve").exit_code == 1
    assert len(said.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("trouble", "code"), [(KeyboardInterrupt(), 130), (SigningKeyError("x [y] z"), 1)], ids=["Ctrl-C", "key"]
)
def test_ctrl_c_is_quiet(trouble: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, said: io.StringIO) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr("graph.server.run", interrupted)
    done = run("serve")
    assert (done.exit_code, done.output) == (code, "")
    assert said.getvalue() == ("" if code == 130 else "SIGNING_KEY x [y] z\n"), "words in brackets are no colours"
