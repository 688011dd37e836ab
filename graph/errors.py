"""What a client is told when something goes wrong: coded, with a message for people; the unexpected is masked."""

import logging
from typing import Any
from uuid import uuid4

from graphql import FieldNode, GraphQLError

from datasources.errors import DataSourceError
from resolvers.domain.errors import DomainError, ErrorCode

logger = logging.getLogger(__name__)


def format_error(error: GraphQLError) -> dict[str, Any]:
    """Return an error of an executed operation as the client sees it.

    What the domain raised keeps its code and message, as does what GraphQL objects to in the request; trouble with a
    data source is UPSTREAM_UNAVAILABLE; anything else is INTERNAL, logged under an id which the client gets to see.
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
    elif cause is None or _is_about_the_request(error, cause):
        extensions.setdefault("code", ErrorCode.BAD_USER_INPUT.value)
    else:
        reference = uuid4().hex[:12]
        logger.error("unexpected error %s at %s", reference, error.path, exc_info=cause)
        # Not even its extensions: they are as unexpected as the error.
        extensions = {"code": ErrorCode.INTERNAL.value, "errorId": reference}
        formatted["message"] = f"Something went wrong on our side. Please quote {reference} when you report it."
    formatted["extensions"] = extensions
    return formatted


def _cause(error: GraphQLError) -> BaseException | None:
    """Return what lies at the bottom of an error; None for one that GraphQL raised before or beside any field."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_about_the_request(error: GraphQLError, cause: BaseException) -> bool:
    """Return whether GraphQL objects to what was asked (a variable, an argument), not to what a resolver returned.

    A value that its type cannot show (a scalar, an enum, no list) is objected to by a GraphQLError too, but one that
    points to no argument. A coded error is meant to be told.
    """
    if not isinstance(cause, GraphQLError):
        return False
    if error.path is None or "code" in (error.extensions or {}):
        return True
    return any(not isinstance(node, FieldNode) for node in cause.nodes or ())
