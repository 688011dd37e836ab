"""How a request is refused before, or instead of, being executed; and how an unexpected failure is masked."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from graph.operation import Result
from resolvers.domain.errors import ErrorCode

logger = logging.getLogger(__name__)


class RequestError(Exception):
    """The request cannot be answered with data; holds the HTTP status, the code and a message for the client.

    A ContextFactory may raise it too (a rate limit: 429 with `Retry-After` in `headers`).
    """

    def __init__(
        self, status: HTTPStatus, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def result(self) -> Result:
        """Return the response map that says so: one coded error, no `data`."""
        return {"errors": [{"message": self.message, "extensions": {"code": self.code.value}}]}


class AuthenticationFailed(RequestError):  # noqa: N818 – named for what happened, like the domain's errors
    """The token is missing where one is needed, forged or used up: 401 over HTTP, close 4403 on a WebSocket.

    `code` is UNAUTHENTICATED or TOKEN_EXPIRED. The challenge follows RFC 6750, section 3.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        challenge = {"www-authenticate": 'Bearer error="invalid_token"'}
        super().__init__(HTTPStatus.UNAUTHORIZED, code, message, challenge)


def bad_input(message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST, **headers: str) -> RequestError:
    """Return the refusal of something malformed. `headers` are named with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RequestError(status, ErrorCode.BAD_USER_INPUT, message, named)


def out_of_time(seconds: float) -> RequestError:
    """Return the answer to an operation that did not finish within its time."""
    return RequestError(
        HTTPStatus.GATEWAY_TIMEOUT,
        ErrorCode.TIMEOUT,
        f"The operation took longer than {seconds:g} seconds and was ended. Ask for less at once, or try again.",
    )


def masked(failure: BaseException) -> RequestError:
    """Log what nobody expected and return the answer that gives away nothing but the id of the log entry."""
    error_id = secrets.token_hex(8)
    logger.error("unexpected failure %s while serving an operation", error_id, exc_info=failure)
    return RequestError(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        ErrorCode.INTERNAL,
        f"Something went wrong on our side. If it persists, report error {error_id}.",
    )
