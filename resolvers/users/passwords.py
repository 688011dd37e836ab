"""Passwords: argon2id, off the event loop. Source: RFC 9106, section 4, second recommended option."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)

_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$Nxkr3s0W/tyuyjgxJKtLWw$VdmaIJ+H6+hyUu8XDp2CZtZxClphMItpF/cIxSU2uvM"
"""The hash of a random password that was thrown away: unknown addresses cost as much time as wrong passwords."""


async def hash_password(password: str) -> str:
    """Return the hash to store (PHC string)."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Return whether a password is the one that was hashed; False, after the same time, when nothing was stored."""
    return await asyncio.to_thread(_matches, stored or _NOBODY, password) and stored is not None


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
