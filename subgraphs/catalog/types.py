"""Titles, people and what belongs to them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Annotated

import strawberry

from datasources.records.catalog import CreditRecord, PersonRecord, TitleRecord
from resolvers.catalog import people, titles
from resolvers.domain.pagination import Page
from resolvers.domain.titles import (
    ArtworkKind,
    CreditRole,
    OrganizationRole,
    ReleaseStatus,
    VideoKind,
)
from subgraphs.batch import Each, Reference, alone, batched, each, each_once
from subgraphs.catalog import texts
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
from subgraphs.enums import Genre, TitleKind
from subgraphs.interfaces import Node
from subgraphs.pagination import Connection, PageInfo, edges_of
from subgraphs.permissions import Info
from subgraphs.scalars import Language, Region

Roles = list[CreditRole] | None


async def _titles_of(of: Sequence["Credit"], info: Info) -> "Each[Title]":
    found = await titles.require_titles(info.context, [credit.title_id for credit in of])
    return each_once(found, Title.of)


async def _people_of(of: Sequence["Credit"], info: Info) -> "Each[Person]":
    found = await people.require_people(info.context, [credit.person_id for credit in of])
    return each_once(found, Person.of)


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
    @batched(_titles_of)
    async def title(self, info: Info) -> "Title":
        """The title worked on."""
        return await alone(_titles_of([self], info))

    @strawberry.field
    @batched(_people_of)
    async def person(self, info: Info) -> "Person":
        """The person who worked."""
        return await alone(_people_of([self], info))

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


async def _credits_of_people(
    of: Sequence["Person"], info: Info, first: int | None = 20, after: str | None = None, roles: Roles = None
) -> Each[CreditConnection]:
    found = await people.credits_of_people(info.context, [person.id for person in of], roles, first, after)
    return each(found, CreditConnection.of)


async def _people_referred_to(references: Sequence[Reference], info: Info) -> "Each[Person | None]":
    found = await people.people_by_ids(info.context, each(references, itemgetter("id")))
    return each_once(found, lambda person: None if person is None else Person.of(person))


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
    @batched(_credits_of_people)
    async def credits(
        self, info: Info, first: int | None = 20, after: str | None = None, roles: Roles = None
    ) -> CreditConnection:
        """Return the person's credits, newest first."""
        return await alone(_credits_of_people([self], info, first, after, roles))

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
    @batched(_people_referred_to)
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Person | None":  # noqa: A002 – the key's name
        """Return the person another subgraph refers to, None when unknown."""
        return await alone(_people_referred_to([{"id": id}], info))


async def _parents(of: Sequence["Title"], info: Info) -> "Each[Title | None]":
    return each_once(await titles.parents_of(info.context, _records(of)), Title.known)


async def _children(
    of: Sequence["Title"], info: Info, first: int | None = 20, after: str | None = None
) -> "Each[TitleConnection]":
    found = await titles.list_children(info.context, [title.id for title in of], first, after)
    return each(found, TitleConnection.of)


async def _credits_of_titles(
    of: Sequence["Title"], info: Info, first: int | None = 20, after: str | None = None, roles: Roles = None
) -> Each[CreditConnection]:
    found = await people.credits_of_titles(info.context, [title.id for title in of], roles, first, after)
    return each(found, CreditConnection.of)


async def _directors(of: Sequence["Title"], info: Info) -> Each[list[Person]]:
    found = await people.directors_of(info.context, [(title.id, title.kind) for title in of])
    return each(found, lambda directors: [Person.of(person) for person in directors])


async def _titles_referred_to(references: Sequence[Reference], info: Info) -> "Each[Title | None]":
    return each_once(await titles.titles_by_ids(info.context, each(references, itemgetter("id"))), Title.known)


def _records(of: Sequence["Title"]) -> list[TitleRecord]:
    return [title.record for title in of]


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
    @batched(texts.localized_names)
    async def localized_name(self, info: Info, language: Language) -> LocalizedText:
        """Return the best name for a language."""
        return await alone(texts.localized_names([self], info, language))

    @strawberry.field(description="Every known name.")
    @batched(texts.names)
    async def names(self, info: Info, languages: list[Language] | None = None) -> list[LocalizedText]:
        """Return every known name, in these languages when given."""
        return await alone(texts.names([self], info, languages))

    @strawberry.field(description="Best description for a language, canonical when omitted; null when there is none.")
    @batched(texts.main_descriptions)
    async def description(self, info: Info, language: Language | None = None) -> LocalizedText | None:
        """Return the best description for a language."""
        return await alone(texts.main_descriptions([self], info, language))

    @strawberry.field(description="Every known description.")
    @batched(texts.descriptions)
    async def descriptions(self, info: Info, languages: list[Language] | None = None) -> list[LocalizedText]:
        """Return every known description, in these languages when given."""
        return await alone(texts.descriptions([self], info, languages))

    @strawberry.field(description="Season of an episode, series of a season; null for everything else.")
    @batched(_parents)
    async def parent(self, info: Info) -> "Title | None":
        """Return what the title is part of."""
        return await alone(_parents([self], info))

    @strawberry.field(description="Seasons of a series or episodes of a season, in order; empty for everything else.")
    @batched(_children)
    async def children(
        self, info: Info, first: int | None = 20, after: str | None = None
    ) -> Annotated["TitleConnection", strawberry.lazy("subgraphs.catalog.types")]:
        """Return the parts of the title."""
        return await alone(_children([self], info, first, after))

    @strawberry.field(description="The same runtime as a duration.")
    def runtime(self) -> timedelta | None:
        """Return the runtime as a duration."""
        return None if self.runtime_minutes is None else timedelta(minutes=self.runtime_minutes)

    @strawberry.field(description="One per region and scheme; all regions when omitted.")
    def content_ratings(self, regions: list[Region] | None = None) -> list[ContentRating]:
        """Return the age classifications."""
        return ContentRating.chosen(self.record.content_ratings, regions)

    @strawberry.field
    @batched(_credits_of_titles)
    async def credits(
        self, info: Info, first: int | None = 20, after: str | None = None, roles: Roles = None
    ) -> CreditConnection:
        """Return the title's credits in billing order."""
        return await alone(_credits_of_titles([self], info, first, after, roles))

    @strawberry.field(description="Directors, or creators of a series, at most 10.")
    @batched(_directors)
    async def directors(self, info: Info) -> list[Person]:
        """Return who made it."""
        return await alone(_directors([self], info))

    @strawberry.field
    def organizations(self, roles: list[OrganizationRole] | None = None) -> list[Organization]:
        """Return the companies behind the title."""
        return Organization.chosen(self.record.organizations, roles)

    @strawberry.field(description="Best first; those in the language or without lettering when given.")
    def artwork(self, kinds: list[ArtworkKind] | None = None, language: Language | None = None) -> list[Artwork]:
        """Return pictures of the title."""
        return Artwork.chosen(self.record.artwork, kinds, language)

    @strawberry.field
    def videos(self, kinds: list[VideoKind] | None = None, language: Language | None = None) -> list[Video]:
        """Return trailers and other videos about the title."""
        return Video.chosen(self.record.videos, kinds, language)

    @strawberry.field(description="Null when unknown.")
    def technical(self) -> TechnicalMetadata | None:
        """Return picture and sound it is known to exist in."""
        return None if self.record.technical is None else TechnicalMetadata.of(self.record.technical)

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
        return cls(
            record=title,
            id=strawberry.ID(title.id),
            kind=TitleKind(title.kind),
            name=title.name,
            original_name=title.original_name,
            tagline=title.tagline,
            external_ids=ExternalIds.of(title),
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
            rating=AudienceRating.of(title),
            popularity=title.popularity,
            updated_at=title.updated_at,
        )

    @classmethod
    def known(cls, title: TitleRecord | None) -> "Title | None":
        """Return the title as the graph shows it, None when there is none."""
        return None if title is None else cls.of(title)

    @classmethod
    @batched(_titles_referred_to)
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Title | None":  # noqa: A002 – the key's name
        """Return the title another subgraph refers to, None when unknown."""
        return await alone(_titles_referred_to([{"id": id}], info))


@strawberry.type(description="Titles, in the order the field asks for.")
class TitleConnection(Connection[Title]):
    """A page of titles."""

    @classmethod
    def of(cls, page: Page[TitleRecord]) -> "TitleConnection":
        """Return a page of titles."""
        return cls(edges=edges_of(page, Title.of), page_info=PageInfo.of(page), page=page)
