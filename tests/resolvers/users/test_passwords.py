"""Passwords: hashes that verify, and nobody's hash that costs as much."""

from argon2 import extract_parameters

from resolvers.users.passwords import _HASHER, _NOBODY, hash_password, verify_password


async def test_a_hash_verifies_its_password_only() -> None:
    stored = await hash_password("correct horse battery")
    assert await verify_password(stored, "correct horse battery")
    assert not await verify_password(stored, "correct horse batterx")
    assert extract_parameters(stored) == extract_parameters(_NOBODY), "an unknown address takes as long"


async def test_nobody_and_broken_hashes_match_nothing() -> None:
    assert not await verify_password(None, "correct horse battery")
    assert not await verify_password("!", "!")
    assert _HASHER.type.name == "ID"
