"""Streams of changes: writing to one in a transaction, telling who listens, and following it without gap or double.

The store is the truth. A writer locks the stream's row, so revisions have no gap, and publishes after the commit. A
reader subscribes first and reads the store then; whatever is missing or comes twice is seen by its revision.
"""

import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar, cast

import orjson

from datasources.broker.interface import LAGGED
from datasources.errors import BrokerUnavailable
from datasources.postgres.user_writes import UserWriter
from datasources.records.users import ChangeRecord
from resolvers import topics
from resolvers.context import Context
from resolvers.domain import hlc
from resolvers.domain.errors import BadUserInput, Conflict, Unauthenticated

logger = logging.getLogger(__name__)

EventT = TypeVar("EventT")

_PAGE = 200
_LONGEST_OPERATION_ID = 100
_LARGEST_REVISION = 2**63 - 1


class Stream(StrEnum):
    """The streams of a profile."""

    WATCHLIST = "watchlist"
    PLAYBACK = "playback"
    PREFERENCES = "preferences"


_TOPICS: Mapping[Stream, Callable[[str], str]] = {
    Stream.WATCHLIST: topics.watchlist,
    Stream.PLAYBACK: topics.playback,
}
"""Streams somebody can subscribe to."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An id that makes a write idempotent, and the SHA-256 (hex) of what was asked under it."""

    id: str
    fingerprint: str

    @classmethod
    def of(cls, id_: str | None, name: str, **asked: Any) -> "Operation | None":
        """Return the operation with an id, None without one; raise BadUserInput for an id that is none."""
        if id_ is None:
            return None
        if not 0 < len(id_) <= _LONGEST_OPERATION_ID or not id_.isprintable():
            raise BadUserInput(f"An operationId has 1–{_LONGEST_OPERATION_ID} characters, such as a UUID.")
        content = json.dumps([name, asked], sort_keys=True, separators=(",", ":"))
        return cls(id_, sha256(content.encode()).hexdigest())


class StreamWrite:
    """A write to one stream, whose row is locked: what it decides and appends is the next in line.

    `stamp` says when it was decided (the client's word, or now), `clock` is our clock having heard of it, `at` our wall
    clock. `is_repeated`: the operation was applied before, so there is nothing to do but to answer.
    """

    def __init__(
        self,
        writer: UserWriter,
        profile_id: str,
        stream: Stream,
        at: datetime,
        revision: int,
        stamp: hlc.Stamp,
        clock: hlc.Stamp,
        is_repeated: bool,
    ) -> None:
        self.writer = writer
        self.profile_id = profile_id
        self.stream = stream
        self.at = at
        self.revision = revision
        self.stamp = stamp
        self.clock = clock
        self.is_repeated = is_repeated
        self.change: ChangeRecord | None = None

    async def append(self, payload: dict[str, Any]) -> None:
        """Write the change that this write is; at most one."""
        assert self.change is None  # noqa: S101 – two would need two revisions and two events
        self.revision += 1
        self.change = ChangeRecord(self.revision, self.at, payload)
        await self.writer.append_change(self.profile_id, self.stream, self.revision, self.at, payload, str(self.clock))


async def begin(
    context: Context,
    writer: UserWriter,
    profile_id: str,
    stream: Stream,
    *,
    stamp: str | None = None,
    device_id: str | None = None,
    operation: Operation | None = None,
) -> StreamWrite:
    """Lock a stream within a transaction and return the write that is next.

    Raises BadUserInput for a malformed stamp, ClockDrift for one from the future, Conflict for an operation id that
    stood for something else, Unauthenticated when the profile is gone.
    """
    asked = None if stamp is None else hlc.parse_stamp(stamp)
    state = await writer.lock_stream(profile_id, stream)
    if state is None:
        raise Unauthenticated("This profile does not exist any more; sign in again.")
    at = context.now()
    last = None if state.stamp is None else hlc.parse_stamp(state.stamp)
    now_ms = int(at.timestamp() * 1000)
    clock = hlc.tick(last, now_ms, device_id or hlc.SERVER) if asked is None else hlc.receive(last, asked, now_ms)
    known = (
        None if operation is None else await writer.note_operation(profile_id, operation.id, operation.fingerprint, at)
    )
    if operation is not None and known is not None and known != operation.fingerprint:
        raise Conflict(
            f"operationId {operation.id!r} was used for something else: give each operation an id of its own."
        )
    return StreamWrite(writer, profile_id, stream, at, state.revision, asked or clock, clock, known is not None)


@asynccontextmanager
async def writing(
    context: Context,
    stream: Stream,
    *,
    stamp: str | None = None,
    device_id: str | None = None,
    operation: Operation | None = None,
) -> AsyncIterator[StreamWrite]:
    """Write to a stream of the viewer's profile: one transaction, committed when the block ends, published then.

    Raises what `begin` raises.
    """
    profile_id = context.require_viewer().profile_id
    async with context.sources.users.writing() as writer:
        write = await begin(context, writer, profile_id, stream, stamp=stamp, device_id=device_id, operation=operation)
        yield write
        if write.change is None:
            await writer.advance_clock(profile_id, stream, str(write.clock))
    if write.change is not None and stream in _TOPICS:
        await _publish(context, _TOPICS[stream](profile_id), write.change)


async def _publish(context: Context, topic: str, change: ChangeRecord) -> None:
    try:
        await context.sources.broker.publish(
            topic,
            orjson.dumps({"revision": change.revision, "occurredAt": change.occurred_at, "payload": change.payload}),
        )
    except BrokerUnavailable as error:  # committed: readers find it in the store when the broker is back
        logger.warning("not published on %s, revision %d: %s", topic, change.revision, error)


def previous_of(change: ChangeRecord) -> str | None:
    """Return the revision before a change in decimal text, None for the first."""
    return str(change.revision - 1) if change.revision > 1 else None


async def follow(
    context: Context, stream: Stream, since: str | None, event: Callable[[ChangeRecord], EventT]
) -> AsyncGenerator[EventT, None]:
    """Return the changes of a stream of the viewer's profile as events: those after `since`, then each as it happens.

    Without `since`, from now on; listening has begun when this returns. Raises BadUserInput for a malformed `since`,
    Conflict for one that is unknown or older than what is kept; Conflict may also end a reader that lags too far.
    """
    profile_id = context.require_viewer().profile_id
    after = None if since is None else _parse_revision(since)
    followed = _followed(context, profile_id, stream, after, event)
    await anext(followed)  # the None below: now it listens and has checked `since`
    return cast("AsyncGenerator[EventT, None]", followed)


async def _followed(
    context: Context, profile_id: str, stream: Stream, since: int | None, event: Callable[[ChangeRecord], EventT]
) -> AsyncGenerator[EventT | None, None]:
    async with context.sources.broker.subscribe(_TOPICS[stream](profile_id)) as messages:
        last = await _checked_start(context, profile_id, stream, since)
        yield None
        async for change in _stored(context, profile_id, stream, last):
            last = change.revision
            yield event(change)
        async for message in messages:
            heard = None if message is LAGGED else _decoded(message)
            if heard is not None and heard.revision <= last:
                continue
            if heard is not None and heard.revision == last + 1:
                last = heard.revision
                yield event(heard)
                continue
            async for missed in _stored(context, profile_id, stream, last):
                last = missed.revision
                yield event(missed)


def _parse_revision(text: str) -> int:
    if re.fullmatch(r"0|[1-9]\d{0,18}", text, re.ASCII) is None or int(text) > _LARGEST_REVISION:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise BadUserInput(f"since is {shown!r}, but a revision is a number in decimal digits, as the server gave it.")
    return int(text)


async def _checked_start(context: Context, profile_id: str, stream: Stream, since: int | None) -> int:
    present = (await context.sources.users.stream_state(profile_id, stream)).revision
    if since is None or since == present:
        return present
    if since > present:
        raise Conflict(f"Revision {since} is not known here, the last one is {present}: read the state and follow it.")
    next_change = await context.sources.users.changes(profile_id, stream, since, 1)
    if not next_change or next_change[0].revision != since + 1:
        raise _too_old(since)
    return since


async def _stored(context: Context, profile_id: str, stream: Stream, since: int) -> AsyncIterator[ChangeRecord]:
    """Yield what the store has after a revision; raise Conflict when something in between is no longer kept."""
    while True:
        page = await context.sources.users.changes(profile_id, stream, since, _PAGE)
        for change in page:
            if change.revision != since + 1:
                raise _too_old(since)
            since = change.revision
            yield change
        if len(page) < _PAGE:
            return


def _too_old(since: int) -> Conflict:
    return Conflict(f"What came after revision {since} is no longer kept: read the state and follow its revision.")


def _decoded(message: bytes) -> ChangeRecord:
    content = orjson.loads(message)
    return ChangeRecord(content["revision"], datetime.fromisoformat(content["occurredAt"]), content["payload"])
