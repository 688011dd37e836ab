"""What a client may ask of recommendations."""

import strawberry

from resolvers.recommendations import for_you
from subgraphs.enums import DeviceKind, Genre, TitleKind
from subgraphs.permissions import Info
from subgraphs.recommendations.types import RecommendationConnection
from subgraphs.scalars import Region


@strawberry.input(description="Narrows recommendations; fields combine with AND.")
class RecommendationFilter:
    """Narrows recommendations."""

    kinds: list[TitleKind] | None = None
    genres: list[Genre] | None = None
    exclude_genres: list[Genre] | None = None
    max_runtime_minutes: int | None = None
    region: Region | None = strawberry.field(
        description="Only what can be watched in this region; the viewer's region when omitted.", default=None
    )
    on_my_services: bool | None = strawberry.field(
        description="Only what the viewer's subscriptions cover; UNAUTHENTICATED for anonymous.", default=False
    )
    exclude_watched: bool | None = strawberry.field(description="Leave out what the viewer has watched.", default=True)

    def rule(self) -> for_you.Wanted:
        """Return what the filter says, in the words of the use case; null means the default."""
        return for_you.Wanted(
            kinds=self.kinds,
            genres=self.genres,
            exclude_genres=self.exclude_genres,
            max_runtime_minutes=self.max_runtime_minutes,
            region=self.region,
            on_my_services=bool(self.on_my_services),
            exclude_watched=self.exclude_watched is not False,
        )


@strawberry.input(description="The situation the viewer is in; every part optional.")
class RecommendationContextInput:
    """The situation the viewer is in."""

    occasion: str | None = None
    mood: str | None = None
    device: DeviceKind | None = None
    minutes_available: int | None = None
    hour: int | None = strawberry.field(description="Local hour, 0–23.", default=None)

    def moment(self) -> for_you.Moment:
        """Return the situation in the words of the use case."""
        return for_you.Moment(
            occasion=self.occasion,
            mood=self.mood,
            device=self.device,
            minutes_available=self.minutes_available,
            hour=self.hour,
        )


@strawberry.type(description="Reads.")
class Query:
    """Reads."""

    @strawberry.field(description="For the viewer; popular and varied titles for anonymous.")
    async def recommendations(
        self,
        info: Info,
        filter: RecommendationFilter | None = None,  # noqa: A002 – the contract's argument
        context: RecommendationContextInput | None = None,
        first: int | None = 20,
        after: str | None = None,
    ) -> RecommendationConnection:
        """Return recommendations for whoever asks."""
        wanted = for_you.Wanted() if filter is None else filter.rule()
        moment = for_you.Moment() if context is None else context.moment()
        return RecommendationConnection.of(await for_you.recommend(info.context, wanted, moment, first, after))
