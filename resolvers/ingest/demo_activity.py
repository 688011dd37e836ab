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
from datasources.records.users import EntryRecord, PlaybackRecord
from resolvers.domain.hlc import Stamp, tick
from resolvers.domain.playback import PlaybackState
from resolvers.domain.viewer import Role
from resolvers.ingest.demo_catalogue import SOURCE, title_id
from resolvers.users import playback, watchlist
from resolvers.users.changes import Stream


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


def _preferences(rows: ActivityRows, profile: str, viewer: DemoViewer) -> None:
    platforms = [demo_id("platform", slug) for slug in viewer.platforms]
    entries = {**viewer.preferences, "platforms": platforms}
    stamp = str(next(_stamps([viewer.created_at])))
    rows.preferences += [PreferenceRow(profile, key, value, stamp) for key, value in entries.items()]
    payload = {
        "stamp": stamp,
        "keys": list(entries),
        "entries": {key: {"value": value, "stamp": stamp} for key, value in entries.items()},
    }
    rows.changes.append(ChangeRow(profile, Stream.PREFERENCES, 1, viewer.created_at, payload))
    rows.streams.append(StreamRow(profile, Stream.PREFERENCES, 1, stamp))


def _watchlist(rows: ActivityRows, profile: str, viewer: DemoViewer, names: Mapping[str, str]) -> None:
    stamps = [str(stamp) for stamp in _stamps([at for _, at in viewer.watchlist])]
    for revision, ((key, at), stamp) in enumerate(zip(viewer.watchlist, stamps, strict=True), 1):
        entry = EntryRecord(title_id(key), names[key], at, stamp, [stamp], None)
        rows.watchlist.append(WatchlistTagRow(profile, stamp, entry.title_id, entry.title_name, at))
        payload = watchlist.change_payload(entry.title_id, stamp, entry, None)
        rows.changes.append(ChangeRow(profile, Stream.WATCHLIST, revision, at, payload))
    if stamps:
        rows.streams.append(StreamRow(profile, Stream.WATCHLIST, len(stamps), stamps[-1]))


def _playbacks(rows: ActivityRows, profile: str, viewer: DemoViewer) -> None:
    played = sorted(viewer.playbacks, key=lambda left: left.at)
    stamps = [str(stamp) for stamp in _stamps([left.at for left in played])]
    for revision, (left, stamp) in enumerate(zip(played, stamps, strict=True), 1):
        record = PlaybackRecord(
            title_id=title_id(left.key),
            position_ms=left.position_ms,
            duration_ms=left.duration_ms,
            credits_ms=None,
            state=PlaybackState.COMPLETED if left.completed else PlaybackState.PAUSED,
            completed=left.completed,
            rewatch_count=0,
            platform_id=demo_id("platform", viewer.platforms[0]) if viewer.platforms else None,
            device_id=None,
            stamp=stamp,
            updated_at=left.at,
        )
        rows.playbacks.append(
            PlaybackRow(
                profile_id=profile,
                title_id=record.title_id,
                position_ms=record.position_ms,
                duration_ms=record.duration_ms,
                state=record.state,
                completed=record.completed,
                rewatch_count=record.rewatch_count,
                stamp=stamp,
                updated_at=left.at,
                platform_id=record.platform_id,
            )
        )
        rows.changes.append(ChangeRow(profile, Stream.PLAYBACK, revision, left.at, playback.change_payload(record)))
    if stamps:
        rows.streams.append(StreamRow(profile, Stream.PLAYBACK, len(stamps), stamps[-1]))


def activity_rows(viewers: Sequence[DemoViewer], names: Mapping[str, str]) -> ActivityRows:
    """Return the rows of all viewers; `names` are the titles' by key."""
    rows = ActivityRows()
    for viewer in viewers:
        user, profile = demo_id("user", viewer.email), demo_id("profile", viewer.email)
        rows.users.append(
            UserRow(user, viewer.email, viewer.display_name, viewer.password_hash, Role.USER, SOURCE, viewer.created_at)
        )
        rows.profiles.append(ProfileRow(profile, user, viewer.display_name))
        _preferences(rows, profile, viewer)
        rows.ratings += [RatingRow(profile, title_id(key), value, at) for key, value, at in viewer.ratings]
        rows.views += [
            ViewRow(demo_id("view", f"{viewer.email}:{key}"), profile, title_id(key), at, completion, "playback")
            for key, at, completion in viewer.views
        ]
        _watchlist(rows, profile, viewer, names)
        _playbacks(rows, profile, viewer)
    return rows
