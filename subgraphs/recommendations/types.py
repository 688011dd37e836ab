"""Recommendations, similar titles, explanations and taste profiles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from resolvers.domain import explanation as reasons
from resolvers.domain.explanation import EvidenceKind, RecommendationReason
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page
from resolvers.domain.taste import TasteProfile as Taste
from resolvers.recommendations import for_you, match, profile, similar
from subgraphs.batch import Each, Reference, alone, batched, each
from subgraphs.enums import Genre, TitleKind
from subgraphs.pagination import Counted, PageInfo
from subgraphs.permissions import Authenticated, Info

strawberry.enum(RecommendationReason, description="Main ground of a recommendation.")
strawberry.enum(EvidenceKind, description="What a piece of evidence is.")


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)],
    description="Someone who works on titles (owned by catalog).",
)
class Person:
    """Someone who works on titles."""

    id: strawberry.ID


@strawberry.type(description="One part of a score.")
class ExplanationFactor:
    """One part of a score."""

    name: str = strawberry.field(description="E.g. `collaborative`, `content`, `context`.")
    weight: float = strawberry.field(description="Share of the score, 0–1.")
    text: str | None = strawberry.field(description="For people; null when the name says it all.")


@strawberry.type(description="An inclusion proof (RFC 6962 hashing, SHA-256, hex).")
class MerkleProof:
    """An inclusion proof."""

    leaf: str
    index: int
    path: list[str] = strawberry.field(description="Sibling hashes from leaf to root.")
    root: str
    committed_at: datetime


@strawberry.type(description="A fact that speaks for a recommendation.")
class Evidence:
    """A fact that speaks for a recommendation."""

    kind: EvidenceKind
    statement: str = strawberry.field(description="For people, e.g. `212 of 340 who liked Heat liked this`.")
    weight: float = strawberry.field(description="Strength, 0–1.")
    title: "Title | None" = strawberry.field(description="Title it speaks of; null when none.")
    person: Person | None = strawberry.field(description="Person it speaks of; null when none.")
    proof: MerkleProof | None = strawberry.field(
        description="Proof that the fact was in the committed set; null when proofs are off.", default=None
    )


@strawberry.type(description="Why something is recommended.")
class Explanation:
    """Why something is recommended."""

    reason: RecommendationReason
    text: str = strawberry.field(description="One sentence for people.")
    factors: list[ExplanationFactor] = strawberry.field(
        description="What went into the score, heaviest first; weights sum to 1."
    )
    evidence: list[Evidence] = strawberry.field(description="The facts behind it; empty for cold start.")
    confidence: float = strawberry.field(description="How sure we are, 0–1, calibrated.")

    @classmethod
    def of(cls, found: reasons.Explanation) -> "Explanation":
        """Return the explanation as the graph shows it."""
        return cls(
            reason=found.reason,
            text=found.text,
            factors=[
                ExplanationFactor(name=factor.name, weight=factor.weight, text=factor.text) for factor in found.factors
            ],
            evidence=[
                Evidence(
                    kind=fact.kind,
                    statement=fact.statement,
                    weight=fact.weight,
                    title=None if fact.title_id is None else Title.of(fact.title_id),
                    person=None if fact.person_id is None else Person(id=strawberry.ID(fact.person_id)),
                )
                for fact in found.evidence
            ],
            confidence=found.confidence,
        )


async def _likenesses(edges: Sequence["SimilarEdge"], info: Info) -> Each[Explanation]:
    return each(await similar.explain(info.context, [edge.found for edge in edges]), Explanation.of)


@strawberry.type(description="A similar title.")
class SimilarEdge:
    """A similar title."""

    found: strawberry.Private[similar.SimilarTitle]
    cursor: str
    node: "Title"
    score: float = strawberry.field(description="0–1.")

    @strawberry.field
    @batched(_likenesses)
    async def explanation(self, info: Info) -> Explanation:
        """Return what the two titles have in common."""
        return await alone(_likenesses([self], info))


@strawberry.type(description="Titles like another, most similar first.")
class SimilarConnection(Counted):
    """Titles like another."""

    edges: list[SimilarEdge]

    @classmethod
    def of(cls, page: Page[similar.SimilarTitle]) -> "SimilarConnection":
        """Return a page of similar titles."""
        return cls(
            edges=[
                SimilarEdge(found=found, cursor=cursor, node=Title.of(found.title_id), score=found.score)
                for cursor, found in page.items
            ],
            page_info=PageInfo.of(page),
            page=page,
        )


async def _match_scores(of: Sequence["Title"], info: Info) -> Each[float | None]:
    contents = [(title.genres, title.release_year, title.content_clusters) for title in of]
    return await match.match_scores(info.context, contents)


async def _similar(
    of: Sequence["Title"],
    info: Info,
    first: int | None = 20,
    after: str | None = None,
    kinds: list[TitleKind] | None = None,
) -> Each[SimilarConnection]:
    found = await similar.list_similar(info.context, [title.id for title in of], first, after, kinds)
    return each(found, SimilarConnection.of)


async def _why_for_me(of: Sequence["Title"], info: Info) -> Each[Explanation | None]:
    found = await match.why_for_me(info.context, [title.id for title in of])
    return each(found, lambda reasons: None if reasons is None else Explanation.of(reasons))


def _titles_referred_to(references: Sequence[Reference], info: Info) -> "Each[Title]":  # noqa: ARG001 – always passed
    return each(references, lambda reference: Title.resolve_reference(**reference))


@strawberry.federation.type(
    keys=["id"],
    description=(
        "Anything watchable (owned by catalog); series contain seasons, seasons contain episodes, through parent and "
        "children."
    ),
)
class Title:
    """Anything watchable."""

    id: strawberry.ID
    genres: list[Genre] = strawberry.federation.field(external=True)
    release_year: int | None = strawberry.federation.field(external=True)
    content_clusters: list[int] = strawberry.federation.field(external=True)

    @strawberry.federation.field(
        requires=["genres releaseYear contentClusters"],
        description="How well it fits the viewer's taste, 0–1; null for anonymous, opted-out and brand-new viewers.",
    )
    @batched(_match_scores)
    async def match_score(self, info: Info) -> float | None:
        """Return how well it fits the viewer's taste."""
        return await alone(_match_scores([self], info))

    @strawberry.field
    @batched(_similar)
    async def similar(
        self, info: Info, first: int | None = 20, after: str | None = None, kinds: list[TitleKind] | None = None
    ) -> SimilarConnection:
        """Return titles like this one."""
        return await alone(_similar([self], info, first, after, kinds))

    @strawberry.field(description="Why it would (or would not) suit the viewer; null as matchScore.")
    @batched(_why_for_me)
    async def why_for_me(self, info: Info) -> Explanation | None:
        """Return why it would (or would not) suit the viewer."""
        return await alone(_why_for_me([self], info))

    @classmethod
    def of(cls, id_: str, fields: Mapping[str, Any] | None = None) -> "Title":
        """Return our view of a title; `fields` are those of a representation that the catalog filled in."""
        known = fields or {}
        return cls(
            id=strawberry.ID(id_),
            genres=[Genre(genre) for genre in known.get("genres") or ()],
            release_year=known.get("releaseYear"),
            content_clusters=list(known.get("contentClusters") or ()),
        )

    @classmethod
    @batched(_titles_referred_to)
    def resolve_reference(cls, id: strawberry.ID, **fields: Any) -> "Title":  # noqa: A002 – the key's name
        """Return our view of a title of the catalog; raise BadUserInput for a malformed id."""
        return cls.of(parse_id(id, what="title id"), fields)


async def _reasons(of: Sequence["Recommendation"], info: Info) -> Each[Explanation]:
    return each(await for_you.explain(info.context, [one.found for one in of]), Explanation.of)


@strawberry.type(description="A title recommended to the viewer.")
class Recommendation:
    """A title recommended to the viewer."""

    found: strawberry.Private[for_you.Recommended]
    id: strawberry.ID = strawberry.field(description="Pass it to submitFeedback.")
    title: Title
    rank: int = strawberry.field(description="1 = best.")
    score: float = strawberry.field(description="0–1, comparable within one answer only.")
    generated_at: datetime

    @strawberry.field
    @batched(_reasons)
    async def explanation(self, info: Info) -> Explanation:
        """Return why it is recommended."""
        return await alone(_reasons([self], info))

    @classmethod
    def of(cls, found: for_you.Recommended) -> "Recommendation":
        """Return the recommendation as the graph shows it."""
        return cls(
            found=found,
            id=strawberry.ID(found.id),
            title=Title.of(found.title_id),
            rank=found.rank,
            score=found.score,
            generated_at=found.generated_at,
        )


@strawberry.type(description="An edge of RecommendationConnection.")
class RecommendationEdge:
    """A recommendation with its cursor."""

    cursor: str
    node: Recommendation


@strawberry.type(description="Recommendations, best first.")
class RecommendationConnection(Counted):
    """Recommendations, best first."""

    edges: list[RecommendationEdge]
    personalized: bool = strawberry.field(
        description="False when popularity and stated tastes had to do (anonymous, new, or opted out)."
    )

    @classmethod
    def of(cls, answer: for_you.Answer) -> "RecommendationConnection":
        """Return a page of recommendations."""
        return cls(
            edges=[
                RecommendationEdge(cursor=cursor, node=Recommendation.of(found)) for cursor, found in answer.page.items
            ],
            page_info=PageInfo.of(answer.page),
            page=answer.page,
            personalized=answer.personalized,
        )


@strawberry.type(description="Liking of a genre.")
class GenreAffinity:
    """Liking of a genre."""

    genre: Genre
    affinity: float = strawberry.field(description="-1 (avoids) to 1 (seeks).")


@strawberry.type(description="Liking of a person's work.")
class PersonAffinity:
    """Liking of a person's work."""

    person: Person
    affinity: float = strawberry.field(description="-1 (avoids) to 1 (seeks).")


@strawberry.type(description="Liking of a mood.")
class MoodAffinity:
    """Liking of a mood."""

    mood: str
    affinity: float = strawberry.field(description="-1 (avoids) to 1 (seeks).")


@strawberry.type(description="What we believe somebody likes.")
class TasteProfile:
    """What we believe somebody likes."""

    genres: list[GenreAffinity] = strawberry.field(description="Strongest first.")
    people: list[PersonAffinity] = strawberry.field(description="Strongest first, at most 50.")
    moods: list[MoodAffinity]
    signal_count: int = strawberry.field(description="Titles that went into it.")
    completion_rate: float | None = strawberry.field(
        description="Share of started titles that were finished, 0–1; null before the first."
    )
    updated_at: datetime

    @classmethod
    def of(cls, taste: Taste) -> "TasteProfile":
        """Return the profile as the graph shows it; the mappings come strongest first."""
        return cls(
            genres=[GenreAffinity(genre=Genre(genre), affinity=value) for genre, value in taste.genres.items()],
            people=[
                PersonAffinity(person=Person(id=strawberry.ID(id_)), affinity=value)
                for id_, value in taste.people.items()
            ],
            moods=[MoodAffinity(mood=mood, affinity=value) for mood, value in taste.moods.items()],
            signal_count=taste.signal_count,
            completion_rate=taste.completion_rate,
            updated_at=taste.updated_at,
        )


@strawberry.federation.type(
    keys=["id"],
    description="An account (owned by users); fields answer its owner only, FORBIDDEN for others.",
)
class User:
    """An account."""

    id: strawberry.ID

    @strawberry.federation.field(
        authenticated=True,
        permission_classes=[Authenticated],
        description=("Null before the first signal and when personalization is off; own account only, else FORBIDDEN."),
    )
    async def taste_profile(self, info: Info) -> TasteProfile | None:
        """Return the taste profile of the account's active profile."""
        found = await profile.taste_profile(info.context, self.id)
        return None if found is None else TasteProfile.of(found)

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "User":  # noqa: A002 – the key's name
        """Return our view of an account; raise BadUserInput for a malformed id."""
        return cls(id=strawberry.ID(parse_id(id, what="user id")))
