"""Titles, people and what belongs to them."""

from datetime import date, datetime, timedelta
from typing import Annotated

import strawberry

from datasources.records.catalog import CreditRecord, PersonRecord, TitleRecord
from resolvers.catalog import people, titles
from resolvers.catalog.loaders import CatalogLoaders
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page
from resolvers.domain.titles import (
    ArtworkKind,
    CreditRole,
    ExternalIdSource,
    OrganizationRole,
    ReleaseStatus,
    VideoKind,
)
from subgraphs.catalog.value_types import (
    Artwork,
    AudienceRating,
    ContentRating,
    ExternalIds,
    LocalizedText,
    Organization,
    Provenance,
    QualityScore,
    TechnicalMetadata,
    Video,
)
from subgraphs.enums import Genre, TitleKind, VideoQuality
from subgraphs.interfaces import Node
from subgraphs.pagination import Connection, PageInfo, edges_of
from subgraphs.permissions import Info
from subgraphs.scalars import Language, Region

strawberry.enum(
    ExternalIdSource,
    description="Where an external id comes from. TMDB ids are namespaced by media type: pass `kind` with them.",
)
strawberry.enum(ReleaseStatus, description="Where a title stands in its life.")
strawberry.enum(CreditRole, description="What a person did for a title.")


@strawberry.type(description="One person's work on one title.")
class Credit:
    """One person's work on one title."""

    title_id: strawberry.Private[str]
    person_id: strawberry.Private[str]
    role: CreditRole
    character: str | None = strawberry.field(description="Character played; null for crew or unknown.")
    job: str | None = strawberry.field(description="Job as the source words it; null when the role says it all.")
    billing: int | None = strawberry.field(description="Billing order, 1 = first; null when unbilled.")
    episode_count: int | None = strawberry.field(description="Episodes worked on, for a series; null elsewhere.")

    @strawberry.field
    async def title(self, info: Info) -> "Title":
        """The title worked on."""
        return Title.of(await titles.get_title(info.context, self.title_id))

    @strawberry.field
    async def person(self, info: Info) -> "Person":
        """The person who worked."""
        return Person.of(await people.get_person(info.context, self.person_id))

    @classmethod
    def of(cls, credit: CreditRecord) -> "Credit":
        """Return the credit as the graph shows it."""
        return cls(
            title_id=credit.title_id,
            person_id=credit.person_id,
            role=CreditRole(credit.role),
            character=credit.character,
            job=credit.job,
            billing=credit.billing,
            episode_count=credit.episode_count,
        )


@strawberry.type(description="Credits, in billing order for a title, newest first for a person.")
class CreditConnection(Connection[Credit]):
    """Credits of a title or person."""

    @classmethod
    def of(cls, page: Page[CreditRecord]) -> "CreditConnection":
        """Return a page of credits."""
        return cls(edges=edges_of(page, Credit.of), page_info=PageInfo.of(page), page=page)


@strawberry.federation.type(keys=["id"], description="Someone who works on titles (owned by catalog).")
class Person(Node):
    """Someone who works on titles."""

    record: strawberry.Private[PersonRecord]
    id: strawberry.ID
    name: str
    external_ids: ExternalIds
    birth_date: date | None
    death_date: date | None = strawberry.field(description="Null for the living and when unknown.")
    birth_place: str | None
    known_for: CreditRole | None = strawberry.field(description="What the person is best known for; null when unknown.")

    @strawberry.field(description="Null when none was written.")
    def biography(self, language: Language | None = None) -> LocalizedText | None:
        """Return the best biography for a language, the first one when omitted."""
        found = people.biography_of(self.record, language)
        return None if found is None else LocalizedText.of(found)

    @strawberry.field
    def artwork(self, kinds: list[ArtworkKind] | None = None) -> list[Artwork]:
        """Return pictures of the person."""
        return Artwork.chosen(self.record.artwork, kinds)

    @strawberry.field
    async def credits(
        self, info: Info, first: int | None = 20, after: str | None = None, roles: list[CreditRole] | None = None
    ) -> CreditConnection:
        """Return the person's credits, newest first."""
        return CreditConnection.of(await people.credits_of_person(info.context, self.id, roles, first, after))

    @classmethod
    def of(cls, person: PersonRecord) -> "Person":
        """Return the person as the graph shows it."""
        return cls(
            record=person,
            id=strawberry.ID(person.id),
            name=person.name,
            external_ids=ExternalIds(wikidata=person.wikidata, imdb=person.imdb, tmdb=person.tmdb),
            birth_date=person.birth_date,
            death_date=person.death_date,
            birth_place=person.birth_place,
            known_for=None if person.known_for is None else CreditRole(person.known_for),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Person | None":  # noqa: A002 – the key's name
        """Return the person another subgraph refers to, None when unknown."""
        person = await info.context.loaders(CatalogLoaders).person_by_id.load(parse_id(id, what="person id"))
        return None if person is None else cls.of(person)


@strawberry.federation.type(
    keys=["id"],
    description=(
        "Anything watchable (owned by catalog); series contain seasons, seasons contain episodes, through parent and "
        "children."
    ),
)
class Title(Node):
    """Anything watchable."""

    record: strawberry.Private[TitleRecord]
    id: strawberry.ID = strawberry.field(description="UUIDv7.")
    kind: TitleKind
    name: str = strawberry.federation.field(
        shareable=True, description="Canonical display name, the same for every viewer."
    )
    original_name: str | None = strawberry.field(
        description="Name in the original language; null when it equals name or is unknown."
    )
    tagline: str | None = strawberry.field(description="One-line hook; null when none was written.")
    external_ids: ExternalIds
    season_number: int | None = strawberry.field(description="For seasons and episodes; 0 = specials; null elsewhere.")
    episode_number: int | None = strawberry.field(description="For episodes; null elsewhere.")
    season_count: int | None = strawberry.field(description="For series; null elsewhere or unknown.")
    episode_count: int | None = strawberry.field(description="For series and seasons; null elsewhere or unknown.")
    release_year: int | None = strawberry.field(description="Year of first release; null when unknown.")
    release_date: date | None = strawberry.field(description="Day of first release anywhere; null when unknown.")
    end_date: date | None = strawberry.field(
        description="Day the last episode came out; null for other kinds and while running."
    )
    status: ReleaseStatus | None
    runtime_minutes: int | None = strawberry.field(
        description="Runtime in whole minutes (of a typical episode for a series); null when unknown."
    )
    genres: list[Genre] = strawberry.field(description="Canonical genres, most fitting first.")
    themes: list[str]
    moods: list[str]
    countries: list[Region] = strawberry.field(description="Production countries, main one first.")
    original_language: Language | None = strawberry.field(description="Null when unknown or without dialogue.")
    spoken_languages: list[Language]
    minimum_age: int | None = strawberry.field(
        description="Strictest age in years over all content ratings; null when nobody rated it."
    )
    rating: AudienceRating | None = strawberry.field(description="Null when nobody rated it.")
    popularity: float = strawberry.field(description="0–100, share of present attention.")
    updated_at: datetime = strawberry.field(description="When any field last changed.")

    @strawberry.field(description="Best name for a language (exact, then same language elsewhere, then canonical).")
    async def localized_name(self, info: Info, language: Language) -> LocalizedText:
        """Return the best name for a language."""
        return LocalizedText.of(await titles.localized_name(info.context, self.record, language))

    @strawberry.field(description="Every known name.")
    async def names(self, info: Info, languages: list[Language] | None = None) -> list[LocalizedText]:
        """Return every known name, in these languages when given."""
        return [LocalizedText.of(name) for name in await titles.names_of(info.context, self.record, languages)]

    @strawberry.field(description="Best description for a language, canonical when omitted; null when there is none.")
    async def description(self, info: Info, language: Language | None = None) -> LocalizedText | None:
        """Return the best description for a language."""
        found = await titles.description_of(info.context, self.record, language)
        return None if found is None else LocalizedText.of(found)

    @strawberry.field(description="Every known description.")
    async def descriptions(self, info: Info, languages: list[Language] | None = None) -> list[LocalizedText]:
        """Return every known description, in these languages when given."""
        return [LocalizedText.of(text) for text in await titles.descriptions_of(info.context, self.record, languages)]

    @strawberry.field(description="Season of an episode, series of a season; null for everything else.")
    async def parent(self, info: Info) -> "Title | None":
        """Return what the title is part of."""
        if self.record.parent_id is None:
            return None
        return Title.of(await titles.get_title(info.context, self.record.parent_id))

    @strawberry.field(description="Seasons of a series or episodes of a season, in order; empty for everything else.")
    async def children(
        self, info: Info, first: int | None = 20, after: str | None = None
    ) -> Annotated["TitleConnection", strawberry.lazy("subgraphs.catalog.types")]:
        """Return the parts of the title."""
        return TitleConnection.of(await titles.list_children(info.context, self.id, first, after))

    @strawberry.field(description="The same runtime as a duration.")
    def runtime(self) -> timedelta | None:
        """Return the runtime as a duration."""
        return None if self.runtime_minutes is None else timedelta(minutes=self.runtime_minutes)

    @strawberry.field(description="One per region and scheme; all regions when omitted.")
    def content_ratings(self, regions: list[Region] | None = None) -> list[ContentRating]:
        """Return the age classifications."""
        return [
            ContentRating(
                region=rating["region"],
                scheme=rating["scheme"],
                code=rating["code"],
                minimum_age=rating.get("minimumAge"),
            )
            for rating in self.record.content_ratings
            if regions is None or rating["region"] in regions
        ]

    @strawberry.field
    async def credits(
        self, info: Info, first: int | None = 20, after: str | None = None, roles: list[CreditRole] | None = None
    ) -> CreditConnection:
        """Return the title's credits in billing order."""
        return CreditConnection.of(await people.credits_of_title(info.context, self.id, roles, first, after))

    @strawberry.field(description="Directors, or creators of a series, at most 10.")
    async def directors(self, info: Info) -> list[Person]:
        """Return who made it."""
        found = await people.directors_of(info.context, self.id, self.kind)
        return [Person.of(person) for person in found]

    @strawberry.field
    def organizations(self, roles: list[OrganizationRole] | None = None) -> list[Organization]:
        """Return the companies behind the title."""
        return [
            Organization(name=company["name"], role=OrganizationRole(company["role"]), country=company.get("country"))
            for company in self.record.organizations
            if roles is None or company["role"] in roles
        ]

    @strawberry.field(description="Best first; those in the language or without lettering when given.")
    def artwork(self, kinds: list[ArtworkKind] | None = None, language: Language | None = None) -> list[Artwork]:
        """Return pictures of the title."""
        return Artwork.chosen(self.record.artwork, kinds, language)

    @strawberry.field
    def videos(self, kinds: list[VideoKind] | None = None, language: Language | None = None) -> list[Video]:
        """Return trailers and other videos about the title."""
        return [
            Video(
                kind=VideoKind(video["kind"]),
                name=video["name"],
                url=video["url"],
                site=video["site"],
                language=video.get("language"),
                duration=timedelta(seconds=video["seconds"]) if video.get("seconds") else None,
                published_at=datetime.fromisoformat(video["publishedAt"]) if video.get("publishedAt") else None,
                official=video.get("official", False),
            )
            for video in self.record.videos
            if (kinds is None or video["kind"] in kinds) and (language is None or video.get("language") == language)
        ]

    @strawberry.field(description="Null when unknown.")
    def technical(self) -> TechnicalMetadata | None:
        """Return picture and sound it is known to exist in."""
        known = self.record.technical
        if known is None:
            return None
        return TechnicalMetadata(
            qualities=[VideoQuality(quality) for quality in known.get("qualities", [])],
            hdr_formats=known.get("hdrFormats", []),
            audio_formats=known.get("audioFormats", []),
            audio_languages=known.get("audioLanguages", []),
            subtitle_languages=known.get("subtitleLanguages", []),
            aspect_ratio=known.get("aspectRatio"),
        )

    @strawberry.field(description="Candidates per field, winners first; all fields when omitted.")
    def provenance(self, field: str | None = None) -> list[Provenance]:  # noqa: ARG002 – the contract's argument
        """Return nothing yet: candidates are recorded from the identity issue on (see README of the subgraph)."""
        return []

    @strawberry.field
    def quality(self, info: Info) -> QualityScore:
        """Return how good the record is."""
        confidence, completeness, age = titles.quality_of(info.context, self.record)
        return QualityScore(confidence=confidence, completeness=completeness, freshness_days=age, conflict_count=0)

    @strawberry.federation.field(
        inaccessible=True,
        description=("Ids of the nearest content clusters, nearest first, at most 8; internal, input of matchScore."),
    )
    def content_clusters(self) -> list[int]:
        """Return nothing yet: clusters come with the embeddings (see README of the subgraph)."""
        return []

    @classmethod
    def of(cls, title: TitleRecord) -> "Title":
        """Return the title as the graph shows it."""
        rating = (
            AudienceRating(
                average=title.rating_average,
                weighted=title.rating_weighted if title.rating_weighted is not None else title.rating_average,
                votes=title.rating_votes,
            )
            if title.rating_average is not None
            else None
        )
        return cls(
            record=title,
            id=strawberry.ID(title.id),
            kind=TitleKind(title.kind),
            name=title.name,
            original_name=title.original_name,
            tagline=title.tagline,
            external_ids=ExternalIds(
                wikidata=title.wikidata, imdb=title.imdb, tmdb=title.tmdb, tvdb=title.tvdb, eidr=title.eidr
            ),
            season_number=title.season_number,
            episode_number=title.episode_number,
            season_count=title.season_count,
            episode_count=title.episode_count,
            release_year=title.release_year,
            release_date=title.release_date,
            end_date=title.end_date,
            status=None if title.status is None else ReleaseStatus(title.status),
            runtime_minutes=title.runtime_minutes,
            genres=[Genre(genre) for genre in title.genres],
            themes=title.themes,
            moods=title.moods,
            countries=[Region(country) for country in title.countries],
            original_language=None if title.original_language is None else Language(title.original_language),
            spoken_languages=[Language(language) for language in title.spoken_languages],
            minimum_age=title.minimum_age,
            rating=rating,
            popularity=title.popularity,
            updated_at=title.updated_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Title | None":  # noqa: A002 – the key's name
        """Return the title another subgraph refers to, None when unknown."""
        title = await info.context.loaders(CatalogLoaders).title_by_id.load(parse_id(id, what="title id"))
        return None if title is None else cls.of(title)


@strawberry.type(description="Titles, in the order the field asks for.")
class TitleConnection(Connection[Title]):
    """A page of titles."""

    @classmethod
    def of(cls, page: Page[TitleRecord]) -> "TitleConnection":
        """Return a page of titles."""
        return cls(edges=edges_of(page, Title.of), page_info=PageInfo.of(page), page=page)
