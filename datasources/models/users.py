"""Tables of the users subgraph. What somebody watches belongs to a profile; a profile belongs to an account."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from datasources.models.columns import document, instant, reference, soft_reference, texts, uuid_key


class User(SQLModel, table=True):
    """An account."""

    __tablename__ = "users"
    __table_args__ = (Index("users_email_key", text("lower(email)"), unique=True),)

    id: UUID = Field(sa_column=uuid_key())
    email: str
    display_name: str
    password_hash: str = Field(description="argon2id, PHC string.")
    role: str = Field(description="USER, PREMIUM, PARTNER or ADMIN.")
    source: str = Field(default="register", description="`register`, or the import or generator it came from.")
    created_at: datetime = Field(sa_column=instant(default_now=True))


class Profile(SQLModel, table=True):
    """A person within an account."""

    __tablename__ = "profiles"
    __table_args__ = (Index("profiles_user_idx", "user_id"),)

    id: UUID = Field(sa_column=uuid_key())
    user_id: UUID = Field(sa_column=reference("users.id"))
    name: str
    avatar: str | None = None
    max_age: int | None = None
    pin_hash: str | None = None
    is_default: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class Device(SQLModel, table=True):
    """A device of an account."""

    __tablename__ = "devices"
    __table_args__ = (Index("devices_user_idx", "user_id"),)

    id: UUID = Field(sa_column=uuid_key())
    user_id: UUID = Field(sa_column=reference("users.id"))
    name: str
    kind: str
    capabilities: list[str] = Field(sa_column=texts())
    registered_at: datetime = Field(sa_column=instant(default_now=True))
    last_seen_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Session(SQLModel, table=True):
    """A login; the refresh token is kept as a hash only."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("sessions_user_idx", "user_id"),
        Index("sessions_refresh_key", "refresh_hash", unique=True),
    )

    id: UUID = Field(sa_column=uuid_key())
    user_id: UUID = Field(sa_column=reference("users.id"))
    profile_id: UUID = Field(sa_column=reference("profiles.id"))
    device_id: UUID | None = Field(default=None, sa_column=soft_reference("devices.id"))
    refresh_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False), description="SHA-256.")
    client: str | None = None
    created_at: datetime = Field(sa_column=instant(default_now=True))
    last_used_at: datetime = Field(sa_column=instant(default_now=True))
    expires_at: datetime = Field(sa_column=instant())
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Stream(SQLModel, table=True):
    """The last revision of one stream of changes of a profile; locking its row makes revisions gap-free."""

    __tablename__ = "streams"

    profile_id: UUID = Field(sa_column=reference("profiles.id", primary_key=True))
    name: str = Field(primary_key=True, description="`watchlist`, `playback` or `preferences`.")
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    stamp: str | None = Field(
        default=None, sa_column=Column(Text(collation="C")), description="Our clock (HLC text) after the last write."
    )


class Change(SQLModel, table=True):
    """One change of a stream, kept for replay."""

    __tablename__ = "changes"
    __table_args__ = (
        ForeignKeyConstraint(["profile_id"], ["profiles.id"], ondelete="CASCADE", name="changes_profile_fkey"),
    )

    profile_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    stream: str = Field(primary_key=True)
    revision: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    occurred_at: datetime = Field(sa_column=instant(default_now=True))
    payload: dict[str, Any] = Field(sa_column=document("{}"))


class AppliedOperation(SQLModel, table=True):
    """A write that carried an operation id: the same again is answered, another content is a conflict."""

    __tablename__ = "applied_operations"

    profile_id: UUID = Field(sa_column=reference("profiles.id", primary_key=True))
    operation_id: str = Field(primary_key=True)
    fingerprint: str = Field(description="SHA-256 of what was asked, hex.")
    applied_at: datetime = Field(sa_column=instant(default_now=True))


class WatchlistTag(SQLModel, table=True):
    """One add of a title to a watchlist: a tag of the add-wins set; removing marks the tags that were seen."""

    __tablename__ = "watchlist_tags"
    __table_args__ = (
        Index(
            "watchlist_alive_idx",
            "profile_id",
            "title_id",
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    profile_id: UUID = Field(sa_column=reference("profiles.id", primary_key=True))
    tag: str = Field(
        sa_column=Column(Text(collation="C"), primary_key=True), description="The stamp of the add (HLC text)."
    )
    title_id: UUID = Field(sa_column=reference("titles.id"))
    title_name: str = Field(description="Name when added: lists of names need no other subgraph.")
    device_id: UUID | None = Field(default=None, sa_column=soft_reference("devices.id"))
    added_at: datetime = Field(sa_column=instant(default_now=True))
    removed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Playback(SQLModel, table=True):
    """Where a profile left off in a title: a last-writer-wins register ordered by stamp."""

    __tablename__ = "playbacks"
    __table_args__ = (Index("playbacks_recent_idx", "profile_id", "updated_at", "title_id"),)

    profile_id: UUID = Field(sa_column=reference("profiles.id", primary_key=True))
    title_id: UUID = Field(sa_column=reference("titles.id", primary_key=True))
    position_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    duration_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    credits_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    state: str
    completed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    rewatch_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    platform_id: UUID | None = Field(default=None, sa_column=soft_reference("platforms.id"))
    device_id: UUID | None = Field(default=None, sa_column=soft_reference("devices.id"))
    stamp: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    updated_at: datetime = Field(sa_column=instant(default_now=True))


class View(SQLModel, table=True):
    """One viewing."""

    __tablename__ = "views"
    __table_args__ = (
        Index("views_recent_idx", "profile_id", "watched_at", "id"),
        Index("views_title_idx", "title_id"),
    )

    id: UUID = Field(sa_column=uuid_key())
    profile_id: UUID = Field(sa_column=reference("profiles.id"))
    title_id: UUID = Field(sa_column=reference("titles.id"))
    watched_at: datetime = Field(sa_column=instant())
    completion: float | None = None
    source: str


class Rating(SQLModel, table=True):
    """A rating somebody gave."""

    __tablename__ = "ratings"
    __table_args__ = (
        Index("ratings_title_idx", "title_id"),
        Index("ratings_recent_idx", "profile_id", "rated_at", "title_id"),
    )

    profile_id: UUID = Field(sa_column=reference("profiles.id", primary_key=True))
    title_id: UUID = Field(sa_column=reference("titles.id", primary_key=True))
    value: float = Field(description="0.5–10 in half steps.")
    rated_at: datetime = Field(sa_column=instant(default_now=True))


class Preference(SQLModel, table=True):
    """One entry of a profile's preferences: a last-writer-wins map ordered by stamp."""

    __tablename__ = "preferences"

    profile_id: UUID = Field(sa_column=reference("profiles.id", primary_key=True))
    key: str = Field(primary_key=True)
    value: Any = Field(sa_column=Column(JSONB, nullable=True))
    stamp: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
