"""Access tokens: RS256 JWT (RFC 7519, RFC 9068), signed with a key of this installation, published as a JWKS."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jwt import JWTClaimsRegistry

from resolvers.domain.errors import TokenExpired, Unauthenticated
from resolvers.domain.identifiers import parse_id
from resolvers.domain.viewer import Role, Viewer

_ALGORITHM = "RS256"
_TYPE = "at+jwt"


def load_key(file: Path, *, create: bool) -> RSAKey:
    """Return the RSA key in a PEM file; with `create`, make one (2,048 bits, readable by its owner only) when absent.

    Raises FileNotFoundError for an absent one, ValueError for a file that holds no RSA key.
    """
    if create and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        pem = RSAKey.generate_key(2048, private=True).as_pem(private=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            output.write(pem)
        try:
            os.link(fresh, file)  # of two processes that start at once, one wins and both use its key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    try:
        key = RSAKey.import_key(file.read_bytes())
    except JoseError as error:
        raise ValueError(f"{file} does not hold an RSA key in PEM: {error}") from error
    key.ensure_kid()
    return key


class AccessTokens:
    """Issues and verifies the access tokens of this installation."""

    def __init__(self, key: RSAKey, issuer: str, lifetime: timedelta) -> None:
        self._key = key
        self._issuer = issuer
        self._lifetime = lifetime

    def issue(self, viewer: Viewer, issued_at: datetime) -> tuple[str, datetime]:
        """Return a signed access token that acts as the viewer, and when it expires (whole seconds, UTC)."""
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
        if isinstance(expires, int) and expires <= now.timestamp():
            raise TokenExpired("This access token has expired; refresh it or sign in again.")
        registry = JWTClaimsRegistry(
            now=int(now.timestamp()),
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._issuer},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
            return _viewer(claims), datetime.fromtimestamp(claims["exp"], UTC)
        except (JoseError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
            raise refused from None

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
