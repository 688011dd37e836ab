"""Errors as the client sees them: a code, and the path in the client's response with its aliases and list indices."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from graph.gateway.project import Path, Shape, Violations, unlink

FormattedError = dict[str, Any]
Located = tuple[dict[str, Any], Shape | None, Path]
"""An object of the merged data, the shape of the response there, and the response path."""

_MOST_ERRORS_PER_FETCH = 100


class Faults:
    """Gathers the errors of one execution."""

    def __init__(self, data: dict[str, Any], shape: Shape) -> None:
        self._data = data
        self._shape = shape
        self._found: list[FormattedError] = []
        self._paths: set[tuple[Any, ...]] = set()

    def add(self, message: str, code: str, path: Path, extensions: dict[str, Any] | None = None) -> None:
        """Record one error at a response path; the same message at the same place is recorded once."""
        keys = unlink(path)
        place = (*keys, message)
        if place in self._paths:
            return
        self._paths.add(place)
        error: FormattedError = {"message": message}
        if keys:
            error["path"] = keys
        error["extensions"] = {**(extensions or {}), "code": code}
        self._found.append(error)

    def answered(
        self, error: FormattedError, places: Sequence[Located], rest: Sequence[Any], fields: Iterable[str]
    ) -> None:
        """Record an error that a subgraph answered, at each place where the faulty value goes.

        `rest` is the subgraph's path below those places; when it is empty, the fields that were asked for are missing.
        """
        extensions = dict(error.get("extensions") or {})
        code = str(extensions.pop("code", None) or "UPSTREAM_UNAVAILABLE")
        message = str(error.get("message") or "A subgraph answered with an error.")
        if not rest:
            self.missing(message, code, places, fields, extensions)
            return
        for found, shape, path in places[:_MOST_ERRORS_PER_FETCH]:
            self.add(message, code, _follow(found, shape, path, rest), extensions)

    def missing(
        self,
        message: str,
        code: str,
        places: Sequence[Located],
        fields: Iterable[str],
        extensions: dict[str, Any] | None = None,
    ) -> None:
        """Record that fields could not be had at these places, at each field that the client asked for."""
        names = tuple(fields)
        before = len(self._found)
        for found, shape, path in places:
            shown = [known[0] for name in names if shape is not None and (known := shape.response_key(found, name))]
            for place in [(path, response) for response in shown] or [path]:
                self.add(message, code, place, extensions)
                if len(self._found) - before >= _MOST_ERRORS_PER_FETCH:
                    return

    def locate(self, path: tuple[str, ...]) -> list[Located]:
        """Return all objects at a path of the merged data, with their places in the response."""
        found: list[Located] = [(self._data, self._shape, ())]
        for key in path:
            found = [below for one in found for below in _below(one, key)]
        return found

    def finish(self, violations: Violations) -> list[FormattedError]:
        """Return all errors; a null where none may be is one of its own unless an error there explains it."""
        known = [tuple(error["path"]) for error in self._found if "path" in error]
        for violation in violations:
            keys = tuple(unlink(violation.path))
            if any(keys[: len(path)] == path or path[: len(keys)] == keys for path in known):
                continue
            message = f"There is no value for {violation.field}, which must have one."
            self.add(message, "INTERNAL", violation.path)
        return self._found


def _below(place: Located, key: str) -> Iterator[Located]:
    found, shape, path = place
    known = shape.response_key(found, key) if shape is not None else None
    if known is not None:
        path, shape = (path, known[0]), known[1]
    else:
        shape = None  # a field that only the gateway asked for: errors stay at the last place the client knows
    yield from _objects(found.get(key), shape, path, visible=known is not None)


def _objects(value: Any, shape: Shape | None, path: Path, *, visible: bool) -> Iterator[Located]:
    if isinstance(value, dict):
        yield value, shape, path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects(item, shape, (path, index) if visible else path, visible=visible)


def _follow(found: Any, shape: Shape | None, path: Path, rest: Sequence[Any]) -> Path:
    """Translate a path of the merged data below an object; stop at the last place the client knows."""
    for key in rest:
        if isinstance(key, int):
            path = (path, key)
            found = found[key] if isinstance(found, list) and key < len(found) else None
            continue
        known = shape.response_key(found if isinstance(found, dict) else {}, key) if shape is not None else None
        if known is None:
            return path
        path, shape = (path, known[0]), known[1]
        found = found.get(key) if isinstance(found, dict) else None
    return path
