"""What the demo's viewers did, as rows: accounts, preferences, ratings, views, watchlists, playbacks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from datasources.demo.ids import demo_id
from datasources.demo.users import DemoViewer
from datasources.records.bulk import (
    ChangeRow,
    PlaybackRow,
    PreferenceRow,
    ProfileRow,
    RatingRow,
    StreamRow,
    UserRow,
    ViewRow,
    WatchlistTagRow,
)
from resolvers.domain.hlc import Stamp, tick
from resolvers.domain.playback import PlaybackState
from resolvers.domain.viewer import Role
from resolvers.ingest.demo_catalogue import SOURCE, title_id


@dataclass(slots=True)
class ActivityRows:
    """Everything the viewers' part of the demo writes, in the order it has to be written."""

    users: list[UserRow] = field(default_factory=list)
    profiles: list[ProfileRow] = field(default_factory=list)
    preferences: list[PreferenceRow] = field(default_factory=list)
    ratings: list[RatingRow] = field(default_factory=list)
    views: list[ViewRow] = field(default_factory=list)
    watchlist: list[WatchlistTagRow] = field(default_factory=list)
    playbacks: list[PlaybackRow] = field(default_factory=list)
    streams: list[StreamRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _stamps(instants: Sequence[datetime]) -> Iterator[Stamp]:
    """Yield one stamp for each of the instants, which are in order: later than the one before."""
    last: Stamp | None = None
    for instant in instants:
        last = tick(last, _milliseconds(instant))
        yield last


def _preferences(profile: str, viewer: DemoViewer) -> Iterator[PreferenceRow]:
    platforms = [demo_id("platform", slug) for slug in viewer.platforms]
    entries = {**viewer.preferences, "platforms": platforms}
    stamps = _stamps([viewer.created_at] * len(entries))
    for (key, value), stamp in zip(entries.items(), stamps, strict=True):
        yield PreferenceRow(profile, key, value, str(stamp))


def _watchlist(rows: ActivityRows, profile: str, viewer: DemoViewer, names: Mapping[str, str]) -> None:
    stamps = _stamps([at for _, at in viewer.watchlist])
    for revision, ((key, at), stamp) in enumerate(zip(viewer.watchlist, stamps, strict=True), 1):
        rows.watchlist.append(WatchlistTagRow(profile, str(stamp), title_id(key), names[key], at))
        payload = {
            "kind": "ADDED",
            "titleId": title_id(key),
            "stamp": str(stamp),
        }
        rows.changes.append(ChangeRow(profile, "watchlist", revision, at, payload))
    if viewer.watchlist:
        rows.streams.append(StreamRow(profile, "watchlist", len(viewer.watchlist)))


def _playbacks(rows: ActivityRows, profile: str, viewer: DemoViewer) -> None:
    played = sorted(viewer.playbacks, key=lambda playback: playback.at)
    stamps = _stamps([playback.at for playback in played])
    for revision, (playback, stamp) in enumerate(zip(played, stamps, strict=True), 1):
        state = PlaybackState.COMPLETED if playback.completed else PlaybackState.PAUSED
        row = PlaybackRow(
            profile_id=profile,
            title_id=title_id(playback.key),
            position_ms=playback.position_ms,
            duration_ms=playback.duration_ms,
            state=state,
            completed=playback.completed,
            rewatch_count=0,
            stamp=str(stamp),
            updated_at=playback.at,
            platform_id=demo_id("platform", viewer.platforms[0]) if viewer.platforms else None,
        )
        rows.playbacks.append(row)
        payload = {
            "titleId": row.title_id,
            "stamp": row.stamp,
        }
        rows.changes.append(ChangeRow(profile, "playback", revision, playback.at, payload))
    if played:
        rows.streams.append(StreamRow(profile, "playback", len(played)))


def activity_rows(viewers: Sequence[DemoViewer], names: Mapping[str, str]) -> ActivityRows:
    """Return the rows of all viewers; `names` are the titles' by key."""
    rows = ActivityRows()
    for viewer in viewers:
        user, profile = demo_id("user", viewer.email), demo_id("profile", viewer.email)
        rows.users.append(
            UserRow(user, viewer.email, viewer.display_name, viewer.password_hash, Role.USER, SOURCE, viewer.created_at)
        )
        rows.profiles.append(ProfileRow(profile, user, viewer.display_name))
        rows.preferences += _preferences(profile, viewer)
        rows.ratings += [RatingRow(profile, title_id(key), value, at) for key, value, at in viewer.ratings]
        rows.views += [
            ViewRow(demo_id("view", f"{viewer.email}:{key}"), profile, title_id(key), at, completion, "playback")
            for key, at, completion in viewer.views
        ]
        _watchlist(rows, profile, viewer, names)
        _playbacks(rows, profile, viewer)
    return rows
