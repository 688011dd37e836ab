"""The installed command, started as a person would: serve, plan, schema, doctor; killed and started again."""

import json
import subprocess
from pathlib import Path

import httpx
from graphql import build_schema

from tests.journeys.client import environment, free_port, program
from tests.journeys.processes import started


def run(*arguments: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program(), *arguments],
        env=environment(home, **variables),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


async def ask(url: str, query: str) -> dict:
    async with httpx.AsyncClient(timeout=30) as http:
        return (await http.post(url + "/graphql", json={"query": query})).json()


async def test_a_server_is_killed_and_the_next_one_has_all_it_said(tmp_path: Path) -> None:
    register = """mutation { register(input: {email: "kill@example.org", password: "survives kill -9",
                  displayName: "K"}) { user { id } } }"""
    login = 'mutation { login(input: {email: "kill@example.org", password: "survives kill -9"}) { user { id } } }'
    async with started("serve", home=tmp_path) as server:
        known = (await ask(server.url, register))["data"]["register"]["user"]["id"]
        titles = await ask(server.url, "{ titles(first: 100) { edges { cursor } } }")
        assert len(titles["data"]["titles"]["edges"]) == 100
        await server.kill()
    async with started("serve", home=tmp_path) as one:
        assert (await ask(one.url, login))["data"]["login"]["user"]["id"] == known
        async with started("serve", home=tmp_path) as two:
            assert (await ask(two.url, login))["data"]["login"]["user"]["id"] == known, "a second process joins"
        assert (await ask(one.url, login))["data"]["login"]["user"]["id"] == known, "and leaves the first one running"


async def test_one_subgraph_alone(tmp_path: Path) -> None:
    async with started("subgraph", "availability", home=tmp_path) as server:
        answer = await ask(server.url, "{ platforms(first: 2) { edges { node { name } } } }")
        assert len(answer["data"]["platforms"]["edges"]) == 2
        refused = await ask(server.url, "{ titles { edges { cursor } } }")
        assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_the_plan_of_an_operation_can_be_read(tmp_path: Path) -> None:
    done = run("plan", "{ titles(first: 2) { edges { node { name bestOffer { kind } inWatchlist } } } }", home=tmp_path)
    assert done.returncode == 0, done.stderr
    for subgraph in ("catalog", "availability", "users"):
        assert subgraph in done.stdout
    wrong = run("plan", "{ nothing }", home=tmp_path)
    assert wrong.returncode == 1
    assert "BAD_USER_INPUT" in wrong.stderr


def test_the_schema_for_client_tools_has_no_federation_in_it(tmp_path: Path) -> None:
    done = run("schema", "--api", home=tmp_path)
    schema = build_schema(done.stdout)
    assert schema.query_type is not None
    assert "title" in schema.query_type.fields
    assert "join__" not in done.stdout
    assert "contentClusters" not in done.stdout, "inaccessible"


def test_trouble_with_the_database_is_one_line_that_helps(tmp_path: Path) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/nothing"
    done = run("doctor", home=tmp_path, DATABASE_URL=url)
    assert done.returncode == 1
    assert "DATABASE_UNAVAILABLE" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


async def test_health_and_keys_are_published(in_process: str) -> None:
    async with httpx.AsyncClient(base_url=in_process) as http:
        ready = (await http.get("/health/ready")).json()
        assert {name: check["ok"] for name, check in ready["checks"].items()} == {
            "database": True,
            "search": True,
            "broker": True,
        }
        (key,) = (await http.get("/.well-known/jwks.json")).json()["keys"]
        assert (key["kty"], key["alg"]) == ("RSA", "RS256")
        assert "d" not in key, "the private part stays here"
        config = (await http.get("/config.json")).json()
        assert json.dumps(config).count("password") == 0, "this server was told to have no demo data"
