"""Every setting, once. Each is read from the environment (or `.env`) under its name in capitals."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Profile(StrEnum):
    """What kind of installation this is."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _words(text: Any) -> Any:
    return tuple(text.replace(",", " ").split()) if isinstance(text, str) else text


Words = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """The settings of one process; immutable."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    profile: Profile = Field(
        default=Profile.DEVELOPMENT,
        alias="MEDIA_GATEWAY_PROFILE",
        description="development: introspection and demo users; production: neither unless asked for.",
    )
    home: Path = Field(
        default_factory=lambda: user_data_path("media-gateway", appauthor=False),
        alias="MEDIA_GATEWAY_HOME",
        description="Folder for the embedded database, the search index and the signing key.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=4000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database_url: SecretStr | None = Field(
        default=None, description="postgresql://… of a server; the embedded PostgreSQL when empty."
    )
    database_connections: int = Field(default=10, ge=2, le=200, description="Connections of one process at most.")
    redis_url: SecretStr | None = Field(
        default=None, description="redis://… for messages between processes; in process when empty."
    )
    weaviate_url: str | None = Field(default=None, description="http://… of Weaviate; the embedded index when empty.")
    default_region: str = Field(
        default="US", pattern="^[A-Z]{2}$", description="Region of offers for viewers who state none (ISO 3166-1)."
    )
    demo_data: bool | None = Field(
        default=None, description="Load the bundled demo catalogue into an empty database; on in development."
    )
    introspection: bool | None = Field(
        default=None, description="Answer introspection and `_service`; on in development."
    )
    jwt_key_file: Path | None = Field(
        default=None,
        description="RS256 key (PEM): private where tokens are issued (users, gateway), public is enough elsewhere; "
        "made in MEDIA_GATEWAY_HOME when empty.",
    )
    jwt_issuer: str = Field(default="media-gateway", description="`iss` and `aud` of access tokens.")
    access_token_minutes: int = Field(default=15, ge=1, le=1440, description="Life of an access token.")
    allowed_origins: Words = Field(
        default=(), description="Origins whose pages may use the API besides our own, separated by spaces; * for any."
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, description="Largest request body or socket message.")
    request_seconds: float = Field(default=30.0, gt=0, description="Longest a request may take.")
    fetch_seconds: float = Field(default=10.0, gt=0, description="Longest one subgraph fetch may take.")
    operations_per_socket: int = Field(default=50, ge=1, description="Operations at once on one WebSocket.")
    index_follow_seconds: float = Field(default=2.0, gt=0, description="How often the search index looks for changes.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")

    @model_validator(mode="before")
    @classmethod
    def _split_words(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {key: _words(value) if key.lower() == "allowed_origins" else value for key, value in values.items()}

    @property
    def development(self) -> bool:
        """True for an installation on a developer's machine."""
        return self.profile is Profile.DEVELOPMENT

    @cached_property
    def wants_demo_data(self) -> bool:
        """True when an empty database is to be filled with the bundled catalogue."""
        return self.development if self.demo_data is None else self.demo_data

    @cached_property
    def answers_introspection(self) -> bool:
        """True when the schema may be asked for its own shape."""
        return self.development if self.introspection is None else self.introspection
