"""Titles as the viewer's own: watchlist, playback, viewings, ratings, and the devices they happen on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from datasources.records.users import DeviceRecord, EntryRecord, PlaybackRecord, RatingRecord, ViewRecord
from resolvers.domain import playback as rules
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page
from resolvers.domain.playback import PlaybackState
from resolvers.users import devices, titles
from resolvers.users.loaders import UserLoaders
from subgraphs.batch import Each, Reference, alone, batched, each
from subgraphs.enums import DeviceKind
from subgraphs.interfaces import Node
from subgraphs.pagination import Connection, Counted, PageInfo, edges_of
from subgraphs.permissions import Info
from subgraphs.scalars import Stamp

strawberry.enum(PlaybackState, description="What a player does.")


async def _names(of: Sequence["Title"], info: Info) -> Each[str]:
    return await titles.names_of(info.context, [(title.id, title.known_name) for title in of])


async def _in_watchlist(of: Sequence["Title"], info: Info) -> Each[bool | None]:
    return await titles.are_listed(info.context, _ids(of))


async def _playbacks(of: Sequence["Title"], info: Info) -> "Each[Playback | None]":
    found = await titles.playbacks_of(info.context, _ids(of))
    return each(found, lambda playback: None if playback is None else Playback.of(playback))


async def _my_ratings(of: Sequence["Title"], info: Info) -> Each[float | None]:
    return await titles.ratings_of(info.context, _ids(of))


async def _allowed_for_me(of: Sequence["Title"], info: Info) -> Each[bool | None]:
    return await titles.allowed_for_viewer(info.context, [title.minimum_age for title in of])


def _ids(of: Sequence["Title"]) -> list[str]:
    return [title.id for title in of]


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
    """Anything watchable, as the viewer's own: what the catalog knows of it arrives from outside."""

    id: strawberry.ID
    known_name: strawberry.Private[str | None] = None
    minimum_age: int | None = strawberry.federation.field(external=True, default=None)

    @strawberry.federation.field(external=True)
    @batched(_names)
    async def name(self, info: Info) -> str:
        """Return the name that was stored with the list the title is on, else the catalog's."""
        return await alone(_names([self], info))

    @strawberry.field(description="On the viewer's watchlist; null for anonymous, as all fields below, never an error.")
    @batched(_in_watchlist)
    async def in_watchlist(self, info: Info) -> bool | None:
        """Return whether the viewer has put it on the watchlist."""
        return await alone(_in_watchlist([self], info))

    @strawberry.field(description="Null also when never started.")
    @batched(_playbacks)
    async def playback(self, info: Info) -> Annotated["Playback", strawberry.lazy("subgraphs.users.types")] | None:
        """Return where the viewer left off."""
        return await alone(_playbacks([self], info))

    @strawberry.field(description="The viewer's rating, 0.5–10 in half steps; null also when not rated.")
    @batched(_my_ratings)
    async def my_rating(self, info: Info) -> float | None:
        """Return the viewer's rating."""
        return await alone(_my_ratings([self], info))

    @strawberry.federation.field(
        requires=["minimumAge"],
        description="Within the active profile's age limit; unrated titles are not when there is a limit.",
    )
    @batched(_allowed_for_me)
    async def allowed_for_me(self, info: Info) -> bool | None:
        """Return whether the viewer's profile may see it."""
        return await alone(_allowed_for_me([self], info))

    @classmethod
    def of(cls, id_: str, name: str | None = None) -> "Title":
        """Return a title by its id, with the name it was stored under when there is one."""
        return cls(id=strawberry.ID(id_), known_name=name)

    @classmethod
    @batched(_titles_referred_to)
    def resolve_reference(cls, id: strawberry.ID, **fields: Any) -> "Title":  # noqa: A002 – the key's name
        """Return the title another subgraph refers to; that it exists is the catalog's word."""
        return cls(
            id=strawberry.ID(parse_id(id, what="title id")),
            known_name=fields.get("name"),
            minimum_age=fields.get("minimumAge"),
        )


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)],
    description="A streaming service (owned by availability).",
)
class Platform:
    """A streaming service."""

    id: strawberry.ID


@strawberry.type(description="Whether a device is there: a heartbeat every 30 s, gone after 75 s.")
class Presence:
    """Whether a device is there."""

    device: strawberry.Private[DeviceRecord]
    online: bool
    last_seen_at: datetime | None = strawberry.field(description="Null when never seen.")

    @strawberry.field(description="What it plays; null when nothing.")
    async def playing(self, info: Info) -> Title | None:
        """Return what the device plays."""
        found = await devices.playing_on(info.context, self.device)
        return None if found is None else Title.of(found)


@strawberry.type(description="A device of an account.")
class Device(Node):
    """A device of an account."""

    record: strawberry.Private[DeviceRecord]
    id: strawberry.ID
    name: str
    kind: DeviceKind
    capabilities: list[str] = strawberry.field(
        description="E.g. `play`, `pause`, `seek`; empty for devices that cannot be controlled."
    )
    registered_at: datetime

    @strawberry.field
    def presence(self, info: Info) -> Presence:
        """Return whether the device is there."""
        return Presence(
            device=self.record,
            online=devices.is_online(info.context, self.record),
            last_seen_at=self.record.last_seen_at,
        )

    @classmethod
    def of(cls, device: DeviceRecord) -> "Device":
        """Return the device as the graph shows it."""
        return cls(
            record=device,
            id=strawberry.ID(device.id),
            name=device.name,
            kind=DeviceKind(device.kind),
            capabilities=device.capabilities,
            registered_at=device.registered_at,
        )

    @classmethod
    async def find(cls, info: Info, id_: str | None) -> "Device | None":
        """Return a device by its id, None when there is no id or no such device any more."""
        if id_ is None:
            return None
        found = await info.context.loaders(UserLoaders).device_by_id.load(id_)
        return None if found is None else cls.of(found)


@strawberry.type(description="A title on a watchlist.")
class WatchlistEntry:
    """A title on a watchlist."""

    record: strawberry.Private[EntryRecord]
    title: Title = strawberry.federation.field(
        provides=["name"],
        description="With the name as it was when added, so a list of names needs no other subgraph.",
    )
    added_at: datetime
    stamp: Stamp = strawberry.field(description="Stamp of the latest add.")
    tags: list[str] = strawberry.field(
        description="Causal tags alive for this title; send them back when removing offline."
    )

    @strawberry.field(description="Device that added it; null when removed since.")
    async def device(self, info: Info) -> Device | None:
        """Return the device that added it."""
        return await Device.find(info, self.record.device_id)

    @classmethod
    def of(cls, entry: EntryRecord) -> "WatchlistEntry":
        """Return the entry as the graph shows it."""
        return cls(
            record=entry,
            title=Title.of(entry.title_id, entry.title_name),
            added_at=entry.added_at,
            stamp=Stamp(entry.stamp),
            tags=entry.tags,
        )


@strawberry.type(description="Where a profile left off in a title: a last-writer-wins register.")
class Playback:
    """Where a profile left off in a title."""

    record: strawberry.Private[PlaybackRecord]
    title: Title
    position_ms: int = strawberry.field(description="Milliseconds from the start.")
    duration_ms: int | None = strawberry.field(description="Milliseconds; null when unknown.")
    progress: float | None = strawberry.field(
        description="positionMs / durationMs, 0–1; null when the duration is unknown."
    )
    state: PlaybackState
    resume_ms: int = strawberry.field(description="Where to start: 0 below 2 minutes and above 95 %, else positionMs.")
    completed: bool = strawberry.field(description="True from 95 % or the credits mark on.")
    rewatch_count: int = strawberry.field(description="Times finished before this run.")
    platform: Platform | None
    stamp: Stamp
    updated_at: datetime

    @strawberry.field(description="Device that reported it; null when removed since.")
    async def device(self, info: Info) -> Device | None:
        """Return the device that reported it."""
        return await Device.find(info, self.record.device_id)

    @classmethod
    def of(cls, playback: PlaybackRecord) -> "Playback":
        """Return the playback as the graph shows it."""
        position, duration = playback.position_ms, playback.duration_ms
        return cls(
            record=playback,
            title=Title.of(playback.title_id),
            position_ms=position,
            duration_ms=duration,
            progress=rules.progress(position, duration),
            state=PlaybackState(playback.state),
            resume_ms=rules.resume_ms(position, duration),
            completed=playback.completed,
            rewatch_count=playback.rewatch_count,
            platform=None if playback.platform_id is None else Platform(id=strawberry.ID(playback.platform_id)),
            stamp=Stamp(playback.stamp),
            updated_at=playback.updated_at,
        )


@strawberry.type(description="One viewing.")
class HistoryEntry:
    """One viewing."""

    id: strawberry.ID
    title: Title
    watched_at: datetime
    completion: float | None = strawberry.field(description="Share watched, 0–1; null when unknown (imports).")
    source: str = strawberry.field(description="`playback`, `manual` or the platform it was imported from.")

    @classmethod
    def of(cls, view: ViewRecord) -> "HistoryEntry":
        """Return the viewing as the graph shows it."""
        return cls(
            id=strawberry.ID(view.id),
            title=Title.of(view.title_id),
            watched_at=view.watched_at,
            completion=view.completion,
            source=view.source,
        )


@strawberry.type(description="A rating the viewer gave.")
class Rating:
    """A rating the viewer gave."""

    title: Title
    value: float = strawberry.field(description="0.5–10 in half steps.")
    rated_at: datetime

    @classmethod
    def of(cls, rating: RatingRecord) -> "Rating":
        """Return the rating as the graph shows it."""
        return cls(title=Title.of(rating.title_id), value=rating.value, rated_at=rating.rated_at)


@strawberry.type(description="An edge of WatchlistConnection.")
class WatchlistEdge:
    """An edge of WatchlistConnection."""

    cursor: str
    node: WatchlistEntry


@strawberry.type(description="A watchlist, newest first.")
class WatchlistConnection(Counted):
    """A page of a watchlist."""

    edges: list[WatchlistEdge]
    revision: str = strawberry.field(description="Cursor for syncWatchlist and watchlistChanged.")

    @classmethod
    def of(cls, page: Page[EntryRecord], revision: int) -> "WatchlistConnection":
        """Return a page of a watchlist."""
        return cls(
            edges=[WatchlistEdge(cursor=cursor, node=WatchlistEntry.of(entry)) for cursor, entry in page.items],
            page_info=PageInfo.of(page),
            revision=str(revision),
            page=page,
        )


@strawberry.type(description="Playbacks, most recent first.")
class PlaybackConnection(Connection[Playback]):
    """A page of playbacks."""

    revision: str = strawberry.field(description="Cursor for syncPlayback and playbackChanged.")

    @classmethod
    def of(cls, page: Page[PlaybackRecord], revision: int) -> "PlaybackConnection":
        """Return a page of playbacks."""
        return cls(edges=edges_of(page, Playback.of), page_info=PageInfo.of(page), page=page, revision=str(revision))


@strawberry.type(description="An edge of HistoryConnection.")
class HistoryEdge:
    """An edge of HistoryConnection."""

    cursor: str
    node: HistoryEntry


@strawberry.type(description="Viewings, most recent first.")
class HistoryConnection(Counted):
    """A page of viewings."""

    edges: list[HistoryEdge]

    @classmethod
    def of(cls, page: Page[ViewRecord]) -> "HistoryConnection":
        """Return a page of viewings."""
        return cls(
            edges=[HistoryEdge(cursor=cursor, node=HistoryEntry.of(view)) for cursor, view in page.items],
            page_info=PageInfo.of(page),
            page=page,
        )


@strawberry.type(description="Ratings, most recent first.")
class RatingConnection(Connection[Rating]):
    """A page of ratings."""

    @classmethod
    def of(cls, page: Page[RatingRecord]) -> "RatingConnection":
        """Return a page of ratings."""
        return cls(edges=edges_of(page, Rating.of), page_info=PageInfo.of(page), page=page)
