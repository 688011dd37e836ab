"""Accounts: register, log in, and who is asking."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import uuid_utils

from datasources.postgres.user_writes import UserWriter
from datasources.records.users import ProfileRecord, SessionRecord, UserRecord
from resolvers.context import Context
from resolvers.domain import accounts as rules
from resolvers.domain.errors import BadUserInput, Conflict, Unauthenticated
from resolvers.domain.viewer import SCOPES, Role, Viewer
from resolvers.users.changes import Stream, begin
from resolvers.users.devices import NewDevice, described, put_device
from resolvers.users.loaders import UserLoaders
from resolvers.users.passwords import hash_password, verify_password
from resolvers.users.preferences import write_entries

REFRESH_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun, with its tokens; the refresh token is known to the client only."""

    viewer: Viewer
    user: UserRecord
    session: SessionRecord
    access_token: str
    access_expires_at: datetime
    refresh_token: str


async def register(
    context: Context,
    *,
    email: str,
    password: str,
    display_name: str,
    region: str | None = None,
    language: str | None = None,
    device: NewDevice | None = None,
) -> SignedIn:
    """Make an account with a default profile and sign in to it.

    Raises Conflict for a taken address, BadUserInput for a bad address, password or name, Forbidden for a device of
    another account.
    """
    user = UserRecord(
        id=str(uuid_utils.uuid7()),
        email=rules.normalized_email(email),
        display_name=rules.clean_name(display_name, what="display name"),
        role=Role.USER.value,
        created_at=context.now(),
    )
    password_hash = await hash_password(rules.new_password(password))
    profile = ProfileRecord(str(uuid_utils.uuid7()), user.id, user.display_name, None, None, False, True)
    stated = {key: value for key, value in (("region", region), ("language", language)) if value is not None}
    async with context.sources.users.writing() as writer:
        if not await writer.insert_user(user, password_hash):
            raise Conflict("There is an account with this e-mail address; sign in, or reset its password.")
        await writer.insert_profile(profile)
        if stated:
            await write_entries(await begin(context, writer, profile.id, Stream.PREFERENCES), stated)
        return await _begin_session(context, writer, user, profile.id, device)


async def log_in(context: Context, *, email: str, password: str, device: NewDevice | None = None) -> SignedIn:
    """Sign in to an account as its default profile.

    Raises Unauthenticated, the same and after the same time for a wrong password and an unknown address; Forbidden for
    a device of another account, LimitExceeded for one too many, BadUserInput for one that is described badly.
    """
    refused = Unauthenticated("E-mail or password is wrong.")
    try:
        found = await context.sources.users.credentials(rules.normalized_email(email))
    except BadUserInput:
        found = None
    correct = await verify_password(None if found is None else found.password_hash, rules.normalized_password(password))
    if found is None or not correct:
        raise refused
    async with context.sources.users.writing() as writer:
        if not await writer.lock_user(found.user.id):
            raise refused
        return await _begin_session(context, writer, found.user, found.profile_id, device)


async def _begin_session(
    context: Context, writer: UserWriter, user: UserRecord, profile_id: str, device: NewDevice | None
) -> SignedIn:
    now = context.now()
    registered = None if device is None else described(context, user.id, device)
    if registered is not None:
        await put_device(writer, user, registered)
    role = Role(user.role)
    viewer = Viewer(
        user_id=user.id,
        profile_id=profile_id,
        session_id=str(uuid_utils.uuid7()),
        role=role,
        scopes=frozenset(SCOPES[role]),
        device_id=None if registered is None else registered.id,
    )
    session = SessionRecord(
        viewer.session_id, user.id, profile_id, viewer.device_id, None, now, now, now + REFRESH_LIFETIME
    )
    refresh_token = secrets.token_urlsafe(32)
    await writer.insert_session(session, sha256(refresh_token.encode()).digest())
    access_token, expires_at = context.tokens.issue(viewer, now)
    return SignedIn(viewer, user, session, access_token, expires_at, refresh_token)


async def viewing_user(context: Context) -> UserRecord:
    """Return the account that asks; raise Unauthenticated for anonymous and for an account that is gone."""
    user = await context.loaders(UserLoaders).user_by_id.load(context.require_viewer().user_id)
    if user is None:
        raise Unauthenticated("This account does not exist any more.")
    return user


async def active_profile(context: Context, viewer: Viewer) -> ProfileRecord:
    """Return the profile a session acts as; raise Unauthenticated when it is gone."""
    profile = await context.loaders(UserLoaders).profile_by_id.load(viewer.profile_id)
    if profile is None:
        raise Unauthenticated("This profile does not exist any more; sign in again.")
    return profile
