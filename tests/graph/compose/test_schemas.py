"""Code, SDL files and supergraph say the same; what cannot be composed is explained in the composer's words."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from graphql import GraphQLObjectType, build_schema, parse, validate

from graph.compose import files, schemas
from graph.compose.files import product_file, supergraph_sdl
from graph.compose.schemas import CompositionError
from graph.gateway.join_spec import read_supergraph
from subgraphs.registry import SUBGRAPHS

ROOT = Path(__file__).parents[3]
HAS_NODE = shutil.which("node") is not None and shutil.which("npm") is not None
needs_node = pytest.mark.skipif(not HAS_NODE, reason="Node and npm, which compose, are not on PATH")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's SDL files in a folder of their own, which composing and writing then work on."""
    recipe = yaml.safe_load((ROOT / "supergraph.yaml").read_text("utf-8"))
    files_of_subgraphs = [place["schema"]["file"] for place in recipe["subgraphs"].values()]
    for name in ("schema.graphql", "supergraph.yaml", *files_of_subgraphs):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    @dataclass(frozen=True)
    class Copy:
        name: str
        build: Any

        @property
        def sdl_file(self) -> Path:
            return tmp_path / "subgraphs" / self.name / "schema.graphql"

    monkeypatch.setattr(files, "_ROOT", tmp_path)
    monkeypatch.setattr(schemas, "SUBGRAPHS", tuple(Copy(one.name, one.build) for one in SUBGRAPHS))
    return tmp_path


def test_the_sdl_files_are_what_the_code_says() -> None:
    assert schemas.stale(compose=False) == [], "run `make schema`"


def test_a_changed_sdl_file_is_stale(copied: Path) -> None:
    assert schemas.stale(compose=False) == []
    file = copied / "subgraphs" / "catalog" / "schema.graphql"
    file.write_text(file.read_text("utf-8") + "\n# by hand\n", "utf-8")
    (copied / "subgraphs" / "users" / "schema.graphql").unlink()
    assert schemas.stale(compose=False) == ["subgraphs/catalog/schema.graphql", "subgraphs/users/schema.graphql"]


def test_the_sdl_of_a_subgraph_holds_nothing_that_federation_adds() -> None:
    for name, sdl in schemas.subgraph_sdls().items():
        for part in ("_entities", "_service", "_Any", "_Entity", "_Service"):
            assert part not in sdl, name
        assert "@link" in sdl
        assert sdl.endswith("}\n")


def test_the_supergraph_knows_every_subgraph() -> None:
    sdl = supergraph_sdl()
    for subgraph in SUBGRAPHS:
        assert f'name: "{subgraph.name}"' in sdl


@needs_node
def test_composing_gives_exactly_the_supergraph() -> None:
    assert schemas.composed() == supergraph_sdl(), "run `make schema`"
    assert schemas.stale(compose=True) == []


@needs_node
def test_writing_again_changes_nothing_and_mends_what_was_changed(copied: Path) -> None:
    assert schemas.write() == []
    for name in ("schema.graphql", "subgraphs/users/schema.graphql"):
        (copied / name).write_text("type Query { nothing: Int }\n", "utf-8")
    assert schemas.stale(compose=True) == ["subgraphs/users/schema.graphql", "schema.graphql"]
    assert schemas.write() == [copied / "subgraphs" / "users" / "schema.graphql", copied / "schema.graphql"]
    assert (copied / "schema.graphql").read_text("utf-8") == (ROOT / "schema.graphql").read_text("utf-8")


TITLE = 'type Title @key(fields: "id") {'
BROKEN = {
    "a field owned twice": (TITLE, f"{TITLE}\n  name: String!", "INVALID_FIELD_SHARING"),
    "an unknown type": (TITLE, f"{TITLE}\n  lost: Nowhere", "Nowhere"),
    "an unequal type": ("scalar Region", "scalar Region\n\nenum TitleKind { CIRCUS }", "TitleKind"),
}


@needs_node
@pytest.mark.parametrize(("there", "instead", "told"), BROKEN.values(), ids=BROKEN)
def test_subgraphs_that_do_not_fit_are_explained(copied: Path, there: str, instead: str, told: str) -> None:
    file = copied / "subgraphs" / "availability" / "schema.graphql"
    sdl = file.read_text("utf-8")
    assert sdl.count(there) == 1
    file.write_text(sdl.replace(there, instead), "utf-8")
    with pytest.raises(CompositionError) as error:
        schemas.composed()
    assert told in str(error.value)
    assert "compose.mjs" not in str(error.value), "no stack of the composer"


@needs_node
def test_sdl_that_cannot_be_read_is_explained(copied: Path) -> None:
    (copied / "subgraphs" / "catalog" / "schema.graphql").write_text("type Query {", "utf-8")
    with pytest.raises(CompositionError) as error:
        schemas.composed()
    assert "catalog" in str(error.value)
    assert "Syntax Error" in str(error.value)
    assert "    at " not in str(error.value), "no stack of the composer"


PARTNER = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Title @key(fields: "id") { id: ID! reviews: [String!]! }
"""
ENTRY: dict[str, Any] = {
    "routing_url": "https://reviews.example/graphql",
    "schema": {"file": "partners/reviews.graphql"},
}


def add(copied: Path, name: str = "reviews", sdl: str = PARTNER, **changes: Any) -> None:
    """Do what one does to join a partner's subgraph: its SDL in a file, an entry in supergraph.yaml."""
    (copied / "partners").mkdir(exist_ok=True)
    (copied / "partners" / "reviews.graphql").write_text(sdl, "utf-8")
    recipe = yaml.safe_load((copied / "supergraph.yaml").read_text("utf-8"))
    recipe["subgraphs"][name] = ENTRY | changes
    (copied / "supergraph.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), "utf-8")


@needs_node
def test_a_partners_subgraph_joins_by_an_entry_and_a_file(copied: Path) -> None:
    add(copied)
    assert schemas.stale(compose=True) == ["schema.graphql"]
    assert schemas.write() == [copied / "schema.graphql"]
    assert schemas.stale(compose=True) == []
    supergraph = read_supergraph((copied / "schema.graphql").read_text("utf-8"))
    assert {one.name for one in supergraph.subgraphs.values()} == {*(one.name for one in SUBGRAPHS), "reviews"}
    assert supergraph.subgraphs["REVIEWS"].url == ENTRY["routing_url"]
    assert set(supergraph.types["Title"].fields["reviews"].owners) == {"REVIEWS"}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no file": (
        {"schema": {"file": "partners/gone.graphql"}},
        "SCHEMA_FILE_MISSING: [reviews] There is no partners/gone",
    ),
    "no file named": ({"schema": {}}, "SCHEMA_FILE_MISSING: [reviews] schema.file has to"),
    "no schema": ({"schema": None}, "SCHEMA_FILE_MISSING: [reviews]"),
    "no URL": ({"routing_url": None}, "INVALID_ROUTING_URL: [reviews]"),
    "no web URL": ({"routing_url": "reviews:4000"}, "INVALID_ROUTING_URL: [reviews]"),
    "no GraphQL": (
        {"sdl": PARTNER + "type Review {"},
        "INVALID_GRAPHQL: [reviews] Syntax Error: Expected Name, found <EOF>. (partners/reviews.graphql:3:",
    ),
    "a field of ours": (
        {"sdl": PARTNER.replace("reviews:", "originalName: String reviews:")},
        'INVALID_FIELD_SHARING: Non-shareable field "Title.originalName"',
    ),
    "a name that is none": ({"name": "5 stars!"}, "INVALID_SUBGRAPH_NAME: [5 stars!]"),
}


@needs_node
@pytest.mark.parametrize(("changes", "told"), REFUSED.values(), ids=REFUSED)
def test_a_partner_that_cannot_join_is_told_in_one_line(copied: Path, changes: dict[str, Any], told: str) -> None:
    add(copied, **changes)
    with pytest.raises(CompositionError) as error:
        schemas.composed()
    (line,) = str(error.value).splitlines()
    assert line.startswith(told)


@needs_node
def test_everything_that_is_wrong_with_a_recipe_is_told_at_once(copied: Path) -> None:
    recipe = yaml.safe_load((copied / "supergraph.yaml").read_text("utf-8"))
    del recipe["subgraphs"]["users"], recipe["subgraphs"]["catalog"]["schema"]
    (copied / "supergraph.yaml").write_text(yaml.safe_dump(recipe), "utf-8")
    with pytest.raises(CompositionError) as error:
        schemas.composed()
    first, second = str(error.value).splitlines()
    assert first == "SUBGRAPH_MISSING: [users] supergraph.yaml does not list this subgraph of ours."
    assert second.startswith("SCHEMA_FILE_MISSING: [catalog]")
    with pytest.raises(CompositionError) as error:
        schemas.composed(copied / "supergraph.yaml")
    assert "users" not in str(error.value), "the recipe of somebody else need not hold all of ours"


@needs_node
@pytest.mark.parametrize("text", ["", "[]", "subgraphs:", "subgraphs: [reviews]", "subgraphs: {a: {b}: c", "a: *b"])
def test_a_recipe_that_is_none_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    with pytest.raises(CompositionError) as error:
        schemas.composed(tmp_path / "mine.yaml")
    (line,) = str(error.value).splitlines()
    assert line.startswith("INVALID_RECIPE: mine.yaml")


def test_composing_without_node_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="needs Node"):
        schemas.composed()


def test_a_missing_file_says_how_to_make_it(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PACKAGE", copied / "nowhere")
    (copied / "schema.graphql").unlink()
    with pytest.raises(FileNotFoundError, match="make schema"):
        supergraph_sdl()
    assert product_file("supergraph.yaml") == copied / "supergraph.yaml"


def test_an_installed_package_finds_its_copy(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_ROOT", copied / "nowhere")
    monkeypatch.setattr(files, "_PACKAGE", copied)
    assert supergraph_sdl() == (ROOT / "schema.graphql").read_text("utf-8")


def test_the_api_schema_is_for_clients() -> None:
    sdl = schemas.api_sdl()
    schema = build_schema(sdl)
    assert isinstance(schema.query_type, GraphQLObjectType)
    for federation in ("join__", "link__", "@key", "@requires", "_entities", "_service", "@inaccessible"):
        assert federation not in sdl
    assert "contentClusters" not in sdl, "inaccessible"
    assert (
        validate(schema, parse("{ titles { edges { node { name offers { kind } inWatchlist matchScore } } } }")) == []
    )
    assert list(schema.query_type.fields) == sorted(schema.query_type.fields), "in an order that does not change"
