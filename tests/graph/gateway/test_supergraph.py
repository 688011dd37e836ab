"""Reading a supergraph: what the model says, what clients see, and how broken SDL is refused."""

import re
from pathlib import Path

import pytest
from graphql import print_schema

from graph.gateway.join_spec import read_supergraph
from graph.gateway.supergraph import Supergraph, SupergraphError

SDL = (Path(__file__).parent / "observatory" / "supergraph.graphql").read_text()


def test_owners_keys_and_requirements(observatory_supergraph: Supergraph) -> None:
    star = observatory_supergraph.types["Star"]
    assert set(star.fields["seeing"].owners) == {"STARS", "TELESCOPES"}
    assert star.fields["distance"].external == {"TELESCOPES"}
    assert star.fields["exposure"].owners["TELESCOPES"].requires is not None
    assert "exposure" not in star.local_fields["TELESCOPES"]
    assert [key.text for key in star.keys["PEOPLE"]] == ["id"]
    assert observatory_supergraph.entity_graphs("Star") == ("PEOPLE", "STARS", "TELESCOPES")
    assert observatory_supergraph.entity_graphs("Cell") == ()
    assert observatory_supergraph.possible("Body", "STARS") == ("Star", "Planet")
    assert observatory_supergraph.possible("Body", "PEOPLE") == ()
    assert {one.name for one in observatory_supergraph.subgraphs.values()} == {"stars", "telescopes", "people"}


def test_clients_see_nothing_inaccessible_and_nothing_internal(observatory_supergraph: Supergraph) -> None:
    shown = print_schema(observatory_supergraph.api)
    assert not re.search(r"join__|link__|baseline|FURLONG|@key", shown)
    assert "exposure(seconds: Int = 60): Float!" in shown


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("type Cell", "type Cell {", "Syntax Error"),
        ("join/v0.5", "join/v0.2", "join v0.2 is not understood"),
        ("join/v0.5", "other/v0.5", "not understood"),
        ("inaccessible/v0.2", "connect/v0.2", "necessary feature 'connect'"),
        ('PEOPLE @join__graph(name: "people"', 'PEOPLE @join__graph(name: "stars"', "Two subgraphs are named 'stars'"),
        ("@join__field(graph: PEOPLE)", "@join__field(graph: NOBODY)", "unknown subgraph, NOBODY"),
        ('requires: "spectrum"', 'requires: "spectrum {"', "field set 'spectrum {' cannot be read"),
        ("body: Body", "body: Nothing", "Nothing"),
        ("type Cell @join__type(graph: STARS)", "type Cell", "Cell belongs to no subgraph"),
        ("type Seeing", "type Cell", "Cell is defined twice"),
    ],
)
def test_broken_sdl_is_refused_with_line_and_reason(old: str, new: str, reason: str) -> None:
    broken = SDL.replace(old, new, 1)
    assert broken != SDL
    with pytest.raises(SupergraphError) as caught:
        read_supergraph(broken)
    assert reason in str(caught.value)
    assert caught.value.line is not None
    assert f"line {caught.value.line}" in str(caught.value)


def test_the_line_is_the_one_with_the_mistake() -> None:
    broken = SDL.replace("@join__field(graph: PEOPLE)", "@join__field(graph: NOBODY)", 1)
    with pytest.raises(SupergraphError) as caught:
        read_supergraph(broken)
    assert "NOBODY" in broken.splitlines()[(caught.value.line or 0) - 1]


@pytest.mark.parametrize("sdl", ["type Query { a: Int }", "schema { query: Query } type Query { a: Int }", ""])
def test_what_is_no_supergraph_is_refused(sdl: str) -> None:
    with pytest.raises(SupergraphError):
        read_supergraph(sdl)


def test_a_labelled_override_is_off_until_it_is_complete() -> None:
    def owners(label: str) -> set[str]:
        sdl = SDL.replace(
            "magnitude: Float @join__field(graph: STARS)",
            "magnitude: Float @join__field(graph: STARS, usedOverridden: true) "
            f'@join__field(graph: PEOPLE, override: "stars", overrideLabel: "{label}")',
        )
        return set(read_supergraph(sdl).types["Star"].fields["magnitude"].owners)

    assert owners("percent(10)") == {"STARS"}
    assert owners("percent(100)") == {"PEOPLE"}
