"""The watchlist: add, remove, list, and its mirror: follow what others add and remove."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from datasources.records.users import ChangeRecord, EntryRecord, TagRecord
from resolvers.context import Context
from resolvers.domain import watchlist as rules
from resolvers.domain.errors import BadUserInput
from resolvers.domain.hlc import parse_stamp
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page, cut_page, decode_cursor, list_key, page_size
from resolvers.domain.watchlist import ChangeKind, Watchlist
from resolvers.users import changes
from resolvers.users.changes import Operation, Stream, StreamWrite, writing
from resolvers.users.devices import acting_device
from resolvers.users.loaders import UserLoaders
from resolvers.users.titles import INTEREST_WEIGHT, count_attention, require_title

_MOST_TAGS = 100


@dataclass(frozen=True, slots=True)
class WatchlistWritten:
    """A title and its entry (None when it is not on the list) after a write, with revision and clock (HLC text)."""

    title_id: str
    entry: EntryRecord | None
    revision: int
    stamp: str


@dataclass(frozen=True, slots=True)
class WatchlistEvent:
    """A change of a watchlist; `entry` is None when the title left it."""

    revision: int
    previous: str | None
    occurred_at: datetime
    stamp: str
    kind: ChangeKind
    title_id: str
    entry: EntryRecord | None
    device_id: str | None


def _watchlist(known: Sequence[TagRecord]) -> Watchlist:
    return Watchlist(
        adds=frozenset((row.title_id, row.tag) for row in known),
        removed=frozenset(row.tag for row in known if row.removed_at is not None),
    )


def _entry(known: Sequence[TagRecord], watchlist: Watchlist, title_id: str) -> EntryRecord | None:
    alive = rules.tags_of(watchlist, title_id)
    rows = sorted((row for row in known if row.tag in alive), key=lambda row: row.tag)
    if not rows:
        return None
    latest = rows[-1]
    return EntryRecord(
        title_id, latest.title_name, latest.added_at, latest.tag, [row.tag for row in rows], latest.device_id
    )


async def add(
    context: Context,
    title_id: str,
    *,
    device_id: str | None = None,
    operation_id: str | None = None,
    stamp: str | None = None,
) -> WatchlistWritten:
    """Put a title on the viewer's watchlist; a title that is there gets another tag and moves to the top.

    Raises NotFound (title, device), Conflict (operation id or stamp used for something else), ClockDrift, BadUserInput.
    """
    viewer = context.require_viewer()
    title = await require_title(context, title_id)
    device = await acting_device(context, device_id)
    operation = Operation.of(operation_id, "addToWatchlist", title=title.id, device=device_id, stamp=stamp)
    is_new = False
    async with writing(context, Stream.WATCHLIST, stamp=stamp, device_id=device, operation=operation) as write:
        tag = str(write.stamp)
        known = await write.writer.tags(viewer.profile_id, title.id, [tag])
        before = after = _watchlist(known)
        if not write.is_repeated:
            after = rules.add(before, title.id, tag)
        if after != before:
            row = TagRecord(tag, title.id, title.name, device, write.at, None)
            await write.writer.insert_tags(viewer.profile_id, [row])
            known.append(row)
            is_new = not rules.tags_of(before, title.id)
            await _append(write, title.id, _entry(known, after, title.id), device)
        entry = _entry(known, after, title.id)
    context.loaders(UserLoaders).forget_title(viewer.profile_id, title.id)
    if is_new:
        await count_attention(context, title.id, INTEREST_WEIGHT)
    return WatchlistWritten(title.id, entry, write.revision, str(write.clock))


async def remove(
    context: Context,
    title_id: str,
    *,
    device_id: str | None = None,
    operation_id: str | None = None,
    stamp: str | None = None,
    tags: Sequence[str] | None = None,
) -> WatchlistWritten:
    """Take a title off the viewer's watchlist: these tags of it, or all we know of when `tags` is None.

    A tag we have not seen yet is remembered as removed; an add under another tag stays. Raises as `add` does.
    """
    viewer = context.require_viewer()
    title = await require_title(context, title_id)
    asked = None if tags is None else _checked_tags(tags)
    device = await acting_device(context, device_id)
    operation = Operation.of(
        operation_id, "removeFromWatchlist", title=title.id, device=device_id, stamp=stamp, tags=asked
    )
    async with writing(context, Stream.WATCHLIST, stamp=stamp, device_id=device, operation=operation) as write:
        known = await write.writer.tags(viewer.profile_id, title.id, asked or [])
        before = after = _watchlist(known)
        alive = rules.tags_of(before, title.id)
        if not write.is_repeated:
            gone = alive if asked is None else frozenset(asked)
            after = rules.remove(before, gone)
            unseen = sorted(gone - {row.tag for row in known})
            if unseen:
                rows = [TagRecord(tag, title.id, title.name, device, write.at, write.at) for tag in unseen]
                await write.writer.insert_tags(viewer.profile_id, rows)
            if alive & gone:
                await write.writer.remove_tags(viewer.profile_id, sorted(alive & gone), write.at)
                await _append(write, title.id, _entry(known, after, title.id), device)
        entry = _entry(known, after, title.id)
    context.loaders(UserLoaders).forget_title(viewer.profile_id, title.id)
    return WatchlistWritten(title.id, entry, write.revision, str(write.clock))


def _checked_tags(tags: Sequence[str]) -> list[str]:
    if len(tags) > _MOST_TAGS:
        raise BadUserInput(f"{len(tags)} tags are too many: send at most {_MOST_TAGS}, or none to remove them all.")
    return sorted({str(parse_stamp(tag)) for tag in tags})


async def _append(write: StreamWrite, title_id: str, entry: EntryRecord | None, device_id: str | None) -> None:
    await write.append(change_payload(title_id, str(write.stamp), entry, device_id))


def change_payload(title_id: str, stamp: str, entry: EntryRecord | None, device_id: str | None) -> dict[str, Any]:
    """Return a change of a watchlist as it is stored and published; `entry` is None when the title left the list."""
    return {
        "stamp": stamp,
        "kind": (ChangeKind.REMOVED if entry is None else ChangeKind.ADDED).value,
        "titleId": title_id,
        "deviceId": device_id,
        "entry": None if entry is None else {**asdict(entry), "added_at": entry.added_at.isoformat()},
    }


def _event(change: ChangeRecord) -> WatchlistEvent:
    payload = change.payload
    entry = payload["entry"]
    return WatchlistEvent(
        revision=change.revision,
        previous=changes.previous_of(change),
        occurred_at=change.occurred_at,
        stamp=payload["stamp"],
        kind=ChangeKind(payload["kind"]),
        title_id=payload["titleId"],
        entry=None
        if entry is None
        else EntryRecord(**{**entry, "added_at": datetime.fromisoformat(entry["added_at"])}),
        device_id=payload["deviceId"],
    )


async def list_entries(
    context: Context, profile_id: str, first: int | None, after: str | None
) -> tuple[Page[EntryRecord], int]:
    """Return a page of a watchlist, newest first, and the revision to follow it from; raise BadUserInput."""
    size = page_size(first)
    key = list_key("watchlist", profile_id)
    position = decode_cursor(key, after)
    store = context.sources.users
    revision, found = await store.watchlist(profile_id, size + 1, _position(position))
    page = cut_page(
        key,
        found,
        size,
        position,
        lambda entry: (entry.stamp, entry.title_id),
        lambda: store.count_watchlist(profile_id),
    )
    return page, revision


def _position(position: Sequence[Any] | None) -> tuple[str, str] | None:
    if position is None:
        return None
    try:
        stamp, title_id = position
        return str(parse_stamp(stamp)), parse_id(title_id)
    except (ValueError, TypeError):
        raise BadUserInput("This cursor is broken; use endCursor of the page before as it is.") from None


async def follow(context: Context, since: str | None) -> AsyncGenerator[WatchlistEvent, None]:
    """Return what changes on the viewer's watchlist: what came after `since`, then as it happens.

    Without `since`, from now on. Raises BadUserInput for a malformed `since`, Conflict for one unknown or too old.
    """
    return await changes.follow(context, Stream.WATCHLIST, since, _event)
