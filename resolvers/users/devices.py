"""Devices of an account, and whether they are there."""

from dataclasses import dataclass
from datetime import timedelta

import uuid_utils

from datasources.postgres.user_writes import UserWriter
from datasources.records.users import DeviceRecord, UserRecord
from resolvers.context import Context
from resolvers.domain.accounts import DEVICE_LIMITS, clean_capabilities, clean_name
from resolvers.domain.errors import Forbidden, LimitExceeded, NotFound
from resolvers.domain.identifiers import parse_id
from resolvers.domain.titles import DeviceKind
from resolvers.domain.viewer import Role
from resolvers.users.loaders import UserLoaders

ONLINE_FOR = timedelta(seconds=75)
"""Two heartbeats of 30 s may be lost."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What a client says of its device; `id` is a UUID of its choice, None = make one."""

    name: str
    kind: DeviceKind
    id: str | None = None
    capabilities: list[str] | None = None


def described(context: Context, user_id: str, device: NewDevice) -> DeviceRecord:
    """Return the row of a device that is here now; raise BadUserInput for a bad id, name or capability."""
    now = context.now()
    return DeviceRecord(
        id=str(uuid_utils.uuid7()) if device.id is None else parse_id(device.id, what="device id"),
        user_id=user_id,
        name=clean_name(device.name, what="name of the device"),
        kind=device.kind.value,
        capabilities=clean_capabilities(device.capabilities),
        registered_at=now,
        last_seen_at=now,
    )


async def put_device(writer: UserWriter, user: UserRecord, device: DeviceRecord) -> None:
    """Write a device of an account whose row is locked.

    Raises Forbidden for a device of another account, LimitExceeded when there is no room for another one.
    """
    limit = DEVICE_LIMITS[Role(user.role)]
    is_new = await writer.put_device(device)
    if is_new is None:
        raise Forbidden("This device belongs to another account; give it a new id to use it here.")
    if is_new and await writer.count_other_devices(user.id, device.id) >= limit:
        raise LimitExceeded(f"This account has {limit} devices already; remove one, or sign in without `device`.")


async def acting_device(context: Context, device_id: str | None) -> str | None:
    """Return the device that writes: the one named, else the session's own, None when there is none (any more).

    Raises NotFound for a named one that is not the viewer's, BadUserInput for a malformed id.
    """
    viewer = context.require_viewer()
    wanted = viewer.device_id if device_id is None else parse_id(device_id, what="device id")
    if wanted is None:
        return None
    device = await context.loaders(UserLoaders).device_by_id.load(wanted)
    if device is not None and device.user_id == viewer.user_id:
        return device.id
    if device_id is None:
        return None
    raise NotFound(f"There is no device {device_id} in this account; register it, or leave deviceId out.")


def is_online(context: Context, device: DeviceRecord) -> bool:
    """Return whether a device was there within the last 75 s."""
    return device.last_seen_at is not None and context.now() - device.last_seen_at <= ONLINE_FOR


async def playing_on(context: Context, device: DeviceRecord) -> str | None:
    """Return the id of the title a device plays, None when it is not there or plays nothing."""
    if not is_online(context, device):
        return None
    return await context.loaders(UserLoaders).playing_by_device.load(device.id)
