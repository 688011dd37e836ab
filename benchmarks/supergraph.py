"""The benchmark's supergraph, composed by the product's composer, and what each router reads of it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.workspace import ROOT, WORKSPACE

_COMPOSER = ROOT / "graph" / "compose"


class CompositionFailedError(RuntimeError):
    """The composer refused; the message is what it said."""


def compose(name: str, sdls: Mapping[str, str], base_url: str) -> Path:
    """Write and return the supergraph of subgraphs that are served at `{base_url}/{subgraph}/graphql`."""
    folder = WORKSPACE / name
    folder.mkdir(parents=True, exist_ok=True)
    recipe = ["federation_version: =2.9.0", "subgraphs:"]
    for subgraph, sdl in sdls.items():
        (folder / f"{subgraph}.graphql").write_text(sdl, "utf-8")
        recipe += [f"  {subgraph}:", f"    routing_url: {base_url}/{subgraph}/graphql"]
        recipe += ["    schema:", f"      file: {subgraph}.graphql"]
    (folder / "supergraph.yaml").write_text("\n".join(recipe) + "\n", "utf-8")
    if not (_COMPOSER / "node_modules").is_dir():
        _run("npm", "ci", "--no-audit", "--no-fund")
    supergraph = folder / "supergraph.graphql"
    supergraph.write_text(_run("node", "compose.mjs", str(folder / "supergraph.yaml")), "utf-8")
    _write_grafbase(folder, sdls, base_url)
    return supergraph


def _write_grafbase(folder: Path, sdls: Mapping[str, str], base_url: str) -> None:
    """Write the configuration of `grafbase dev`, which composes by itself; it sends the client's token on."""
    lines = ["[graph]", "introspection = true"]
    for subgraph in sdls:
        lines += ["", f"[subgraphs.{subgraph}]", f'url = "{base_url}/{subgraph}/graphql"']
        lines += [f'schema_path = "{folder / subgraph}.graphql"', "", f"[[subgraphs.{subgraph}.headers]]"]
        lines += ['rule = "forward"', 'name = "authorization"']
    (folder / "grafbase.toml").write_text("\n".join(lines) + "\n", "utf-8")


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=_COMPOSER, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise CompositionFailedError(done.stderr.strip() or f"{command[0]} failed with {done.returncode}.")
    return done.stdout
