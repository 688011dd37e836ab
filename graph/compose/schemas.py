"""Code → `subgraphs/*/schema.graphql` → `schema.graphql`, and the check that the files are what the code says."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from graphql import ObjectTypeDefinitionNode, lexicographic_sort_schema, parse, print_ast, print_schema

from graph.compose.files import product_file, supergraph_sdl
from graph.gateway.join_spec import read_supergraph
from subgraphs.registry import SUBGRAPHS

_HERE = Path(__file__).parent
_FEDERATION_PARTS = {"_Any", "_Entity", "_Service", "_entities", "_service"}


class CompositionError(Exception):
    """The subgraphs cannot be composed; the message holds what the composer said."""


def subgraph_sdls() -> dict[str, str]:
    """Return the SDL of each subgraph as its code has it, without the fields that federation itself adds."""
    return {subgraph.name: _own_part(subgraph.build(None).as_str()) for subgraph in SUBGRAPHS}


def _own_part(sdl: str) -> str:
    document = parse(sdl, no_location=True)
    kept = []
    for definition in document.definitions:
        if getattr(getattr(definition, "name", None), "value", None) in _FEDERATION_PARTS:
            continue
        own = _without_federation(definition) if isinstance(definition, ObjectTypeDefinitionNode) else definition
        kept.append(print_ast(own))
    return "\n\n".join(kept) + "\n"


def _without_federation(node: ObjectTypeDefinitionNode) -> ObjectTypeDefinitionNode:
    return ObjectTypeDefinitionNode(
        name=node.name,
        description=node.description,
        interfaces=node.interfaces,
        directives=node.directives,
        fields=tuple(field for field in node.fields or () if field.name.value not in _FEDERATION_PARTS),
    )


def composed(recipe: Path | None = None) -> str:
    """Return the supergraph SDL of a recipe (rover's supergraph.yaml), composed by Node; of our own when it is None.

    Ours has to list each of our subgraphs; another one may hold whatever fits together. Raises CompositionError with a
    line for each thing that is wrong, FileNotFoundError where there is no Node.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise FileNotFoundError("Composing needs Node and npm; running the product does not.")
    if not (_HERE / "node_modules").is_dir():
        _install(npm)
    required = [] if recipe else [subgraph.name for subgraph in SUBGRAPHS]
    return _run(node, "compose.mjs", str((recipe or product_file("supergraph.yaml")).absolute()), *required)


def _install(npm: str) -> None:
    """Install the composer as its lock file says: beside its place, then moved there, so that nobody sees a half."""
    with TemporaryDirectory(dir=_HERE, prefix=".installing-") as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(_HERE / name, folder)
        _run(npm, "ci", "--no-audit", "--no-fund", at=Path(folder))
        try:
            (Path(folder) / "node_modules").rename(_HERE / "node_modules")
        except OSError:
            if not (_HERE / "node_modules").is_dir():
                raise  # else somebody was quicker


def _run(*command: str, at: Path = _HERE) -> str:
    """Return what a command writes; raise CompositionError with its complaints when it fails."""
    done = subprocess.run(command, cwd=at, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 – ours
    if done.returncode:
        raise CompositionError(done.stderr.strip() or f"{command[0]} failed with code {done.returncode}.")
    return done.stdout


def write() -> list[Path]:
    """Write all SDL files from the code; return those that changed."""
    sdls = subgraph_sdls()
    changed = []
    for subgraph in SUBGRAPHS:
        changed += _write(subgraph.sdl_file, sdls[subgraph.name])
    return changed + _write(product_file("supergraph.yaml").with_name("schema.graphql"), composed())


def _write(file: Path, text: str) -> list[Path]:
    if file.is_file() and file.read_text("utf-8") == text:
        return []
    file.write_text(text, "utf-8")
    return [file]


def stale(*, compose: bool) -> list[str]:
    """Return the names of SDL files that are not what the code says; the supergraph only with `compose` (Node)."""
    sdls = subgraph_sdls()
    found = [
        f"subgraphs/{subgraph.name}/schema.graphql"
        for subgraph in SUBGRAPHS
        if not subgraph.sdl_file.is_file() or subgraph.sdl_file.read_text("utf-8") != sdls[subgraph.name]
    ]
    if compose and (found or supergraph_sdl() != composed()):
        found.append("schema.graphql")
    return found


def api_sdl() -> str:
    """Return the schema clients see, without federation, sorted by name: for code generators and client tools."""
    return print_schema(lexicographic_sort_schema(read_supergraph(supergraph_sdl()).api)) + "\n"
