"""What graphql-transport-ws messages may look like, and the codes a socket is closed with when they do not."""

from enum import IntEnum
from typing import Any

from graph.serving.refusals import RequestError, masked
from graph.serving.request import decode_json
from resolvers.domain.errors import ErrorCode

PROTOCOL = "graphql-transport-ws"
REASON_BYTES = 123
"""What a close frame has room for (RFC 6455, section 5.5)."""


class CloseCode(IntEnum):
    """Why a socket is closed: the codes of RFC 6455, section 7.4, then those of the sub-protocol."""

    GOING_AWAY = 1001
    MESSAGE_TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITS = 4429
    INTERNAL = 4500


class SocketError(Exception):
    """The socket must be closed; holds the close code and a reason that fits into the frame."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        self.code = code
        self.reason = reason.encode()[:REASON_BYTES].decode(errors="ignore")
        super().__init__(self.reason)


def bad_request(reason: str) -> SocketError:
    """Return the close of a socket whose client does not speak the protocol."""
    return SocketError(CloseCode.BAD_REQUEST, reason)


def forbidden(error: RequestError) -> SocketError:
    """Return the close of a socket whose caller may not use it; the reason starts with the error's code."""
    return SocketError(CloseCode.FORBIDDEN, f"{error.code}: {error.message}")


def unexpected(failure: BaseException) -> SocketError:
    """Return the close after a failure of ours, which is logged."""
    return SocketError(CloseCode.INTERNAL, masked(failure).message)


def token_expired() -> SocketError:
    """Return the close of a socket that has outlived its caller's token."""
    return SocketError(CloseCode.FORBIDDEN, f"{ErrorCode.TOKEN_EXPIRED}: reconnect with a fresh token")


def too_slow() -> SocketError:
    """Return the close of a socket whose client no longer reads or answers."""
    return SocketError(CloseCode.TRY_AGAIN_LATER, "The client does not keep up; reconnect and resume from its cursor")


def decode_message(text: str, limit: int) -> dict[str, Any]:
    """Return a message of at most `limit` bytes. Raises SocketError for anything but a JSON object."""
    data = text.encode()
    if len(data) > limit:
        raise SocketError(CloseCode.MESSAGE_TOO_BIG, f"The message is larger than {limit} bytes")
    try:
        message = decode_json(data, "The message")
    except RequestError as error:
        raise bad_request(error.message) from error
    if not isinstance(message, dict):
        raise bad_request("A message is a JSON object")
    return message


def payload_of(message: dict[str, Any]) -> dict[str, Any] | None:
    """Return the payload, which is an object, null or missing. Raises SocketError for anything else."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise bad_request("`payload` must be an object")
    return payload


def id_of(message: dict[str, Any]) -> str:
    """Return the id of an operation. Raises SocketError unless it is a non-empty string."""
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise bad_request("`id` must be a non-empty string")
    return operation_id


def token_in(parameters: dict[str, Any]) -> str | None:
    """Return the value of `authorization` in the payload of `connection_init`, or in its member `headers`.

    The name is read whatever its case; null is no token. Raises SocketError for a value that is no string.
    """
    for holder in (parameters, parameters.get("headers")):
        if not isinstance(holder, dict):
            continue
        for name, value in holder.items():
            if name.lower() == "authorization" and value is not None:
                if not isinstance(value, str):
                    raise bad_request("`authorization` must be a string")
                return value
    return None
