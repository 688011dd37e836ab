"""Playback: report where a player is, list what is unfinished, and follow the players of a profile."""

from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import uuid_utils

from datasources.records.users import ChangeRecord, PlaybackRecord, ViewRecord
from resolvers.context import Context
from resolvers.domain import playback as rules
from resolvers.domain.errors import NotFound
from resolvers.domain.hlc import parse_stamp
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page, cut_page, list_key, page_size
from resolvers.domain.playback import PlaybackState, Register, Report
from resolvers.users import changes
from resolvers.users.changes import Operation, Stream, writing
from resolvers.users.devices import acting_device
from resolvers.users.loaders import UserLoaders
from resolvers.users.pages import recent_position
from resolvers.users.preferences import require_platform
from resolvers.users.titles import VIEW_WEIGHT, count_attention, require_title


@dataclass(frozen=True, slots=True)
class PlaybackWritten:
    """The playback after a report (which may be a newer one), with revision and clock (HLC text)."""

    playback: PlaybackRecord
    revision: int
    stamp: str


@dataclass(frozen=True, slots=True)
class PlaybackEvent:
    """A change of a playback."""

    revision: int
    previous: str | None
    occurred_at: datetime
    playback: PlaybackRecord


def _register(record: PlaybackRecord) -> Register:
    return Register(
        position_ms=record.position_ms,
        state=PlaybackState(record.state),
        stamp=parse_stamp(record.stamp),
        duration_ms=record.duration_ms,
        credits_ms=record.credits_ms,
        platform_id=record.platform_id,
        device_id=record.device_id,
        completed=record.completed,
        rewatch_count=record.rewatch_count,
    )


def _record(title_id: str, register: Register, at: datetime) -> PlaybackRecord:
    return PlaybackRecord(
        title_id=title_id,
        position_ms=register.position_ms,
        duration_ms=register.duration_ms,
        credits_ms=register.credits_ms,
        state=register.state.value,
        completed=register.completed,
        rewatch_count=register.rewatch_count,
        platform_id=register.platform_id,
        device_id=register.device_id,
        stamp=str(register.stamp),
        updated_at=at,
    )


async def report(
    context: Context,
    title_id: str,
    *,
    position_ms: int,
    state: PlaybackState,
    duration_ms: int | None = None,
    credits_ms: int | None = None,
    platform_id: str | None = None,
    device_id: str | None = None,
    operation_id: str | None = None,
    stamp: str | None = None,
) -> PlaybackWritten:
    """Note where a player of the viewer is; a report older than what is stored changes nothing and gets the newer one.

    A run that comes to its end becomes a viewing. Raises NotFound (title, platform, device), Conflict (operation id),
    ClockDrift, BadUserInput.
    """
    viewer = context.require_viewer()
    title = await require_title(context, title_id)
    platform = None if platform_id is None else parse_id(platform_id, what="platform id")
    if platform is not None:
        await require_platform(context, platform)
    device = await acting_device(context, device_id)
    operation = Operation.of(
        operation_id,
        "reportPlayback",
        title=title.id,
        device=device_id,
        stamp=stamp,
        position=position_ms,
        duration=duration_ms,
        credits=credits_ms,
        state=state.value,
        platform=platform,
    )
    finished = False
    async with writing(context, Stream.PLAYBACK, stamp=stamp, device_id=device, operation=operation) as write:
        said = rules.checked(Report(position_ms, state, write.stamp, duration_ms, credits_ms, platform, device))
        stored = await write.writer.playback(viewer.profile_id, title.id)
        before = None if stored is None else _register(stored)
        after = before if write.is_repeated else rules.apply(before, said)
        if after is None:
            raise NotFound(f"Nothing is known any more of playback in title {title.id}.")
        if stored is None or after is not before:
            stored = _record(title.id, after, write.at)
            await write.writer.put_playback(viewer.profile_id, stored)
            finished = rules.finishes(before, after)
            if finished:
                share = rules.progress(after.position_ms, after.duration_ms)
                view = ViewRecord(str(uuid_utils.uuid7()), title.id, write.at, share, "playback")
                await write.writer.insert_view(viewer.profile_id, view)
            if device is not None:
                await write.writer.touch_device(device, write.at)
            await write.append(change_payload(stored))
    context.loaders(UserLoaders).forget_title(viewer.profile_id, title.id)
    if finished:
        await count_attention(context, title.id, VIEW_WEIGHT)
    return PlaybackWritten(stored, write.revision, str(write.clock))


async def list_unfinished(
    context: Context, profile_id: str, first: int | None, after: str | None
) -> tuple[Page[PlaybackRecord], int]:
    """Return a page of what was started and not finished, most recent first, and the revision to follow it from."""
    size = page_size(first)
    key = list_key("continue-watching", profile_id)
    position = recent_position(key, after)
    store = context.sources.users
    revision, found = await store.unfinished_playbacks(profile_id, size + 1, position)
    page = cut_page(
        key,
        found,
        size,
        position,
        lambda playback: (playback.updated_at.isoformat(), playback.title_id),
        lambda: store.count_unfinished(profile_id),
    )
    return page, revision


def change_payload(playback: PlaybackRecord) -> dict[str, Any]:
    """Return a change of a playback as it is stored and published."""
    return {"playback": {**asdict(playback), "updated_at": playback.updated_at.isoformat()}}


def _event(change: ChangeRecord) -> PlaybackEvent:
    stored: dict[str, Any] = change.payload["playback"]
    return PlaybackEvent(
        revision=change.revision,
        previous=changes.previous_of(change),
        occurred_at=change.occurred_at,
        playback=PlaybackRecord(**{**stored, "updated_at": datetime.fromisoformat(stored["updated_at"])}),
    )


async def follow(context: Context, since: str | None) -> AsyncGenerator[PlaybackEvent, None]:
    """Return what changes in the viewer's playbacks: what came after `since`, then as it happens.

    Without `since`, from now on. Raises BadUserInput for a malformed `since`, Conflict for one unknown or too old.
    """
    return await changes.follow(context, Stream.PLAYBACK, since, _event)
