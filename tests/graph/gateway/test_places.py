"""Where subgraphs elsewhere are, and which of them may know who asks."""

import pytest

from graph.gateway.places import EVERYONE, PlaceError, remote_subgraphs
from graph.gateway.propagation import PROPAGATED_HEADERS, PUBLIC_HEADERS
from graph.gateway.supergraph import Supergraph

URLS = {"stars": "http://a/", "telescopes": "https://b/", "people": "http://c/"}


def told(supergraph: Supergraph, **options: list[str]) -> set[str]:
    """Return the names of those that are sent the client's authorization."""
    places = remote_subgraphs(supergraph, URLS, 1.0, **options)
    assert all(place.headers in {PROPAGATED_HEADERS, PUBLIC_HEADERS} for place in places.values())
    return {name for name, place in places.items() if "authorization" in place.headers}


def test_nobody_is_told_who_asks_unless_trusted(observatory_supergraph: Supergraph) -> None:
    assert told(observatory_supergraph) == set()
    assert told(observatory_supergraph, trusted=["people", "stars"]) == {"people", "stars"}
    assert told(observatory_supergraph, trusted=[EVERYONE]) == set(URLS)


def test_everybody_is_told_the_language_and_the_trace() -> None:
    assert {"accept-language", "traceparent", "tracestate"} == PUBLIC_HEADERS


def test_those_served_here_are_nowhere_else(observatory_supergraph: Supergraph) -> None:
    elsewhere = {name: url for name, url in URLS.items() if name != "stars"}
    assert remote_subgraphs(observatory_supergraph, elsewhere, 1.0, here=["stars", "moons"]).keys() == elsewhere.keys()
    with pytest.raises(PlaceError, match="'stars' is served in this process"):
        remote_subgraphs(observatory_supergraph, URLS, 1.0, here=["stars"])


@pytest.mark.parametrize(
    ("urls", "trusted", "said"),
    [
        ({"moons": "http://a/"}, [], "no subgraph 'moons' in the supergraph; it has people, stars, telescopes"),
        ({}, ["moons"], "no subgraph 'moons'"),
        ({"*": "http://a/"}, ["*"], "no subgraph '\\*'"),
        ({"stars": "ftp://a/"}, [], "'stars' has no http:// or https:// URL"),
        ({"stars": "a:80"}, [], "http:// or https://"),
        ({"stars": "http:///graphql"}, [], "http:// or https://"),
        ({"stars": "http://[::1"}, [], "http:// or https://"),
        ({"stars": "http://a:port/"}, [], "http:// or https://"),
    ],
)
def test_what_is_wrong_is_said(
    observatory_supergraph: Supergraph, urls: dict[str, str], trusted: list[str], said: str
) -> None:
    with pytest.raises(PlaceError, match=said):
        remote_subgraphs(observatory_supergraph, {**URLS, **urls}, 1.0, trusted=trusted)
