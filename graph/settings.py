"""Every setting, once. Each is read from the environment (or `.env`) under its name in capitals."""

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, FilePath, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Profile(StrEnum):
    """What kind of installation this is."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^/?#\s]+")


def _words(text: Any) -> Any:
    return tuple(text.replace(",", " ").split()) if isinstance(text, str) else text


def _origins(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if not _ORIGIN.fullmatch(word):
            raise PydanticCustomError("origin", "should hold origins such as https://example.org, without a path, or *")
    return words


def _begins(*schemes: str) -> Callable[[SecretStr], SecretStr]:
    def checked(url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(schemes):
            raise PydanticCustomError("scheme", "should begin with {schemes}", {"schemes": " or ".join(schemes)})
        return url

    return checked


def _folder(path: Path) -> Path:
    return path.expanduser().absolute()


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words), AfterValidator(_origins)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Folder = Annotated[Path, AfterValidator(_folder)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_begins("postgresql://", "postgres://"))]
RedisUrl = Annotated[SecretStr, AfterValidator(_begins("redis://", "rediss://", "unix://"))]
WebUrl = Annotated[SecretStr, AfterValidator(_begins("http://", "https://"))]


class Settings(BaseSettings):
    """The settings of one process; immutable."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    profile: Profile = Field(
        default=Profile.DEVELOPMENT,
        alias="MEDIA_GATEWAY_PROFILE",
        description="development: introspection and demo users; production: neither unless asked for.",
    )
    home: Folder = Field(
        default_factory=lambda: user_data_path("media-gateway", appauthor=False),
        alias="MEDIA_GATEWAY_HOME",
        description="Folder for the embedded database, the search index and the signing key.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=4000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database_url: PostgresUrl | None = Field(
        default=None, description="postgresql://… of a server; the embedded PostgreSQL when empty."
    )
    database_connections: int = Field(default=10, ge=2, le=200, description="Connections of one process at most.")
    redis_url: RedisUrl | None = Field(
        default=None, description="redis://… for messages between processes; in process when empty."
    )
    weaviate_url: WebUrl | None = Field(
        default=None, description="http://… of Weaviate; the embedded index when empty."
    )
    supergraph: FilePath | None = Field(
        default=None,
        alias="MEDIA_GATEWAY_SUPERGRAPH",
        description="Composed supergraph SDL to serve, e.g. one that partners' subgraphs have joined; ours when empty.",
    )
    trusted_subgraphs: Words = Field(
        default=(),
        description="Partners' subgraphs that are sent the viewer's access token, separated by spaces; * for all. "
        "Whoever is sent it can act as the viewer; our own subgraphs are.",
    )
    default_region: str = Field(
        default="US", pattern="^[A-Z]{2}$", description="Region of offers for viewers who state none (ISO 3166-1)."
    )
    demo_data: bool | None = Field(
        default=None, description="Load the bundled demo catalogue into an empty database; on in development."
    )
    introspection: bool | None = Field(
        default=None, description="Answer introspection and `_service`; on in development."
    )
    jwt_key_file: FilePath | None = Field(
        default=None,
        description="RS256 key (PEM): private where tokens are issued (users, gateway), public is enough elsewhere; "
        "made in MEDIA_GATEWAY_HOME when empty.",
    )
    jwt_issuer: str = Field(default="media-gateway", description="`iss` and `aud` of access tokens.")
    access_token_minutes: int = Field(default=15, ge=1, le=1440, description="Life of an access token.")
    allowed_origins: Origins = Field(
        default=(), description="Origins whose pages may use the API besides our own, separated by spaces; * for any."
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, description="Largest request body or socket message.")
    request_seconds: float = Field(default=30.0, gt=0, description="Longest a request may take.")
    fetch_seconds: float = Field(default=10.0, gt=0, description="Longest one subgraph fetch may take.")
    operations_per_socket: int = Field(default=50, ge=1, description="Operations at once on one WebSocket.")
    index_follow_seconds: float = Field(default=2.0, gt=0, description="How often the search index looks for changes.")
    persisted_operations: FilePath | None = Field(
        default=None,
        description="Manifest of operations that clients ask for by id (Apollo's format, or JSON of texts by id).",
    )
    only_persisted_operations: bool = Field(
        default=False, description="Answer no operation but those of PERSISTED_OPERATIONS."
    )
    workers: int = Field(
        default=1, ge=1, le=256, description="Processes that serve together; more than one need REDIS_URL."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")

    @property
    def development(self) -> bool:
        """True for an installation on a developer's machine."""
        return self.profile is Profile.DEVELOPMENT

    @property
    def wants_demo_data(self) -> bool:
        """True when an empty database is to be filled with the bundled catalogue."""
        return self.development if self.demo_data is None else self.demo_data

    @property
    def answers_introspection(self) -> bool:
        """True when the schema may be asked for its own shape."""
        return self.development if self.introspection is None else self.introspection


def explained(error: ValidationError) -> list[str]:
    """Return a line for each bad setting: its name in the environment, what is wrong, and its value unless secret."""
    return [_line(detail["loc"], detail["msg"], detail["input"]) for detail in error.errors(include_url=False)]


def _line(place: tuple[int | str, ...], message: str, value: Any) -> str:
    name = str(place[0]).upper() if place else "settings"
    secret = any(
        "Secret" in str(field.annotation)
        for key, field in Settings.model_fields.items()
        if name in {key.upper(), field.alias}
    )
    shown = "" if secret else f" (it is {str(value)[:80]!r})"
    return f"{name}: {message[0].lower()}{message[1:]}{shown}"
