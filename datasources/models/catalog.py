"""Tables of the catalog subgraph: titles, their texts, people, credits, attention, and where records came from."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from datasources.models.columns import document, instant, reference, texts, uuid_key

_BROWSABLE = text("kind NOT IN ('SEASON', 'EPISODE')")


class Title(SQLModel, table=True):
    """Anything watchable; series contain seasons, seasons contain episodes."""

    __tablename__ = "titles"
    __table_args__ = (
        # TMDB numbers movies and series apart, so its ids are unique within a media type only.
        Index("titles_tmdb_key", "tmdb_type", "tmdb", unique=True),
        Index("titles_imdb_key", "imdb", unique=True),
        Index("titles_wikidata_key", "wikidata", unique=True),
        Index("titles_tvdb_key", "tvdb", unique=True),
        Index("titles_eidr_key", "eidr", unique=True),
        Index("titles_parent_idx", "parent_id", "season_number", "episode_number"),
        # One for each order of `titles`, read backwards where it descends: the expressions must be those of the order.
        Index("titles_popularity_idx", "popularity", "id", postgresql_where=_BROWSABLE),
        Index("titles_rating_idx", text("COALESCE(rating_weighted, 0)"), "id", postgresql_where=_BROWSABLE),
        Index("titles_newest_idx", text("COALESCE(release_year, 0)"), "id", postgresql_where=_BROWSABLE),
        Index("titles_oldest_idx", text("COALESCE(release_year, 9999)"), "id", postgresql_where=_BROWSABLE),
        Index("titles_sort_name_idx", "sort_name", "id", postgresql_where=_BROWSABLE),
        Index("titles_shortest_idx", text("COALESCE(runtime_minutes, 100000)"), "id", postgresql_where=_BROWSABLE),
        Index("titles_longest_idx", text("COALESCE(runtime_minutes, 0)"), "id", postgresql_where=_BROWSABLE),
        Index("titles_created_idx", "created_at", "id", postgresql_where=_BROWSABLE),
        Index("titles_genres_idx", "genres", postgresql_using="gin"),
        Index("titles_name_year_idx", "match_name", "release_year"),
        Index("titles_changed_idx", "changed_xact"),
        CheckConstraint("runtime_minutes > 0", name="titles_runtime_positive"),
    )

    id: UUID = Field(sa_column=uuid_key())
    kind: str
    name: str
    sort_name: str = Field(description="Key of the NAME order: lower case, without leading article.")
    match_name: str = Field(description="Key of joins by name: letters and digits only, folded.")
    original_name: str | None = None
    tagline: str | None = None
    wikidata: str | None = None
    imdb: str | None = None
    tmdb: str | None = None
    tmdb_type: str | None = Field(default=None, description="`movie` or `tv`.")
    tvdb: str | None = None
    eidr: str | None = None
    parent_id: UUID | None = Field(default=None, sa_column=reference("titles.id", nullable=True))
    season_number: int | None = None
    episode_number: int | None = None
    season_count: int | None = None
    episode_count: int | None = None
    release_year: int | None = None
    release_date: date | None = None
    end_date: date | None = None
    status: str | None = None
    runtime_minutes: int | None = None
    genres: list[str] = Field(sa_column=texts())
    themes: list[str] = Field(sa_column=texts())
    moods: list[str] = Field(sa_column=texts())
    countries: list[str] = Field(sa_column=texts())
    original_language: str | None = None
    spoken_languages: list[str] = Field(sa_column=texts())
    content_ratings: list[dict[str, Any]] = Field(sa_column=document())
    minimum_age: int | None = None
    rating_average: float | None = Field(default=None, description="0–10.")
    rating_weighted: float | None = Field(default=None, description="0–10, pulled to the mean when votes are few.")
    rating_votes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    popularity: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"}, description="0–100.")
    organizations: list[dict[str, Any]] = Field(sa_column=document())
    artwork: list[dict[str, Any]] = Field(sa_column=document())
    videos: list[dict[str, Any]] = Field(sa_column=document())
    technical: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    source: str = Field(description="The source the row was last written from.")
    created_at: datetime = Field(sa_column=instant(default_now=True))
    updated_at: datetime = Field(sa_column=instant(default_now=True))
    verified_at: datetime = Field(sa_column=instant(default_now=True))
    changed_xact: int = Field(
        sa_column=Column(BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text)::bigint")),
        description="Transaction that last wrote the row: readers that follow changes cannot miss one.",
    )


class TitleText(SQLModel, table=True):
    """A name or description of a title in one language."""

    __tablename__ = "title_texts"
    __table_args__ = (
        UniqueConstraint(
            "title_id",
            "field",
            "language",
            "region",
            "source",
            name="title_texts_key",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=True))
    title_id: UUID = Field(sa_column=reference("titles.id"))
    field: str = Field(description="`name` or `description`.")
    language: str
    region: str | None = None
    text: str
    is_original: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    source: str


class Person(SQLModel, table=True):
    """Someone who works on titles."""

    __tablename__ = "people"
    __table_args__ = (
        Index("people_imdb_key", "imdb", unique=True),
        Index("people_wikidata_key", "wikidata", unique=True),
        Index("people_tmdb_key", "tmdb", unique=True),
        Index("people_changed_idx", "changed_xact"),
    )

    id: UUID = Field(sa_column=uuid_key())
    name: str
    wikidata: str | None = None
    imdb: str | None = None
    tmdb: str | None = None
    birth_date: date | None = None
    death_date: date | None = None
    birth_place: str | None = None
    biography: list[dict[str, Any]] = Field(sa_column=document())
    known_for: str | None = None
    artwork: list[dict[str, Any]] = Field(sa_column=document())
    popularity: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"}, description="0–100.")
    source: str
    changed_xact: int = Field(
        sa_column=Column(BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text)::bigint"))
    )


class Credit(SQLModel, table=True):
    """One person's work on one title."""

    __tablename__ = "credits"
    __table_args__ = (
        UniqueConstraint(
            "title_id", "person_id", "role", "character", name="credits_key", postgresql_nulls_not_distinct=True
        ),
        Index("credits_order_idx", "title_id", "position", "id"),
        Index("credits_person_idx", "person_id"),
    )

    id: UUID = Field(sa_column=uuid_key())
    title_id: UUID = Field(sa_column=reference("titles.id"))
    person_id: UUID = Field(sa_column=reference("people.id"))
    role: str
    character: str | None = None
    job: str | None = None
    billing: int | None = None
    episode_count: int | None = None
    position: int = Field(description="Place in the title's list: directors and creators, billed cast, the rest.")


class Attention(SQLModel, table=True):
    """How much attention a title got on a day in a region; trends are sums over it. Holds no personal data."""

    __tablename__ = "attention"
    __table_args__ = (Index("attention_day_idx", "day", "region"),)

    title_id: UUID = Field(sa_column=reference("titles.id", primary_key=True))
    day: date = Field(primary_key=True)
    region: str = Field(primary_key=True, description="ISO 3166-1 alpha-2, or `*` when unknown.")
    weight: float = Field(description="Views count 1, watchlist adds .5, ratings .5.")


class SourceRecord(SQLModel, table=True):
    """Which of our rows a record of a source became, so that importing it again finds it."""

    __tablename__ = "source_records"
    __table_args__ = (
        Index("source_records_title_idx", "title_id"),
        Index("source_records_person_idx", "person_id"),
    )

    source: str = Field(primary_key=True, description="E.g. `movielens`, `imdb`, `justwatch`.")
    key: str = Field(primary_key=True, description="The record's own key there.")
    title_id: UUID | None = Field(default=None, sa_column=reference("titles.id", nullable=True))
    person_id: UUID | None = Field(default=None, sa_column=reference("people.id", nullable=True))
    seen_at: datetime = Field(sa_column=instant(default_now=True))


class ImportRun(SQLModel, table=True):
    """How far an import of one file got, so that the next run goes on there."""

    __tablename__ = "import_runs"

    source: str = Field(primary_key=True)
    file: str = Field(primary_key=True, description="Path within the imported folder.")
    digest: str = Field(primary_key=True, description="SHA-256 of the content, hex.")
    rows_done: int = Field(default=0)
    rows_rejected: int = Field(default=0)
    finished_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
