"""What titles and people consist of: texts, ids, marks, pictures, where facts come from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import strawberry

from datasources.records.catalog import TextRecord, TitleRecord
from resolvers.domain.titles import (
    ArtworkKind,
    CreditRole,
    ExternalIdSource,
    OrganizationRole,
    ReleaseStatus,
    VideoKind,
)
from subgraphs.enums import VideoQuality
from subgraphs.scalars import URL, Language, Region

strawberry.enum(
    ExternalIdSource,
    description="Where an external id comes from. TMDB ids are namespaced by media type: pass `kind` with them.",
)
strawberry.enum(ReleaseStatus, description="Where a title stands in its life.")
strawberry.enum(CreditRole, description="What a person did for a title.")
strawberry.enum(ArtworkKind, description="Use of a picture.")
strawberry.enum(VideoKind, description="Use of a video.")
strawberry.enum(OrganizationRole, description="What an organization did for a title.")


@strawberry.type(description="Ids of the same thing elsewhere; each null when unknown.")
class ExternalIds:
    """Ids of the same thing elsewhere."""

    wikidata: str | None = strawberry.field(description="Q-number, the canonical external key, e.g. `Q83495`.")
    imdb: str | None = strawberry.field(description="`tt…` for titles, `nm…` for people.")
    tmdb: str | None = strawberry.field(description="TMDB number in text; movie and series numbers overlap.")
    tvdb: str | None = None
    eidr: str | None = strawberry.field(
        description="EIDR content id, `10.5240/…`; always null for people.", default=None
    )

    @classmethod
    def of(cls, title: TitleRecord) -> "ExternalIds":
        """Return the ids of a title."""
        return cls(wikidata=title.wikidata, imdb=title.imdb, tmdb=title.tmdb, tvdb=title.tvdb, eidr=title.eidr)


@strawberry.type(description="A text in one language.")
class LocalizedText:
    """A text in one language."""

    text: str
    language: Language
    region: Region | None = strawberry.field(
        description="Country variant; null when it holds for the language everywhere."
    )
    is_original: bool = strawberry.field(description="True when it is in the work's original language.")
    source: str = strawberry.field(description="Where it comes from.")

    @classmethod
    def all_of(cls, found: Sequence[TextRecord]) -> "list[LocalizedText]":
        """Return the texts as the graph shows them."""
        return [cls.of(text) for text in found]

    @classmethod
    def of(cls, text: TextRecord) -> "LocalizedText":
        """Return the text as the graph shows it."""
        return cls(
            text=text.text,
            language=Language(text.language),
            region=None if text.region is None else Region(text.region),
            is_original=text.is_original,
            source=text.source,
        )


@strawberry.type(description="An official age classification in one region.")
class ContentRating:
    """An official age classification in one region."""

    region: Region
    scheme: str = strawberry.field(description="Scheme, e.g. `MPA`, `FSK`, `BBFC`.")
    code: str = strawberry.field(description="Mark within the scheme, e.g. `PG-13`.")
    minimum_age: int | None = strawberry.field(
        description="Age in years the mark stands for; null when the mark says `not rated`."
    )

    @classmethod
    def chosen(cls, stored: list[dict[str, Any]], regions: Sequence[str] | None) -> "list[ContentRating]":
        """Return the age classifications of these regions, all when None."""
        return [
            cls(
                region=rating["region"],
                scheme=rating["scheme"],
                code=rating["code"],
                minimum_age=rating.get("minimumAge"),
            )
            for rating in stored
            if regions is None or rating["region"] in regions
        ]


@strawberry.type(description="Audience opinion over all sources.")
class AudienceRating:
    """Audience opinion over all sources."""

    average: float = strawberry.field(description="Mean, 0–10.")
    weighted: float = strawberry.field(
        description=("Mean pulled towards the catalogue's mean when votes are few (Bayesian), 0–10; use it to sort.")
    )
    votes: int = strawberry.field(description="Number of votes.")

    @classmethod
    def of(cls, title: TitleRecord) -> "AudienceRating | None":
        """Return the audience's opinion of a title, None when nobody rated it."""
        if title.rating_average is None:
            return None
        return cls(
            average=title.rating_average,
            weighted=title.rating_weighted if title.rating_weighted is not None else title.rating_average,
            votes=title.rating_votes,
        )


@strawberry.type(description="Picture and sound the title is known to exist in.")
class TechnicalMetadata:
    """Picture and sound the title is known to exist in."""

    qualities: list[VideoQuality] = strawberry.field(description="Best first; empty when unknown.")
    hdr_formats: list[str] = strawberry.field(description="E.g. `HDR10`, `DOLBY_VISION`; empty when unknown.")
    audio_formats: list[str] = strawberry.field(description="E.g. `STEREO`, `5.1`, `ATMOS`; empty when unknown.")
    audio_languages: list[Language]
    subtitle_languages: list[Language]
    aspect_ratio: str | None = strawberry.field(description="E.g. `2.39:1`; null when unknown.")

    @classmethod
    def of(cls, known: dict[str, Any]) -> "TechnicalMetadata":
        """Return picture and sound as the graph shows them."""
        return cls(
            qualities=[VideoQuality(quality) for quality in known.get("qualities", [])],
            hdr_formats=known.get("hdrFormats", []),
            audio_formats=known.get("audioFormats", []),
            audio_languages=known.get("audioLanguages", []),
            subtitle_languages=known.get("subtitleLanguages", []),
            aspect_ratio=known.get("aspectRatio"),
        )


@strawberry.type(description="A picture of a title or person.")
class Artwork:
    """A picture of a title or person."""

    kind: ArtworkKind
    url: URL
    width: int | None = strawberry.field(description="Pixels; null when unknown.")
    height: int | None = strawberry.field(description="Pixels; null when unknown.")
    language: Language | None = strawberry.field(description="Language of the lettering; null for none.")
    attribution: str | None = strawberry.field(description="Credit line to show with it; null when none is asked for.")

    @classmethod
    def chosen(
        cls, stored: list[dict[str, Any]], kinds: list[ArtworkKind] | None, language: str | None = None
    ) -> "list[Artwork]":
        """Return the pictures of these kinds, those in the language or without lettering when one is given."""
        return [
            cls(
                kind=ArtworkKind(picture["kind"]),
                url=picture["url"],
                width=picture.get("width"),
                height=picture.get("height"),
                language=picture.get("language"),
                attribution=picture.get("attribution"),
            )
            for picture in stored
            if (kinds is None or picture["kind"] in kinds)
            and (language is None or picture.get("language") in {None, language})
        ]


@strawberry.type(description="A trailer or other video about a title.")
class Video:
    """A trailer or other video about a title."""

    kind: VideoKind
    name: str
    url: URL
    site: str = strawberry.field(description="Host, e.g. `youtube`.")
    language: Language | None
    duration: timedelta | None = strawberry.field(description="Length; null when unknown.")
    published_at: datetime | None
    official: bool = strawberry.field(description="True when the rights holder published it.")

    @classmethod
    def chosen(cls, stored: list[dict[str, Any]], kinds: list[VideoKind] | None, language: str | None) -> "list[Video]":
        """Return the videos of these kinds and in the language, all when None."""
        return [
            cls(
                kind=VideoKind(video["kind"]),
                name=video["name"],
                url=video["url"],
                site=video["site"],
                language=video.get("language"),
                duration=timedelta(seconds=video["seconds"]) if video.get("seconds") else None,
                published_at=datetime.fromisoformat(video["publishedAt"]) if video.get("publishedAt") else None,
                official=video.get("official", False),
            )
            for video in stored
            if (kinds is None or video["kind"] in kinds) and (language is None or video.get("language") == language)
        ]


@strawberry.type(description="A company behind a title.")
class Organization:
    """A company behind a title."""

    name: str
    role: OrganizationRole
    country: Region | None

    @classmethod
    def chosen(cls, stored: list[dict[str, Any]], roles: list[OrganizationRole] | None) -> "list[Organization]":
        """Return the companies in these roles, all when None."""
        return [
            cls(name=company["name"], role=OrganizationRole(company["role"]), country=company.get("country"))
            for company in stored
            if roles is None or company["role"] in roles
        ]


@strawberry.type(
    description="One candidate value of one field, with its origin; candidates are kept even when they lose."
)
class Provenance:
    """One candidate value of one field, with its origin."""

    field: str = strawberry.field(description="Field of Title, e.g. `releaseYear`.")
    source: str
    value: str = strawberry.field(description="The value as JSON text.")
    confidence: float = strawberry.field(description="0–1.")
    chosen: bool = strawberry.field(description="True when this candidate is what the field shows.")
    observed_at: datetime
    version: str | None = strawberry.field(description="Version of the source record; null when the source has none.")


@strawberry.type(description="How good our record of a title is.")
class QualityScore:
    """How good our record of a title is."""

    confidence: float = strawberry.field(description="Overall confidence, 0–1.")
    completeness: float = strawberry.field(description="Share of the expected fields that are filled, 0–1.")
    freshness_days: int = strawberry.field(description="Days since a source last confirmed it.")
    conflict_count: int = strawberry.field(description="Fields on which sources disagree.")
