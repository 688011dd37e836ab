"""The deployment says the same names, ports and settings as the code."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from graph.settings import Settings
from subgraphs.registry import SUBGRAPHS

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SUPERGRAPH: dict[str, Any] = yaml.safe_load((ROOT / "supergraph.yaml").read_text("utf-8"))
ROUTER: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "router.config.yaml").read_text("utf-8"))
NAMES = [subgraph.name for subgraph in SUBGRAPHS]
SETTING_NAMES = {(field.alias or name).upper() for name, field in Settings.model_fields.items()}


def test_every_subgraph_has_the_same_name_everywhere() -> None:
    assert list(SUPERGRAPH["subgraphs"])[: len(NAMES)] == NAMES, "partners' subgraphs come after"
    folders = {path.name for path in (ROOT / "subgraphs").iterdir() if (path / "schema.py").is_file()}
    assert folders == set(NAMES)
    assert set(NAMES) | {"router", "postgres", "redis", "weaviate"} == set(COMPOSE["services"])


@pytest.mark.parametrize("name", NAMES)
def test_a_subgraph_service_is_where_the_router_looks_for_it(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["command"] == ["media-gateway", "subgraph", name]
    recipe = SUPERGRAPH["subgraphs"][name]
    assert recipe["routing_url"] == f"http://{name}:{service['environment']['PORT']}/graphql"
    assert (ROOT / recipe["schema"]["file"]).is_file()
    assert f'url: "{recipe["routing_url"]}"' in (ROOT / "schema.graphql").read_text("utf-8")
    assert service["healthcheck"]["test"]


def test_services_are_given_settings_that_exist() -> None:
    for name in NAMES:
        assert set(COMPOSE["services"][name]["environment"]) <= SETTING_NAMES


def test_the_example_environment_names_every_setting() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    named = {line.split("=")[0] for line in lines if re.match(r"[A-Z_]+=", line)}
    assert named >= SETTING_NAMES
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    assert used <= named


def test_there_are_no_default_passwords() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "WEAVIATE_API_KEY"):
        assert set(re.findall(r"\$\{" + name + r"([^}]*)\}", text)) == {":?set it in .env"}
    for line in (ROOT / ".env.example").read_text("utf-8").splitlines():
        if "PASSWORD" in line or "KEY=" in line:
            assert line.endswith("="), line


def test_the_router_streams_and_checks_our_tokens() -> None:
    assert ROUTER["websocket"]["enabled"]
    assert ROUTER["subscriptions"]["enabled"]
    assert ROUTER["subscriptions"]["websocket"]["all"]["path"] == "/graphql"
    users = COMPOSE["services"]["users"]["environment"]["PORT"]
    assert ROUTER["jwt"]["jwks_providers"] == [
        {"source": "remote", "url": f"http://users:{users}/.well-known/jwks.json"}
    ]
    issuer = Settings.model_fields["jwt_issuer"].default
    assert (ROUTER["jwt"]["issuers"], ROUTER["jwt"]["audiences"]) == ([issuer], [issuer])
    router = COMPOSE["services"]["router"]
    assert "ghcr.io/graphql-hive/router" in router["image"]
    mounted = {volume.split(":")[1]: volume.split(":")[0] for volume in router["volumes"]}
    assert mounted[ROUTER["supergraph"]["path"]] == "./schema.graphql"
    assert mounted[router["environment"]["ROUTER_CONFIG_FILE_PATH"]] == "./deploy/router.config.yaml"


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the docker compose client is not installed")
    secrets = dict.fromkeys(("POSTGRES_PASSWORD", "REDIS_PASSWORD", "WEAVIATE_API_KEY"), "x")
    done = subprocess.run(
        [docker, "compose", "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path), **secrets},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
