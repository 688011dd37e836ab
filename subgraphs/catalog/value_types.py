"""What titles and people consist of: texts, ids, marks, pictures, where facts come from."""

from datetime import datetime, timedelta
from typing import Any

import strawberry

from datasources.records.catalog import TextRecord
from resolvers.domain.titles import ArtworkKind, OrganizationRole, VideoKind
from subgraphs.enums import VideoQuality
from subgraphs.scalars import URL, Language, Region

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


@strawberry.type(description="Audience opinion over all sources.")
class AudienceRating:
    """Audience opinion over all sources."""

    average: float = strawberry.field(description="Mean, 0–10.")
    weighted: float = strawberry.field(
        description=("Mean pulled towards the catalogue's mean when votes are few (Bayesian), 0–10; use it to sort.")
    )
    votes: int = strawberry.field(description="Number of votes.")


@strawberry.type(description="Picture and sound the title is known to exist in.")
class TechnicalMetadata:
    """Picture and sound the title is known to exist in."""

    qualities: list[VideoQuality] = strawberry.field(description="Best first; empty when unknown.")
    hdr_formats: list[str] = strawberry.field(description="E.g. `HDR10`, `DOLBY_VISION`; empty when unknown.")
    audio_formats: list[str] = strawberry.field(description="E.g. `STEREO`, `5.1`, `ATMOS`; empty when unknown.")
    audio_languages: list[Language]
    subtitle_languages: list[Language]
    aspect_ratio: str | None = strawberry.field(description="E.g. `2.39:1`; null when unknown.")


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


@strawberry.type(description="A company behind a title.")
class Organization:
    """A company behind a title."""

    name: str
    role: OrganizationRole
    country: Region | None


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
