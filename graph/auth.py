"""Access tokens: RS256 JWT (RFC 7519, RFC 9068), signed with a key of this installation, published as a JWKS."""

import os
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import RSAKey
from joserfc.jwt import JWTClaimsRegistry

from resolvers.domain.errors import DomainError, TokenExpired, Unauthenticated
from resolvers.domain.identifiers import parse_id
from resolvers.domain.viewer import Role, Viewer

_ALGORITHM = "RS256"
_TYPE = "at+jwt"
_LEAST_BITS = 2048
"""Of an RSA key for RS256 (RFC 7518, section 3.3)."""
_LEEWAY_SECONDS = 30
"""How far the clock of another process that signs tokens may be ahead of ours; expiry is exact."""


class SigningKeyError(Exception):
    """The key of this installation cannot be used as it is meant to; the message says why, and what to do."""


def load_key(file: Path, *, create: bool) -> RSAKey:
    """Return the RSA key in a PEM file; with `create`, make one (2,048 bits, readable by its owner only) when absent.

    A public key is enough to verify. Raises SigningKeyError for a file that is absent, unreadable or holds no such key.
    """
    try:
        if create and not file.exists():
            _make_key(file)
        pem = file.read_bytes()
    except OSError as error:
        raise SigningKeyError(f"The key {file} cannot be read or made: {error.strerror}.") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # a short key is refused below
            key = RSAKey.import_key(pem)
    except (JoseError, ValueError, TypeError) as error:
        message = f"{file} holds no RSA key in PEM, or one with a password: make one with `openssl genrsa 2048`."
        raise SigningKeyError(message) from error
    if key.raw_value.key_size < _LEAST_BITS:
        raise SigningKeyError(f"The key {file} has {key.raw_value.key_size} bits; RS256 takes {_LEAST_BITS} or more.")
    key.ensure_kid()
    return key


def _make_key(file: Path) -> None:
    """Put a new key into a file, unless somebody else does: of processes that start at once, all use the same key."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = RSAKey.generate_key(_LEAST_BITS, private=True).as_pem(private=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(pem)
        with suppress(FileExistsError):
            os.link(name, file)  # whole or not at all, and only the first one
    finally:
        Path(name).unlink()


class AccessTokens:
    """Issues and verifies the access tokens of this installation."""

    def __init__(self, key: RSAKey, issuer: str, lifetime: timedelta) -> None:
        self._key = key
        self._issuer = issuer
        self._lifetime = lifetime

    def issue(self, viewer: Viewer, issued_at: datetime) -> tuple[str, datetime]:
        """Return a signed access token that acts as the viewer, and when it expires (whole seconds, UTC).

        Raises SigningKeyError where only the public key is known.
        """
        if not self._key.is_private:
            raise SigningKeyError("Only the public key is known here; tokens are signed where JWT_KEY_FILE is private.")
        issued = int(issued_at.timestamp())
        expires = issued + int(self._lifetime.total_seconds())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": viewer.user_id,
            "sid": viewer.session_id,
            "profile": viewer.profile_id,
            "role": viewer.role.value,
            "scope": " ".join(sorted(viewer.scopes)),
            "iat": issued,
            "exp": expires,
        }
        if viewer.device_id is not None:
            claims["device"] = viewer.device_id
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key), datetime.fromtimestamp(expires, UTC)

    def verify(self, token: str, now: datetime) -> tuple[Viewer, datetime]:
        """Return whom a token acts for and when it expires.

        Raises TokenExpired for one that was good once, Unauthenticated for any other that is not ours.
        """
        refused = Unauthenticated("This access token is not valid; sign in again.")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
        except (JoseError, ValueError):
            raise refused from None
        if decoded.header.get("typ") != _TYPE or decoded.header.get("kid") != self._key.kid:
            raise refused
        claims = decoded.claims
        expires = claims.get("exp")
        if isinstance(expires, int | float) and expires <= now.timestamp():
            raise TokenExpired("This access token has expired; refresh it or sign in again.")
        registry = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._issuer},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
            return _viewer(claims), datetime.fromtimestamp(claims["exp"], UTC)
        except (JoseError, DomainError, KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise refused from None  # of the domain: ids that are none; of the system: instants beyond its calendar

    def jwks(self) -> dict[str, Any]:
        """Return the public key set for routers and partners (RFC 7517)."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "use": "sig", "alg": _ALGORITHM, "kid": self._key.kid}]}


def _viewer(claims: Mapping[str, Any]) -> Viewer:
    device = claims.get("device")
    return Viewer(
        user_id=parse_id(claims["sub"]),
        profile_id=parse_id(claims["profile"]),
        session_id=parse_id(claims["sid"]),
        role=Role(claims["role"]),
        scopes=frozenset(claims["scope"].split()),
        device_id=None if device is None else parse_id(device),
    )


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """Return the token of `Authorization: Bearer …` (RFC 6750), None when there is none.

    Raises Unauthenticated for a header of another form.
    """
    header = headers.get("authorization", "").strip()
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the access token as `Authorization: Bearer <token>`.")
    return token.strip()
