"""What a subgraph elsewhere answers is not trusted to be GraphQL until it has been looked at."""

from typing import Any

import orjson

from graph.operation import Result
from resolvers.domain.errors import ErrorCode

_KEPT = ("message", "path", "extensions")
_SECRET_EXTENSIONS = frozenset({"stacktrace", "exception"})
"""What some servers add to errors when somebody forgot to turn it off."""
_TOKEN_CODES = frozenset({ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED})


class MalformedAnswerError(ValueError):
    """A body or a message that is no GraphQL response; says what is wrong with it."""


def read_answer(body: bytes) -> Result:
    """Return the response map in a JSON text (GraphQL specification, 7.1). Raises MalformedAnswerError."""
    try:
        answer = orjson.loads(body)
    except ValueError:
        raise MalformedAnswerError("it is no JSON") from None
    return checked(answer)


def checked(answer: Any) -> Result:
    """Return a response map with `data` and `errors` only, both of the right form. Raises MalformedAnswerError.

    Of each error its message, path and extensions are kept; positions in the subgraph's text mean nothing to a client.
    """
    if not isinstance(answer, dict):
        raise MalformedAnswerError("it is no JSON object")
    result: Result = {}
    if "data" in answer:
        if not isinstance(answer["data"], dict | None):
            raise MalformedAnswerError("`data` is no object")
        result["data"] = answer["data"]
    errors = answer.get("errors")
    if errors:
        result["errors"] = checked_errors(errors)
    if not result:
        raise MalformedAnswerError("it has neither `data` nor `errors`")
    return result


def checked_errors(errors: Any) -> list[dict[str, Any]]:
    """Return the errors of a response map in the form we rely on. Raises MalformedAnswerError."""
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        raise MalformedAnswerError("`errors` is no list of objects")
    return [_checked_error(error) for error in errors]


def _checked_error(error: dict[str, Any]) -> dict[str, Any]:
    kept = {name: error[name] for name in _KEPT if error.get(name) is not None}
    kept["message"] = str(error.get("message") or "A subgraph answered with an error.")
    path = kept.get("path")
    if path is not None and not (isinstance(path, list) and all(type(part) in {str, int} for part in path)):
        del kept["path"]
    extensions = kept.get("extensions")
    if extensions is not None:
        known = extensions if isinstance(extensions, dict) else {}
        kept["extensions"] = {name: value for name, value in known.items() if name not in _SECRET_EXTENSIONS}
    return kept


def refuses_token(answer: Result) -> bool:
    """Return whether an answer says that the caller's token is not good, before anything was executed.

    A field that needs a viewer says so beside `data`, or at its path.
    """
    errors: list[dict[str, Any]] = answer.get("errors") or []
    return (
        "data" not in answer
        and bool(errors)
        and all("path" not in error and error.get("extensions", {}).get("code") in _TOKEN_CODES for error in errors)
    )


def failure(message: str, code: ErrorCode) -> Result:
    """Return a Result without `data` that says what went wrong."""
    return {"errors": [{"message": message, "extensions": {"code": code.value}}]}


def unavailable(subgraph: str) -> Result:
    """Return the answer in place of a subgraph that gives none."""
    return failure(f"The subgraph {subgraph!r} is unavailable; try again later.", ErrorCode.UPSTREAM_UNAVAILABLE)
