"""What a client is told when something goes wrong: coded, with a message for people; the unexpected is masked."""

import logging
from typing import Any
from uuid import uuid4

from graphql import GraphQLError

from datasources.errors import DataSourceError
from resolvers.domain.errors import DomainError, ErrorCode

logger = logging.getLogger(__name__)


def format_error(error: GraphQLError) -> dict[str, Any]:
    """Return an error of an executed operation as the client sees it.

    What the domain raised keeps its code and message; trouble with a data source is UPSTREAM_UNAVAILABLE; anything
    else is INTERNAL, logged under an id which the client gets to see.
    """
    formatted: dict[str, Any] = dict(error.formatted)
    extensions = dict(formatted.get("extensions") or {})
    cause = _cause(error)
    if isinstance(cause, DomainError):
        extensions["code"] = cause.code.value
    elif isinstance(cause, DataSourceError):
        logger.warning("data source: %s", cause)
        extensions["code"] = ErrorCode.UPSTREAM_UNAVAILABLE.value
        formatted["message"] = "A service behind this field does not answer at the moment; try again shortly."
    elif isinstance(cause, TimeoutError):
        extensions["code"] = ErrorCode.TIMEOUT.value
        formatted["message"] = "This took too long; try again, or ask for less at once."
    elif cause is not None:
        reference = uuid4().hex[:12]
        logger.error("unexpected error %s at %s", reference, error.path, exc_info=cause)
        extensions.update(code=ErrorCode.INTERNAL.value, errorId=reference)
        formatted["message"] = f"Something went wrong on our side. Please quote {reference} when you report it."
    else:
        extensions.setdefault("code", ErrorCode.BAD_USER_INPUT.value)
    formatted["extensions"] = extensions
    return formatted


def _cause(error: GraphQLError) -> BaseException | None:
    """Return what lies at the bottom of nested GraphQL errors; None when GraphQL itself objects."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
