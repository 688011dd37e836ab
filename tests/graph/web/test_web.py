"""The explorer page: everything local, nothing inline, built from the sources beside it."""

import gzip
import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, OperationType, build_schema, parse, validate
from starlette.applications import Starlette

from graph import web
from graph.web import STATIC, DemoUser, PageConfig, routes

ROOT = Path(web.__file__).parent
SUPERGRAPH = ROOT.parent.parent / "schema.graphql"
OPERATIONS = sorted((ROOT / "src" / "operations").glob("*.graphql"))
ISSUE_1 = {
    *("title", "titlesByIds", "titleByExternalId", "titles", "person", "genres", "trending", "search", "suggest"),
    *("platforms", "platform", "platformCatalog"),
    *("me", "register", "login", "updatePreferences", "addToWatchlist", "removeFromWatchlist"),
    *("rateTitle", "reportPlayback", "recommendations", "watchlistChanged", "playbackChanged"),
}
ADA: DemoUser = {"email": "ada@example.org", "password": "analytical", "displayName": "Ada", "about": "likes engines"}
EXTERNAL = re.compile(r"(?:https?|wss?):|[\"'(=]\s*//")


class Tags(HTMLParser):
    """Collects start tags with their attributes, and the text inside script and style elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inline = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.lasttag in {"script", "style"}:
            self.inline += data.strip()

    def addresses(self) -> Iterator[str]:
        for _, attributes in self.tags:
            yield from (attributes[name] for name in ("src", "href") if name in attributes)


@pytest.fixture
def config() -> PageConfig:
    return {"endpoint": "/graphql", "demoUsers": [ADA]}


@pytest.fixture
async def client(config: PageConfig) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=list(routes(lambda: config))))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        yield client


async def loaded_by_page(client: httpx.AsyncClient) -> list[str]:
    page = await client.get("/")
    return [address for address in Tags(page.text).addresses() if address.startswith("/static/")]


async def test_page_names_only_local_addresses(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    tags = Tags(page.text)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert all(re.match(r"/(?!/)", address) for address in tags.addresses())
    assert not EXTERNAL.search(page.text)


async def test_page_has_nothing_inline(client: httpx.AsyncClient) -> None:
    tags = Tags((await client.get("/")).text)
    assert tags.inline == ""
    names = {name for _, attributes in tags.tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


async def test_every_asset_of_the_page_exists_and_is_cached_for_ever(client: httpx.AsyncClient) -> None:
    addresses = await loaded_by_page(client)
    assert {Path(address).suffix for address in addresses} == {".js", ".css", ".svg"}
    for address in addresses:
        asset = await client.get(address)
        assert asset.status_code == 200, address
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        digest = hashlib.sha256(asset.content).hexdigest()[:12]
        assert address.rsplit(".", 1)[0].endswith(f"-{digest}")


async def test_style_sheet_loads_nothing(client: httpx.AsyncClient) -> None:
    [address] = [address for address in await loaded_by_page(client) if address.endswith(".css")]
    style = (await client.get(address)).text
    assert "url(" not in style
    assert "@import" not in style


async def test_script_is_a_script_and_evaluates_no_text(client: httpx.AsyncClient) -> None:
    [address] = [address for address in await loaded_by_page(client) if address.endswith(".js")]
    script = await client.get(address)
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert not re.search(r"\beval\(|\bnew Function\(|\bimport\(", script.text)


@pytest.mark.parametrize("path", ["/", "/config.json", "/favicon.ico", "/static/THIRD-PARTY-NOTICES.txt", "/static/x"])
async def test_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split(";")}
    assert policy["default-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_page_is_revalidated(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["cache-control"] == "no-cache"


async def test_config_is_asked_for_each_time_and_never_stored(client: httpx.AsyncClient, config: PageConfig) -> None:
    first = await client.get("/config.json")
    assert first.json() == {"endpoint": "/graphql", "demoUsers": [ADA]}
    assert first.headers["cache-control"] == "no-store"
    config["demoUsers"] = []
    assert (await client.get("/config.json")).json()["demoUsers"] == []


@pytest.mark.parametrize(
    ("accepts", "compressed"),
    [("gzip, br", True), ("*", True), ("gzip;q=0", False), ("*, gzip;q=0", False), ("identity", False), ("", False)],
)
async def test_compression_is_negotiated(client: httpx.AsyncClient, accepts: str, compressed: bool) -> None:
    [address] = [address for address in await loaded_by_page(client) if address.endswith(".css")]
    async with client.stream("GET", address, headers={"accept-encoding": accepts}) as asset:
        body = b"".join([chunk async for chunk in asset.aiter_raw()])
        assert ("content-encoding" in asset.headers) is compressed
        assert asset.headers["vary"] == "Accept-Encoding"
    plain = (STATIC / Path(address).name).read_bytes()
    assert (gzip.decompress(body) if compressed else body) == plain


@pytest.mark.parametrize("name", ["index.html", "sources.json", "..%2f__init__.py", "../__init__.py", "no.js"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 404


async def test_icons(client: httpx.AsyncClient) -> None:
    for path in ("/favicon.svg", "/favicon.ico"):
        icon = await client.get(path)
        assert icon.headers["content-type"] == "image/svg+xml"
        assert icon.text.startswith("<svg ")


async def test_head_and_wrong_method(client: httpx.AsyncClient) -> None:
    head = await client.head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert (await client.post("/")).status_code == 405


def test_build_is_up_to_date() -> None:
    recorded = json.loads((STATIC / "sources.json").read_text())
    files = [path for path in (ROOT / "src").rglob("*") if path.is_file()]
    files += [ROOT / name for name in ("build.mjs", "notices.mjs", "package.json", "package-lock.json")]
    actual = {path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert recorded == actual, "run `npm ci && npm run build` in graph/web and commit static/"


def test_lock_file_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in packages.items() if name)


def test_sizes() -> None:
    sizes = [path.stat().st_size for path in STATIC.iterdir()]
    assert sum(sizes) < 2 * 1024 * 1024


def test_notices_name_what_the_page_depends_on() -> None:
    notices = (STATIC / "THIRD-PARTY-NOTICES.txt").read_text()
    manifest = json.loads((ROOT / "package.json").read_text())
    for name, version in manifest["devDependencies"].items():
        assert name == "esbuild" or f"{name} {version} (MIT)" in notices
    assert "Permission is hereby granted" in notices


@pytest.fixture(scope="module")
def supergraph() -> GraphQLSchema:
    return build_schema(SUPERGRAPH.read_text(), assume_valid_sdl=True)


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_example_uses_root_fields_that_work(path: Path) -> None:
    [operation] = parse(path.read_text()).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name
    roots = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    assert len(roots) == len(operation.selection_set.selections)
    assert {root.name.value for root in roots} <= ISSUE_1
    if operation.operation is OperationType.SUBSCRIPTION:
        assert len(roots) == 1


@pytest.mark.skipif(not SUPERGRAPH.exists(), reason="schema.graphql has not been composed yet")
@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_example_is_valid(path: Path, supergraph: GraphQLSchema) -> None:
    assert validate(supergraph, parse(path.read_text())) == []


def test_every_example_is_listed() -> None:
    listed = re.findall(r"'\./operations/([a-z-]+)\.graphql'", (ROOT / "src" / "examples.js").read_text())
    assert sorted(listed) == [path.stem for path in OPERATIONS]
