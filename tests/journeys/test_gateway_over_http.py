"""The command `media-gateway gateway`: a gateway that needs nothing but addresses. What it answers: test_topologies."""

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from graph.cli import cli
from subgraphs.registry import SUBGRAPHS
from tests.journeys.client import Client
from tests.journeys.processes import started


async def test_the_subgraphs_of_a_server_can_be_asked_and_no_home_is_made(in_process: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    urls = [f"--url={one.name}={in_process}/subgraphs/{one.name}/graphql" for one in SUBGRAPHS]
    async with started("gateway", *urls, home=nowhere) as gateway, httpx.AsyncClient(timeout=30) as http:
        client = await Client(gateway.url, http).sign_in()
        data = await client.data("{ me { displayName } genres { genre } platforms { edges { cursor } } }")
    assert all(data.values())
    assert [file.name for file in nowhere.iterdir()] == ["gateway.log"], "it has no use for a home"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--url", "moons=http://127.0.0.1:1/"], "no subgraph 'moons'"),
        (["--url", "catalog"], "name=http://"),
        (["--url", "catalog=catalog:4001"], "http:// or https://"),
        (["--supergraph", "empty.graphql"], "Supergraph"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_options(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.graphql").write_text("type Query { a: Int }")
    done = CliRunner().invoke(cli, ["gateway", *options])
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
