"""What a client may change in the users subgraph."""

from datetime import datetime

import strawberry

from resolvers.users import accounts, history, playback, preferences, watchlist
from subgraphs.permissions import Authenticated, Info
from subgraphs.scalars import Stamp
from subgraphs.users.account_types import Preferences, Session, User
from subgraphs.users.inputs import (
    AddToWatchlistInput,
    LoginInput,
    RateTitleInput,
    RegisterInput,
    RemoveFromWatchlistInput,
    ReportPlaybackInput,
    UpdatePreferencesInput,
)
from subgraphs.users.types import Playback, Rating, Title, WatchlistEntry


@strawberry.type(description="Tokens after login; keep the refresh token secret.")
class AuthPayload:
    """Tokens after login."""

    access_token: str = strawberry.field(description="JWT (RS256), 15 minutes.")
    access_token_expires_at: datetime
    refresh_token: str = strawberry.field(description="Opaque, 7 days, works once.")
    refresh_token_expires_at: datetime
    user: User
    session: Session

    @classmethod
    def of(cls, signed_in: accounts.SignedIn) -> "AuthPayload":
        """Return the tokens, and the account as the new session sees it."""
        return cls(
            access_token=signed_in.access_token,
            access_token_expires_at=signed_in.access_expires_at,
            refresh_token=signed_in.refresh_token,
            refresh_token_expires_at=signed_in.session.expires_at,
            user=User(id=strawberry.ID(signed_in.user.id), viewer=signed_in.viewer),
            session=Session.of(signed_in.session, signed_in.session.id),
        )


@strawberry.type(description="Preferences after the merge.")
class PreferencesPayload:
    """Preferences after the merge."""

    preferences: Preferences
    revision: str
    stamp: Stamp


@strawberry.type(description="The title and its entry after the change.")
class WatchlistPayload:
    """The title and its entry after the change."""

    title: Title
    entry: WatchlistEntry | None = strawberry.field(description="Null when it is not on the list.")
    revision: str
    stamp: Stamp = strawberry.field(description="The server's stamp.")

    @classmethod
    def of(cls, written: watchlist.WatchlistWritten) -> "WatchlistPayload":
        """Return a write's result as the graph shows it."""
        return cls(
            title=Title.of(written.title_id),
            entry=None if written.entry is None else WatchlistEntry.of(written.entry),
            revision=str(written.revision),
            stamp=Stamp(written.stamp),
        )


@strawberry.type(description="The playback after the merge (which may be a newer one of another device).")
class PlaybackPayload:
    """The playback after the merge."""

    title: Title
    playback: Playback
    revision: str
    stamp: Stamp = strawberry.field(description="The server's stamp.")


@strawberry.type(description="The title with the viewer's rating.")
class RateTitlePayload:
    """The title with the viewer's rating."""

    title: Title
    rating: Rating | None = strawberry.field(description="Null when taken back.")


@strawberry.type(description="Writes: one input each; the payload returns what changed.")
class Mutation:
    """Writes."""

    @strawberry.field
    async def register(self, info: Info, input: RegisterInput) -> AuthPayload:  # noqa: A002 – the contract's argument
        """Make an account and sign in to it."""
        return AuthPayload.of(
            await accounts.register(
                info.context,
                email=input.email,
                password=input.password,
                display_name=input.display_name,
                region=input.region,
                language=input.language,
                device=None if input.device is None else input.device.rule(),
            )
        )

    @strawberry.field
    async def login(self, info: Info, input: LoginInput) -> AuthPayload:  # noqa: A002 – the contract's argument
        """Sign in to an account."""
        return AuthPayload.of(
            await accounts.log_in(
                info.context,
                email=input.email,
                password=input.password,
                device=None if input.device is None else input.device.rule(),
            )
        )

    @strawberry.federation.field(authenticated=True, permission_classes=[Authenticated])
    async def update_preferences(
        self,
        info: Info,
        input: UpdatePreferencesInput,  # noqa: A002 – the contract's argument
    ) -> PreferencesPayload:
        """Write preferences of the active profile."""
        written = await preferences.update_preferences(
            info.context, input.changes(), stamp=input.stamp, device_id=input.device_id
        )
        return PreferencesPayload(
            preferences=Preferences.of(written.preferences),
            revision=str(written.preferences.revision),
            stamp=Stamp(written.stamp),
        )

    @strawberry.federation.field(authenticated=True, permission_classes=[Authenticated])
    async def add_to_watchlist(
        self,
        info: Info,
        input: AddToWatchlistInput,  # noqa: A002 – the contract's argument
    ) -> WatchlistPayload:
        """Put a title on the watchlist."""
        return WatchlistPayload.of(
            await watchlist.add(
                info.context,
                input.title_id,
                device_id=input.device_id,
                operation_id=input.operation_id,
                stamp=input.stamp,
            )
        )

    @strawberry.federation.field(authenticated=True, permission_classes=[Authenticated])
    async def remove_from_watchlist(
        self,
        info: Info,
        input: RemoveFromWatchlistInput,  # noqa: A002 – the contract's argument
    ) -> WatchlistPayload:
        """Take a title off the watchlist."""
        return WatchlistPayload.of(
            await watchlist.remove(
                info.context,
                input.title_id,
                device_id=input.device_id,
                operation_id=input.operation_id,
                stamp=input.stamp,
                tags=input.tags,
            )
        )

    @strawberry.federation.field(authenticated=True, permission_classes=[Authenticated])
    async def report_playback(
        self,
        info: Info,
        input: ReportPlaybackInput,  # noqa: A002 – the contract's argument
    ) -> PlaybackPayload:
        """Note where a player is."""
        written = await playback.report(
            info.context,
            input.title_id,
            position_ms=input.position_ms,
            state=input.state,
            duration_ms=input.duration_ms,
            credits_ms=input.credits_ms,
            platform_id=input.platform_id,
            device_id=input.device_id,
            operation_id=input.operation_id,
            stamp=input.stamp,
        )
        return PlaybackPayload(
            title=Title.of(written.playback.title_id),
            playback=Playback.of(written.playback),
            revision=str(written.revision),
            stamp=Stamp(written.stamp),
        )

    @strawberry.federation.field(authenticated=True, permission_classes=[Authenticated])
    async def rate_title(
        self,
        info: Info,
        input: RateTitleInput,  # noqa: A002 – the contract's argument
    ) -> RateTitlePayload:
        """Rate a title, or take the rating back."""
        title_id, rating = await history.rate_title(info.context, input.title_id, input.value)
        return RateTitlePayload(title=Title.of(title_id), rating=None if rating is None else Rating.of(rating))
