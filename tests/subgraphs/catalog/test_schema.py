"""What the catalog answers."""

from typing import Any

import pytest

from tests.catalogue import UNKNOWN, Catalogue, forge

CONNECTION = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"


def ids(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in connection["edges"]]


async def data(ask: Any, query: str, **variables: Any) -> Any:
    answer = await ask(query, **variables)
    assert answer["errors"] == []
    return answer["data"]


EVERYTHING = """
query ($id: ID!) {
  title(id: $id) {
    id kind name originalName tagline
    localizedName(language: "de") { text language region isOriginal source }
    names { text language } german: names(languages: ["de"]) { text }
    description { text language } inGerman: description(language: "de") { text }
    descriptions { language } some: descriptions(languages: ["de"]) { language }
    externalIds { wikidata imdb tmdb tvdb eidr }
    parent { id } children { edges { node { id } } totalCount }
    seasonNumber episodeNumber seasonCount episodeCount releaseYear releaseDate endDate status
    runtimeMinutes runtime genres themes moods countries originalLanguage spokenLanguages minimumAge
    contentRatings { region scheme code minimumAge } us: contentRatings(regions: [US]) { code }
    rating { average weighted votes } popularity updatedAt
    credits { edges { node { role character job billing episodeCount person { name } title { id } } } totalCount }
    cast: credits(roles: [ACTOR]) { edges { node { character } } totalCount }
    directors { name }
    organizations { name role country } artwork { url } videos { url } technical { qualities }
    provenance { field } quality { confidence completeness freshnessDays conflictCount }
  }
}
"""


async def test_a_title_with_everything(ask: Any, shelf: Any) -> None:
    title = (await data(ask, EVERYTHING.replace("[US]", '["US"]'), id=shelf.titles["matrix"]))["title"]
    assert title["kind"] == "MOVIE"
    assert title["localizedName"] == {
        "text": "Matrix",
        "language": "de",
        "region": None,
        "isOriginal": False,
        "source": "demo",
    }
    assert title["names"] == [{"text": "The Matrix", "language": "en"}, {"text": "Matrix", "language": "de"}]
    assert title["german"] == [{"text": "Matrix"}]
    assert title["description"]["language"] == "en"
    assert title["inGerman"]["text"].startswith("Ein Hacker")
    assert [text["language"] for text in title["some"]] == ["de"]
    assert title["externalIds"] == {
        "wikidata": "Q83495",
        "imdb": "tt0133093",
        "tmdb": "603",
        "tvdb": None,
        "eidr": None,
    }
    assert (title["parent"], title["children"]) == (None, {"edges": [], "totalCount": 0})
    assert (title["releaseDate"], title["runtime"]) == ("1999-03-31", "PT2H16M")
    assert title["genres"] == ["ACTION", "SCIENCE_FICTION"]
    assert (title["us"], len(title["contentRatings"])) == ([{"code": "R"}], 2)
    assert title["rating"] == {"average": 8.7, "weighted": 8.6, "votes": 1200}
    assert title["updatedAt"].endswith("Z")
    people = [credit["node"]["person"]["name"] for credit in title["credits"]["edges"]]
    assert people == ["Lana Wachowski", "Lilly Wachowski", "Keanu Reeves"]
    assert {credit["node"]["title"]["id"] for credit in title["credits"]["edges"]} == {shelf.titles["matrix"]}
    assert title["cast"] == {"edges": [{"node": {"character": "Neo"}}], "totalCount": 1}
    assert [person["name"] for person in title["directors"]] == people[:2]
    assert title["organizations"] == title["artwork"] == title["videos"] == title["provenance"] == []
    assert title["technical"] is None
    assert title["quality"]["conflictCount"] == 0


async def test_a_title_little_is_known_of(ask: Any, shelf: Any) -> None:
    title = (await data(ask, EVERYTHING, id=shelf.titles["running"]))["title"]
    for field in (
        "releaseYear",
        "runtime",
        "runtimeMinutes",
        "rating",
        "description",
        "originalLanguage",
        "minimumAge",
    ):
        assert title[field] is None, field
    assert title["localizedName"]["text"] == "Speed of Light"
    assert title["names"] == [{"text": "Speed of Light", "language": "und"}]


async def test_series_seasons_and_episodes_lead_to_each_other(ask: Any, shelf: Any) -> None:
    query = """
    query ($series: ID!, $episode: ID!) {
      series: title(id: $series) {
        directors { name } children(first: 1) { edges { node { name children { edges { node { name } } } } }
        pageInfo { hasNextPage endCursor } }
      }
      episode: title(id: $episode) { seasonNumber episodeNumber parent { name parent { name parent { id } } } }
    }
    """
    found = await data(ask, query, series=shelf.titles["series"], episode=shelf.titles["episode21"])
    assert found["series"]["directors"] == [{"name": "Vince Gilligan"}]
    [season] = found["series"]["children"]["edges"]
    assert season["node"]["name"] == "Season 1"
    assert len(season["node"]["children"]["edges"]) == 2
    assert found["series"]["children"]["pageInfo"]["hasNextPage"]
    assert found["episode"] == {
        "seasonNumber": 2,
        "episodeNumber": 1,
        "parent": {"name": "Season 2", "parent": {"name": "Desert Chemistry", "parent": None}},
    }


async def test_pictures_videos_and_companies_are_chosen(ask: Any, shelf: Any) -> None:
    async with shelf.sources.database.acquire() as connection:
        id_ = await Catalogue(connection, iter(range(5000, 5010))).title(
            "Pictures",
            kind="SEASON",
            artwork=[
                {"kind": "POSTER", "url": "https://example.org/en.jpg", "language": "en", "width": 100},
                {"kind": "POSTER", "url": "https://example.org/de.jpg", "language": "de"},
                {"kind": "BACKDROP", "url": "https://example.org/plain.jpg"},
            ],
            videos=[
                {"kind": "TRAILER", "name": "One", "url": "https://example.org/1", "site": "youtube", "seconds": 90},
                {
                    "kind": "CLIP",
                    "name": "Two",
                    "url": "https://example.org/2",
                    "site": "youtube",
                    "language": "de",
                    "publishedAt": "2026-03-01T00:00:00+00:00",
                    "official": True,
                },
            ],
            organizations=[
                {"name": "Studio", "role": "STUDIO", "country": "US"},
                {"name": "Network", "role": "NETWORK"},
            ],
            technical={"qualities": ["UHD_4K"], "audioLanguages": ["en"]},
        )
    query = """
    query ($id: ID!) { title(id: $id) {
      all: artwork { kind url width } posters: artwork(kinds: [POSTER], language: "de") { url }
      german: artwork(language: "de") { url }
      videos { name duration official publishedAt } clips: videos(kinds: [CLIP]) { name language }
      organizations(roles: [STUDIO]) { name country } technical { qualities hdrFormats audioLanguages aspectRatio }
    } }
    """
    title = (await data(ask, query, id=id_))["title"]
    assert title["all"][0] == {"kind": "POSTER", "url": "https://example.org/en.jpg", "width": 100}
    assert title["posters"] == [{"url": "https://example.org/de.jpg"}]
    assert len(title["german"]) == 2
    assert title["videos"] == [
        {"name": "One", "duration": "PT1M30S", "official": False, "publishedAt": None},
        {"name": "Two", "duration": None, "official": True, "publishedAt": "2026-03-01T00:00:00Z"},
    ]
    assert title["clips"] == [{"name": "Two", "language": "de"}]
    assert title["organizations"] == [{"name": "Studio", "country": "US"}]
    assert title["technical"] == {
        "qualities": ["UHD_4K"],
        "hdrFormats": [],
        "audioLanguages": ["en"],
        "aspectRatio": None,
    }


async def test_titles_by_ids_and_external_ids(ask: Any, shelf: Any) -> None:
    query = """
    query ($ids: [ID!]!) {
      titlesByIds(ids: $ids) { id }
      movie: titleByExternalId(source: TMDB, id: "603", kind: MOVIE) { name }
      series: titleByExternalId(source: TMDB, id: "603", kind: SERIES) { name }
      imdb: titleByExternalId(source: IMDB, id: "tt0133093") { name }
      nothing: titleByExternalId(source: IMDB, id: "tt1") { name }
    }
    """
    found = await data(ask, query, ids=[shelf.titles["amelie"], UNKNOWN])
    assert found == {
        "titlesByIds": [{"id": shelf.titles["amelie"]}, None],
        "movie": {"name": "The Matrix"},
        "series": {"name": "Desert Chemistry"},
        "imdb": {"name": "The Matrix"},
        "nothing": None,
    }


async def test_lists_are_walked(ask: Any, shelf: Any) -> None:
    query = f"query ($after: String) {{ titles(sort: OLDEST, first: 2, after: $after) {{ {CONNECTION} }} }}"
    first = (await data(ask, query))["titles"]
    assert ids(first) == [shelf.titles["matrix"], shelf.titles["amelie"]]
    assert first["totalCount"] == 4
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": first["edges"][0]["cursor"],
        "endCursor": first["edges"][1]["cursor"],
    }
    rest = (await data(ask, query, after=first["pageInfo"]["endCursor"]))["titles"]
    assert ids(rest) == [shelf.titles["series"], shelf.titles["running"]]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    nothing = (await data(ask, f"{{ titles(first: 0) {{ {CONNECTION} }} }}"))["titles"]
    assert (nothing["edges"], nothing["pageInfo"]["endCursor"]) == ([], None)


async def test_lists_are_narrowed(ask: Any, shelf: Any) -> None:
    query = "query ($filter: TitleFilter) { titles(filter: $filter, sort: NAME) { edges { node { id } } totalCount } }"

    async def listed(**wanted: Any) -> list[str]:
        return ids((await data(ask, query, filter=wanted))["titles"])

    assert await listed(genres=["ACTION"], minRating=8) == [shelf.titles["matrix"]]
    assert await listed(releaseYear={"min": 2001, "max": 2001}) == [shelf.titles["amelie"]]
    assert await listed(runtimeMinutes={"min": 130}) == [shelf.titles["matrix"]]
    assert await listed(maxAge=6, excludeGenres=["WAR"], countries=["FR"], originalLanguages=["FR"]) == [
        shelf.titles["amelie"]
    ]
    assert await listed(personIds=[shelf.people["vince"]], moods=None, kinds=["SERIES"]) == [shelf.titles["series"]]
    assert await listed(platformIds=[UNKNOWN], region="DE") == []
    assert len(await listed(onMyServices=False)) == 4
    assert len(await listed(onMyServices=None)) == 4


async def test_null_arguments_are_defaults(ask: Any, shelf: Any) -> None:
    query = """
    { titles(filter: null, sort: null, first: null, after: null) { edges { node { id } } }
      trending(region: null, window: null, kinds: null, first: null, after: null) { edges { node { id } } }
      suggest(prefix: "mat", first: null, language: null) { text } }
    """
    found = await data(ask, query)
    assert ids(found["titles"])[0] == shelf.titles["matrix"]
    assert ids(found["trending"])[0] == shelf.titles["matrix"]
    assert found["suggest"][0] == {"text": "The Matrix"}


async def test_a_person(ask: Any, shelf: Any) -> None:
    query = """
    query ($id: ID!, $jeunet: ID!) {
      person(id: $id) { name knownFor birthDate deathDate birthPlace externalIds { imdb eidr } artwork { url }
        biography { text } credits(first: 1) { edges { node { role title { name } } } totalCount } }
      jeunet: person(id: $jeunet) { biography(language: "fr-BE") { text language } }
    }
    """
    found = await data(ask, query, id=shelf.people["keanu"], jeunet=shelf.people["jeunet"])
    assert found["person"] == {
        "name": "Keanu Reeves",
        "knownFor": "ACTOR",
        "birthDate": None,
        "deathDate": None,
        "birthPlace": None,
        "externalIds": {"imdb": "nm0000206", "eidr": None},
        "artwork": [],
        "biography": None,
        "credits": {"edges": [{"node": {"role": "ACTOR", "title": {"name": "The Matrix"}}}], "totalCount": 2},
    }
    assert found["jeunet"]["biography"] == {"text": "Il filme des rêves.", "language": "fr"}


async def test_genres(ask: Any) -> None:
    genres = (await data(ask, "{ genres { genre name titleCount } }"))["genres"]
    assert len(genres) == 18
    by_genre = {genre["genre"]: genre for genre in genres}
    assert by_genre["ACTION"] == {"genre": "ACTION", "name": "Action", "titleCount": 2}
    assert by_genre["SCIENCE_FICTION"]["name"] == "Science fiction"


async def test_search_says_what_and_why(ask: Any, shelf: Any) -> None:
    query = """
    query ($input: SearchInput!) { search(input: $input) {
      edges {
        cursor node { name } score matchReasons { kind text weight } highlights { field snippet spans { start end } }
      }
      pageInfo { hasNextPage } totalCount degraded degradedReason tookMs
      interpretation { text intent expandedTerms didYouMean parser }
    } }
    """
    found = (await data(ask, query, input={"query": " hacker matrix "}))["search"]
    [edge] = found["edges"]
    assert edge["node"] == {"name": "The Matrix"}
    assert edge["matchReasons"][0]["kind"] == "NAME"
    assert {highlight["field"] for highlight in edge["highlights"]} >= {"name", "description"}
    assert (found["totalCount"], found["degraded"], found["degradedReason"]) == (1, False, None)
    assert found["interpretation"] == {
        "text": "hacker matrix",
        "intent": "FIND",
        "expandedTerms": [],
        "didYouMean": None,
        "parser": "off",
    }
    assert found["tookMs"] > 0
    none = (await data(ask, query, input={"query": "matrix", "filter": {"genres": ["WAR"]}, "first": None}))["search"]
    assert (none["edges"], none["totalCount"]) == ([], 0)


async def test_suggestions_lead_somewhere(ask: Any, shelf: Any) -> None:
    query = """
    query ($prefix: String!) { suggest(prefix: $prefix) {
      text score spans { start end } target { __typename ... on Title { id } ... on Person { id } }
    } }
    """
    [title] = (await data(ask, query, prefix="matrix"))["suggest"]
    assert title == {
        "text": "The Matrix",
        "score": 1.0,
        "spans": [{"start": 4, "end": 10}],
        "target": {"__typename": "Title", "id": shelf.titles["matrix"]},
    }
    [person] = (await data(ask, query, prefix="keanu ree"))["suggest"]
    assert person["target"] == {"__typename": "Person", "id": shelf.people["keanu"]}


BAD: list[tuple[str, str, dict[str, Any], str, list[Any]]] = [
    ("unknown title", "query ($v: ID!) { title(id: $v) { name } }", {"v": UNKNOWN}, "NOT_FOUND", ["title"]),
    ("unknown person", "query ($v: ID!) { person(id: $v) { name } }", {"v": UNKNOWN}, "NOT_FOUND", ["person"]),
    ("malformed id", '{ title(id: "1") { name } }', {}, "BAD_USER_INPUT", ["title"]),
    ("malformed person", '{ person(id: "x") { name } }', {}, "BAD_USER_INPUT", ["person"]),
    ("a number as id", "{ title(id: 1) { name } }", {}, "BAD_USER_INPUT", ["title"]),
    ("alias in the path", '{ mine: title(id: "1") { name } }', {}, "BAD_USER_INPUT", ["mine"]),
    ("malformed among ids", '{ titlesByIds(ids: ["1"]) { name } }', {}, "BAD_USER_INPUT", ["titlesByIds"]),
    (
        "101 ids",
        "query ($v: [ID!]!) { titlesByIds(ids: $v) { name } }",
        {"v": [UNKNOWN] * 101},
        "BAD_USER_INPUT",
        ["titlesByIds"],
    ),
    (
        "tmdb without kind",
        '{ titleByExternalId(source: TMDB, id: "603") { name } }',
        {},
        "BAD_USER_INPUT",
        ["titleByExternalId"],
    ),
    ("101 items", "{ titles(first: 101) { edges { cursor } } }", {}, "BAD_USER_INPUT", ["titles"]),
    ("-1 items", "{ titles(first: -1) { edges { cursor } } }", {}, "BAD_USER_INPUT", ["titles"]),
    ("101 trends", "{ trending(first: 101) { edges { cursor } } }", {}, "BAD_USER_INPUT", ["trending"]),
    ("broken cursor", '{ titles(after: "?") { edges { cursor } } }', {}, "BAD_USER_INPUT", ["titles"]),
    ("empty cursor", '{ titles(after: "") { edges { cursor } } }', {}, "BAD_USER_INPUT", ["titles"]),
    ("broken trend cursor", '{ trending(after: "W10") { edges { cursor } } }', {}, "BAD_USER_INPUT", ["trending"]),
    ("empty search", '{ search(input: {query: " "}) { tookMs } }', {}, "BAD_USER_INPUT", ["search"]),
    (
        "long search",
        "query ($v: String!) { search(input: {query: $v}) { tookMs } }",
        {"v": "x" * 501},
        "BAD_USER_INPUT",
        ["search"],
    ),
    ("101 hits", '{ search(input: {query: "a", first: 101}) { tookMs } }', {}, "BAD_USER_INPUT", ["search"]),
    ("cursor of hits", '{ search(input: {query: "a", after: "x"}) { tookMs } }', {}, "BAD_USER_INPUT", ["search"]),
    ("empty prefix", '{ suggest(prefix: "") { text } }', {}, "BAD_USER_INPUT", ["suggest"]),
    ("21 completions", '{ suggest(prefix: "a", first: 21) { text } }', {}, "BAD_USER_INPUT", ["suggest"]),
    (
        "turned range",
        "{ titles(filter: {releaseYear: {min: 2, max: 1}}) { edges { cursor } } }",
        {},
        "BAD_USER_INPUT",
        ["titles"],
    ),
    ("rating 11", "{ titles(filter: {minRating: 11}) { edges { cursor } } }", {}, "BAD_USER_INPUT", ["titles"]),
    ("age -1", "{ titles(filter: {maxAge: -1}) { edges { cursor } } }", {}, "BAD_USER_INPUT", ["titles"]),
    (
        "mood with NUL",
        "query ($v: [String!]) { titles(filter: {moods: $v}) { edges { cursor } } }",
        {"v": ["\x00"]},
        "BAD_USER_INPUT",
        ["titles"],
    ),
    (
        "malformed person id",
        '{ titles(filter: {personIds: ["1"]}) { edges { cursor } } }',
        {},
        "BAD_USER_INPUT",
        ["titles"],
    ),
    (
        "own services of nobody",
        "{ titles(filter: {onMyServices: true}) { edges { cursor } } }",
        {},
        "UNAUTHENTICATED",
        ["titles"],
    ),
    (
        "own services of nobody in a search",
        '{ search(input: {query: "a", filter: {onMyServices: true}}) { tookMs } }',
        {},
        "UNAUTHENTICATED",
        ["search"],
    ),
]


@pytest.mark.parametrize(("query", "variables", "code", "path"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
async def test_bad_input_has_a_code_a_path_and_a_sentence(
    ask: Any, query: str, variables: dict[str, Any], code: str, path: list[Any]
) -> None:
    answer = await ask(query, **variables)
    [error] = answer["errors"]
    assert error["extensions"] == {"code": code}
    assert error["path"] == path
    assert len(error["message"]) > 10


INVALID = [
    ('{ trending(region: "ZZ") { edges { cursor } } }', {}),
    ("query ($v: Region) { trending(region: $v) { edges { cursor } } }", {"v": "ZZ"}),
    ('{ titles(filter: {countries: ["ZZ"]}) { edges { cursor } } }', {}),
    ('{ titles(first: "x") { edges { cursor } } }', {}),
    ("query ($v: Int) { titles(first: $v) { edges { cursor } } }", {"v": "x"}),
    ("query ($v: Int) { titles(first: $v) { edges { cursor } } }", {"v": 2**31}),
    ("{ titles(sort: FASTEST) { edges { cursor } } }", {}),
    ("{ titles { edges { node { colour } } } }", {}),
    ("{ title { name } }", {}),
    ('query ($v: Language) { suggest(prefix: "a", language: $v) { text } }', {"v": "english"}),
    ("{ titles(filter: {minRating: 1e400}) { edges { cursor } } }", {}),
]


@pytest.mark.parametrize(("query", "variables"), INVALID, ids=range(len(INVALID)))
async def test_what_graphql_itself_objects_to_is_bad_input(ask: Any, query: str, variables: dict[str, Any]) -> None:
    answer = await ask(query, **variables)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}


async def test_a_bad_argument_deep_down_has_its_whole_path(ask: Any) -> None:
    answer = await ask(
        "{ titles(first: 1, sort: OLDEST) { edges { node { name credits(first: 101) { totalCount } } } } }"
    )
    [error] = answer["errors"]
    assert error["path"] == ["titles", "edges", 0, "node", "credits"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_cursors_of_other_lists_and_made_up_ones_are_refused_everywhere(ask: Any, shelf: Any) -> None:
    matrix, series, keanu = shelf.titles["matrix"], shelf.titles["series"], shelf.people["keanu"]
    lists = {
        "titles": "titles(first: 1, after: $c) { edges { cursor } }",
        "trending": "trending(first: 1, after: $c) { edges { cursor } }",
        "search": 'search(input: {query: "matrix", after: $c}) { edges { cursor } }',
        "credits": f'title(id: "{matrix}") {{ list: credits(first: 1, after: $c) {{ edges {{ cursor }} }} }}',
        "children": f'title(id: "{series}") {{ list: children(first: 1, after: $c) {{ edges {{ cursor }} }} }}',
        "filmography": f'person(id: "{keanu}") {{ list: credits(first: 1, after: $c) {{ edges {{ cursor }} }} }}',
    }
    cursors = {}
    for name, field in lists.items():
        [found] = (await data(ask, f"query ($c: String) {{ {field} }}")).values()
        cursors[name] = found.get("list", found)["edges"][0]["cursor"]
    assert len(set(cursors.values())) == len(lists)
    for name, field in lists.items():
        foreign = [cursor for other, cursor in cursors.items() if other != name]
        forged = [forge(cursors[name], *position) for position in ([], ["x"], [{}, []], ["x", "y", "z"], [None] * 3)]
        for cursor in [*foreign, *forged]:
            answer = await ask(f"query ($c: String) {{ {field} }}", c=cursor)
            assert [error["extensions"] for error in answer["errors"]] == [{"code": "BAD_USER_INPUT"}], (name, cursor)
        assert (await ask(f"query ($c: String) {{ {field} }}", c=cursors[name]))["errors"] == []


ENTITIES = """
query ($of: [_Any!]!) { _entities(representations: $of) {
  __typename ... on Title { id name contentClusters } ... on Person { id name }
} }
"""


async def test_entities_are_resolved_in_order(ask: Any, shelf: Any) -> None:
    of = [
        {"__typename": "Title", "id": shelf.titles["amelie"]},
        {"__typename": "Person", "id": shelf.people["keanu"]},
        {"__typename": "Title", "id": UNKNOWN},
        {"__typename": "Title", "id": shelf.titles["matrix"].upper()},
        {"__typename": "Person", "id": UNKNOWN},
    ]
    answer = await ask(ENTITIES, of=of)
    assert answer["errors"] == []
    found = answer["data"]["_entities"]
    assert [entity and entity["name"] for entity in found] == ["Amélie", "Keanu Reeves", None, "The Matrix", None]
    assert found[0]["contentClusters"] == []
    assert len(answer["statements"]) == 2


async def test_a_malformed_entity_spoils_itself_only(ask: Any, shelf: Any) -> None:
    of = [{"__typename": "Title", "id": shelf.titles["amelie"]}, {"__typename": "Title", "id": "1"}]
    answer = await ask(ENTITIES, of=of)
    assert [entity and entity["name"] for entity in answer["data"]["_entities"]] == ["Amélie", None]
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("BAD_USER_INPUT", ["_entities", 1])


async def test_representations_that_are_none_do_not_break_the_service(ask: Any) -> None:
    for of in ([{}], [{"__typename": "Nothing", "id": "1"}], [{"__typename": "Title"}], ["x"], [None], [{"id": "1"}]):
        answer = await ask(ENTITIES, of=of)
        assert answer["errors"]
    assert (await ask(ENTITIES, of=[]))["data"] == {"_entities": []}


PAGE = """
fragment Card on Title {
  name localizedName(language: "de") { text } names { text } description { text } descriptions { language }
  credits { edges { node { person { name } title { name } } } totalCount }
  directors { name }
  children { edges { node { name } } totalCount }
  parent { name }
  quality { confidence }
}
"""


async def test_twenty_titles_take_one_statement_per_loader(ask: Any, shelf: Any) -> None:
    everything = list(shelf.titles.values())
    query = f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ ...Card }} }} {PAGE}"
    few = await ask(query, of=[{"__typename": "Title", "id": id_} for id_ in everything[:2]])
    many = await ask(query, of=[{"__typename": "Title", "id": id_} for id_ in (everything * 2)[:20]])
    assert few["errors"] == many["errors"] == []
    assert len(many["data"]["_entities"]) == 20
    loaders = ["titles", "names", "descriptions", "credits", "how many", "children", "how many", "directors", "people"]
    assert len(many["statements"]) == len(loaders), many["statements"]


async def test_a_list_of_titles_takes_a_constant_number_of_statements(ask: Any) -> None:
    query = f"query ($first: Int) {{ titles(first: $first, sort: NAME) {{ edges {{ node {{ ...Card }} }} }} }} {PAGE}"
    one, everything = await ask(query, first=1), await ask(query, first=20)
    assert everything["errors"] == []
    assert (len(one["data"]["titles"]["edges"]), len(everything["data"]["titles"]["edges"])) == (1, 4)
    assert len(everything["statements"]) == len(one["statements"]) == 9


async def test_a_search_takes_a_constant_number_of_statements(ask: Any) -> None:
    wanted = '{query: "matrix keanu light desert", first: $first}'
    query = f"query ($first: Int) {{ search(input: {wanted}) {{ edges {{ node {{ name }} }} }} }}"
    one, many = await ask(query, first=1), await ask(query, first=20)
    assert len(many["data"]["search"]["edges"]) > len(one["data"]["search"]["edges"]) == 1
    assert len(many["statements"]) == len(one["statements"]) == 6
