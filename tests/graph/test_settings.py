"""Every setting is read from the environment, has a safe default, and says what is wrong with a bad value."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from graph.settings import Profile, Settings, explained

ROOT = Path(__file__).parents[2]
ENVIRONMENT: dict[str, tuple[str, str, Any]] = {
    "MEDIA_GATEWAY_PROFILE": ("profile", "production", Profile.PRODUCTION),
    "MEDIA_GATEWAY_HOME": ("home", "/srv/media", Path("/srv/media")),
    "HOST": ("host", "0.0.0.0", "0.0.0.0"),  # noqa: S104 – read, not bound
    "PORT": ("port", "8080", 8080),
    "DATABASE_URL": ("database_url", "postgresql://me:secret@db/x", SecretStr("postgresql://me:secret@db/x")),
    "DATABASE_CONNECTIONS": ("database_connections", "33", 33),
    "REDIS_URL": ("redis_url", "redis://:secret@cache:6379/0", SecretStr("redis://:secret@cache:6379/0")),
    "WEAVIATE_URL": ("weaviate_url", "http://me:secret@vectors:8080", SecretStr("http://me:secret@vectors:8080")),
    "MEDIA_GATEWAY_SUPERGRAPH": ("supergraph", __file__, Path(__file__)),
    "TRUSTED_SUBGRAPHS": ("trusted_subgraphs", "reviews, prices ", ("reviews", "prices")),
    "DEFAULT_REGION": ("default_region", "DE", "DE"),
    "DEMO_DATA": ("demo_data", "true", True),
    "INTROSPECTION": ("introspection", "false", False),
    "JWT_KEY_FILE": ("jwt_key_file", __file__, Path(__file__)),
    "JWT_ISSUER": ("jwt_issuer", "https://id.example.org", "https://id.example.org"),
    "ACCESS_TOKEN_MINUTES": ("access_token_minutes", "5", 5),
    "ALLOWED_ORIGINS": (
        "allowed_origins",
        " https://a.example, http://localhost:3000  https://b.example,",
        ("https://a.example", "http://localhost:3000", "https://b.example"),
    ),
    "MAX_BODY_BYTES": ("max_body_bytes", "2048", 2048),
    "REQUEST_SECONDS": ("request_seconds", "1.5", 1.5),
    "FETCH_SECONDS": ("fetch_seconds", "0.5", 0.5),
    "OPERATIONS_PER_SOCKET": ("operations_per_socket", "7", 7),
    "INDEX_FOLLOW_SECONDS": ("index_follow_seconds", "0.25", 0.25),
    "PERSISTED_OPERATIONS": ("persisted_operations", __file__, Path(__file__)),
    "ONLY_PERSISTED_OPERATIONS": ("only_persisted_operations", "true", True),
    "WORKERS": ("workers", "4", 4),
    "LOG_LEVEL": ("log_level", "DEBUG", "DEBUG"),
}
BAD: list[tuple[str, str, str]] = [
    ("MEDIA_GATEWAY_PROFILE", "prod", "'development' or 'production' (it is 'prod')"),
    ("PORT", "http", "valid integer"),
    ("PORT", "65536", "less than or equal to 65535"),
    ("DATABASE_URL", "mysql://me:hunter2@db/x", "begin with postgresql://"),
    ("DATABASE_URL", "hunter2", "begin with postgresql://"),
    ("DATABASE_CONNECTIONS", "1", "greater than or equal to 2"),
    ("REDIS_URL", "http://:hunter2@cache", "begin with redis://"),
    ("WEAVIATE_URL", "hunter2:8080", "begin with http://"),
    ("MEDIA_GATEWAY_SUPERGRAPH", "/nowhere/supergraph.graphql", "(it is '/nowhere/supergraph.graphql')"),
    ("DEFAULT_REGION", "Germany", "[A-Z]{2}"),
    ("DEMO_DATA", "perhaps", "valid boolean"),
    ("JWT_KEY_FILE", "/nowhere/key.pem", "(it is '/nowhere/key.pem')"),
    ("ACCESS_TOKEN_MINUTES", "0", "greater than or equal to 1"),
    ("ALLOWED_ORIGINS", "https://a.example https://b.example/page", "without a path"),
    ("ALLOWED_ORIGINS", "a.example", "https://example.org"),
    ("REQUEST_SECONDS", "0", "greater than 0"),
    ("PERSISTED_OPERATIONS", "/nowhere/manifest.json", "(it is '/nowhere/manifest.json')"),
    ("WORKERS", "0", "greater than or equal to 1"),
    ("LOG_LEVEL", "loud", "'WARNING'"),
]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, and no .env."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_these_are_all_settings() -> None:
    assert {field for field, _, _ in ENVIRONMENT.values()} == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "field", "text", "value"), [(name, *case) for name, case in ENVIRONMENT.items()], ids=ENVIRONMENT
)
def test_a_setting_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, field: str, text: str, value: Any
) -> None:
    assert getattr(Settings(), field) != value, "this would show nothing"
    monkeypatch.setenv(name, text)
    assert getattr(Settings(), field) == value


def test_a_setting_is_read_from_a_file_unless_the_environment_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=5001\nHOST=::1\nPOSTGRES_PASSWORD=of-compose\n")
    monkeypatch.setenv("PORT", "5002")
    settings = Settings()
    assert (settings.port, settings.host) == (5002, "::1")


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings()
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")
    assert Settings() == before


def test_a_home_may_be_written_as_people_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("MEDIA_GATEWAY_HOME", "~/media")
    assert Settings().home == tmp_path / "me" / "media"
    monkeypatch.setenv("MEDIA_GATEWAY_HOME", "media")
    assert Settings().home == tmp_path / "media"


def test_any_origin_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "*")
    assert Settings().allowed_origins == ("*",)


def test_development_shows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert (settings.profile, settings.wants_demo_data, settings.answers_introspection) == ("development", True, True)
    assert (settings.host, settings.port, settings.allowed_origins) == ("127.0.0.1", 4000, ())


def test_production_has_no_demo_data_and_no_introspection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_GATEWAY_PROFILE", "production")
    settings = Settings()
    assert (settings.development, settings.wants_demo_data, settings.answers_introspection) == (False, False, False)
    monkeypatch.setenv("DEMO_DATA", "true")
    monkeypatch.setenv("INTROSPECTION", "yes")
    settings = Settings()
    assert (settings.wants_demo_data, settings.answers_introspection) == (True, True), "unless asked for"


def test_a_copy_decides_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert settings.answers_introspection
    assert not settings.model_copy(update={"introspection": False}).answers_introspection


@pytest.mark.parametrize(("name", "text", "told"), BAD, ids=[f"{name} {text[:12]}" for name, text, _ in BAD])
def test_a_bad_value_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, text: str, told: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ValidationError) as error:
        Settings()
    (line,) = explained(error.value)
    assert line.startswith(f"{name}: ")
    assert told in line
    assert "hunter2" not in line + str(error.value)


def test_each_bad_value_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    first = dict.fromkeys(name for name, _, _ in BAD)
    for name in first:
        monkeypatch.setenv(name, next(text for bad, text, _ in BAD if bad == name))
    with pytest.raises(ValidationError) as error:
        Settings()
    assert {line.partition(":")[0] for line in explained(error.value)} == set(first)


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (_, text, _) in ENVIRONMENT.items():
        monkeypatch.setenv(name, text)
    settings = Settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert "secret" not in shown
    assert settings.database_url is not None
    assert "secret" in settings.database_url.get_secret_value()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_says_what_it_does() -> None:
    for name, field in Settings.model_fields.items():
        assert re.fullmatch(r"\S.{15,}", field.description or ""), name


def test_every_setting_is_in_the_example_with_nothing_set() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    assert {f"{name}=" for name in ENVIRONMENT} <= set(lines)
