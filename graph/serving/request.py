"""What a client sent, made into an Operation – or refused with a message it can act on."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive

from graph.operation import Operation
from graph.serving.persisted import PersistedOperations
from graph.serving.refusals import RequestError, bad_input
from resolvers.domain.errors import ErrorCode

_BEYOND_64_BITS = re.compile(rb"\d{20}")
_PARAMETERS = ("query", "operationName", "variables", "extensions")


class ClientGoneError(Exception):
    """The client left; nobody is there to answer."""


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """Return the whole request body.

    Raises RequestError (413) as soon as more than `limit` bytes are announced or received, ClientGoneError when the
    client leaves meanwhile.
    """
    declared = headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 15 or int(declared) > limit):
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def operation_from_body(body: bytes, max_depth: int, persisted: PersistedOperations) -> Operation:
    """Return the operation in a JSON body. Raises RequestError for anything else."""
    value = decode_json(body, "The request body")
    if isinstance(value, list):
        raise bad_input("Batches are not accepted; send one operation per request.")
    if not isinstance(value, dict):
        raise bad_input("The request body must be a JSON object with the member `query`.")
    return operation_from(value, max_depth, persisted)


def operation_from_query_string(
    query_string: bytes, limit: int, max_depth: int, persisted: PersistedOperations
) -> Operation:
    """Return the operation in the parameters of a GET; `variables` and `extensions` are JSON texts.

    Raises RequestError: 414 for more than `limit` bytes, 400 for parameters that are malformed or given twice, and as
    operation_from does.
    """
    if len(query_string) > limit:
        raise _beyond(f"The query string is larger than {limit} bytes.", HTTPStatus.REQUEST_URI_TOO_LONG)
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise bad_input("The query string is not URL-encoded UTF-8 with at most 100 parameters.") from None
    fields: dict[str, Any] = {}
    for name, text in pairs:
        if name not in _PARAMETERS:
            continue
        if name in fields:
            raise bad_input(f"The parameter `{name}` is given twice.")
        if name == "query" or not text:
            fields[name] = text or None
        elif name == "operationName":
            fields[name] = text
        else:
            fields[name] = decode_json(text.encode(), f"The parameter `{name}`")
    return operation_from(fields, max_depth, persisted)


def operation_from(fields: Mapping[str, Any], max_depth: int, persisted: PersistedOperations) -> Operation:
    """Return the operation in decoded GraphQL-over-HTTP parameters; unknown ones are ignored.

    Raises RequestError (400), and as PersistedOperations.text does.
    """
    variables = _object_or_null(fields, "variables", max_depth)
    extensions = _object_or_null(fields, "extensions", max_depth)
    name = fields.get("operationName")
    if name is not None and not isinstance(name, str):
        raise bad_input("`operationName` must be a string or null.")
    return Operation(persisted.text(fields.get("query"), extensions), variables, name, extensions)


def decode_json(text: bytes, what: str) -> Any:
    """Return the value of a JSON text, integers exact. Raises RequestError (400), naming `what` is wrong."""
    try:
        value = orjson.loads(text)
        # orjson reads integers beyond 64 bits as floats; an id must not change on its way in.
        return json.loads(text) if _BEYOND_64_BITS.search(text) else value
    except ValueError as error:
        raise bad_input(f"{what} is not valid JSON in UTF-8: {error}.") from None
    except RecursionError:
        raise bad_input(f"{what} is nested too deeply.") from None


def _object_or_null(fields: Mapping[str, Any], name: str, max_depth: int) -> dict[str, Any]:
    """Return a member that is an object, null or missing, and nested no deeper than allowed."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_input(f"`{name}` must be an object or null.")
    if _deeper_than(value, max_depth):
        raise _beyond(f"`{name}` is nested more than {max_depth} levels deep.", HTTPStatus.BAD_REQUEST)
    return value


def _deeper_than(value: object, limit: int) -> bool:
    """Return whether a JSON value has more than `limit` levels of objects and lists; looks at each value once."""
    level = [value]
    for _ in range(limit):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)  # type: ignore[attr-defined]
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _too_large(limit: int) -> RequestError:
    """Return the refusal of a body that is too large."""
    return _beyond(f"The request body is larger than {limit} bytes.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _beyond(message: str, status: HTTPStatus) -> RequestError:
    """Return the refusal of something well-formed that is more than is allowed."""
    return RequestError(status, ErrorCode.LIMIT_EXCEEDED, message)
