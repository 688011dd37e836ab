"""What a client may follow in the users subgraph."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Generic, Self, TypeVar, cast

import strawberry
from strawberry.federation import schema_directives

from resolvers.domain.watchlist import ChangeKind
from resolvers.users import playback as players
from resolvers.users import watchlist
from resolvers.users.playback import PlaybackEvent
from subgraphs.interfaces import ChangeEvent
from subgraphs.permissions import Authenticated, Info
from subgraphs.scalars import Stamp
from subgraphs.users.types import Playback, Title, WatchlistEntry

strawberry.enum(ChangeKind, name="WatchlistChangeKind", description="Whether an entry came or went.")

EventT = TypeVar("EventT")
ShapeT = TypeVar("ShapeT")


@strawberry.type(description="A change of the viewer's watchlist.")
class WatchlistChange(ChangeEvent):
    """A change of the viewer's watchlist."""

    stamp: Stamp
    kind: ChangeKind
    title: Title
    entry: WatchlistEntry | None = strawberry.field(description="Null when REMOVED.")
    device_id: strawberry.ID | None = strawberry.field(
        description="Id of the device that did it; null when done without one."
    )

    @classmethod
    def of(cls, event: watchlist.WatchlistEvent) -> "WatchlistChange":
        """Return the event as the graph shows it."""
        return cls(
            revision=str(event.revision),
            previous=event.previous,
            occurred_at=event.occurred_at,
            stamp=Stamp(event.stamp),
            kind=event.kind,
            title=Title.of(event.title_id),
            entry=None if event.entry is None else WatchlistEntry.of(event.entry),
            device_id=None if event.device_id is None else strawberry.ID(event.device_id),
        )


@strawberry.type(description="A change of a playback.")
class PlaybackChange(ChangeEvent):
    """A change of a playback."""

    playback: Playback

    @classmethod
    def of(cls, event: PlaybackEvent) -> "PlaybackChange":
        """Return the event as the graph shows it."""
        return cls(
            revision=str(event.revision),
            previous=event.previous,
            occurred_at=event.occurred_at,
            playback=Playback.of(event.playback),
        )


class _Shaped(AsyncIterator[ShapeT], Generic[EventT, ShapeT]):
    """Events of a use case, each turned into its type; closing it, started or not, closes what it reads from."""

    def __init__(self, events: AsyncGenerator[EventT, None], shape: Callable[[EventT], ShapeT]) -> None:
        self._events = events
        self._shape = shape

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ShapeT:
        return self._shape(await anext(self._events))

    async def aclose(self) -> None:
        """End the subscription."""
        await self._events.aclose()


def _shaped(events: AsyncGenerator[EventT, None], shape: Callable[[EventT], ShapeT]) -> AsyncGenerator[ShapeT, None]:
    return cast("AsyncGenerator[ShapeT, None]", _Shaped(events, shape))  # what GraphQL uses of one


@strawberry.type(
    description="Events. With `since`: first what came after that revision, then as it happens; without: from now on."
)
class Subscription:
    """Events; a subscription that cannot begin is refused at once, not by its first event."""

    @strawberry.subscription(directives=[schema_directives.Authenticated()], permission_classes=[Authenticated])
    async def watchlist_changed(self, info: Info, since: str | None = None) -> AsyncGenerator[WatchlistChange, None]:
        """Follow the viewer's watchlist."""
        return _shaped(await watchlist.follow(info.context, since), WatchlistChange.of)

    @strawberry.subscription(directives=[schema_directives.Authenticated()], permission_classes=[Authenticated])
    async def playback_changed(self, info: Info, since: str | None = None) -> AsyncGenerator[PlaybackChange, None]:
        """Follow the viewer's players."""
        return _shaped(await players.follow(info.context, since), PlaybackChange.of)
