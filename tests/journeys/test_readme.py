"""Every command in the README works, and its query has the answer it shows."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.client import Client, environment, program

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = [block.strip().splitlines() for block in re.findall(r"```sh\n(.*?)```", README, re.S)]


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.S)
    assert found, language
    return found[1]


@pytest.mark.parametrize("commands", BLOCKS, ids=lambda commands: commands[0])
def test_the_commands_of_a_block_work(commands: list[str], tmp_path: Path) -> None:
    shutil.copy(ROOT / ".env.example", tmp_path)
    for command in commands:
        words = shlex.split(command, comments=True)
        where = tmp_path
        if words[0] == "make":
            # Running them here would run the tests within the tests; .ci/run does what they say.
            words, where = [*words, "--dry-run"], ROOT
        elif words[0] == ".venv/bin/media-gateway":
            words = [*program(), *words[1:]]
        elif words[0] == "docker":
            pytest.skip("no Docker here: tests/deployment checks the compose file")
        done = subprocess.run(
            words,
            cwd=where,
            env=environment(tmp_path, DEMO_DATA="false", PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


async def test_the_query_has_the_answer_shown(client: Client) -> None:
    assert await client.ask(block("graphql")) == json.loads(block("json"))


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_python_it_asks_for_is_the_one_declared() -> None:
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "Python ≥ 3.11" in README
    assert sys.version_info >= (3, 11)
