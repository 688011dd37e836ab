"""What can be wrong with what a client asked. Each error holds its code; messages are for people."""

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """Every code of `extensions.code`, and of rejected operations."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    COST_LIMIT = "COST_LIMIT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    CLOCK_DRIFT = "CLOCK_DRIFT"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 – a code, not a secret
    UPSTREAM_UNAVAILABLE = "UPSTREAM_UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


class DomainError(Exception):
    """Something a client can be told; never masked."""

    code: ClassVar[ErrorCode]


class BadUserInput(DomainError):
    """What was sent cannot be meant."""

    code = ErrorCode.BAD_USER_INPUT


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token is no good."""

    code = ErrorCode.UNAUTHENTICATED


class Forbidden(DomainError):
    """Somebody is signed in, but may not."""

    code = ErrorCode.FORBIDDEN


class NotFound(DomainError):
    """The id names nothing."""

    code = ErrorCode.NOT_FOUND


class Conflict(DomainError):
    """It contradicts what is already there."""

    code = ErrorCode.CONFLICT


class LimitExceeded(DomainError):
    """More than is allowed."""

    code = ErrorCode.LIMIT_EXCEEDED


class ClockDrift(DomainError):
    """A stamp too far from the server's clock."""

    code = ErrorCode.CLOCK_DRIFT


class TokenExpired(DomainError):
    """The token was good once; log in or refresh."""

    code = ErrorCode.TOKEN_EXPIRED
