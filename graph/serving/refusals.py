"""How a request is refused before, or instead of, being executed; and how an unexpected failure is masked."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from uuid import uuid4

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
        return {"errors": [{"message": self.message, "extensions": self.extensions()}]}

    def extensions(self) -> dict[str, str]:
        """Return the `extensions` of that error."""
        return {"code": self.code.value}


class AuthenticationFailed(RequestError):
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


class UnexpectedError(RequestError):
    """A failure of ours; tells the client nothing but the id of its log entry."""

    def __init__(self, error_id: str) -> None:
        message = f"Something went wrong on our side. Please quote {error_id} when you report it."
        super().__init__(HTTPStatus.INTERNAL_SERVER_ERROR, ErrorCode.INTERNAL, message)
        self.error_id = error_id

    def extensions(self) -> dict[str, str]:
        """Return the code and the id."""
        return {**super().extensions(), "errorId": self.error_id}


def masked(failure: BaseException) -> UnexpectedError:
    """Log what nobody expected and return the answer that gives nothing of it away."""
    error_id = uuid4().hex[:12]
    logger.error("unexpected error %s while serving an operation", error_id, exc_info=failure)
    return UnexpectedError(error_id)
