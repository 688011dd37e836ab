"""Who asks."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account may do; each role is a set of scopes."""

    USER = "USER"
    PREMIUM = "PREMIUM"
    PARTNER = "PARTNER"
    ADMIN = "ADMIN"


SCOPES: dict[Role, tuple[str, ...]] = {
    Role.USER: (),
    Role.PREMIUM: (),
    Role.PARTNER: ("partner:read", "apikeys:manage"),
    Role.ADMIN: ("admin:read", "catalog:review", "audit:read", "apikeys:manage"),
}
"""Scopes of each role beyond one's own objects, which need only a login."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The account and profile a request acts as."""

    user_id: str
    profile_id: str
    session_id: str
    role: Role
    scopes: frozenset[str] = frozenset()
    device_id: str | None = None
