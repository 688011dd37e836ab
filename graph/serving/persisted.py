"""Operations that clients ask for by the SHA-256 of their text instead of the text.

Two ways lead in. Automatic persisted queries (https://www.apollographql.com/docs/apollo-server/performance/apq): a
client sends the hash; is it unknown, it sends hash and text once, and the hash from then on. And a manifest of the
operations that an installation's own front ends were built with; with `only_registered` nothing else is answered.
"""

from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson

from graph.lru import Lru
from graph.serving.refusals import RequestError, bad_input
from resolvers.domain.errors import ErrorCode


class ManifestError(ValueError):
    """The manifest of persisted operations cannot be used; the message says why."""


class PersistedQueryNotFound(RequestError):
    """The hash is unknown here: the client sends the text with it next.

    Message and code are the words clients wait for; the status is 200, as older ones do not read the body of a 4xx.
    """

    def __init__(self) -> None:
        headers = {"cache-control": "private, no-cache, must-revalidate"}  # the next answer may differ
        super().__init__(HTTPStatus.OK, ErrorCode.NOT_FOUND, "PersistedQueryNotFound", headers)

    def extensions(self) -> dict[str, str]:
        """Return the code."""
        return {"code": "PERSISTED_QUERY_NOT_FOUND"}


class PersistedOperations:
    """Texts by hash: those registered ahead, and a bounded number of those that clients sent."""

    def __init__(
        self,
        registered: Mapping[str, str] | None = None,
        *,
        only_registered: bool = False,
        entries: int = 4096,
        characters: int = 16_000_000,
    ) -> None:
        self._registered = dict(registered or {})
        self._known_texts = frozenset(self._registered.values()) if only_registered else None
        self._sent: Lru[str, str] = Lru(entries, characters)

    def text(self, query: str | None, extensions: Mapping[str, Any]) -> str:
        """Return the text of an operation that was sent as text, as a hash, or as both.

        Raises RequestError: PersistedQueryNotFound for an unknown hash, FORBIDDEN for a text that is not registered
        where only those are answered, BAD_USER_INPUT for what is no text, no hash, or a hash of another text.
        """
        reference = extensions.get("persistedQuery")
        if reference is None:
            return self._allowed(_text(query))
        key = _hash(reference)
        if query is None:
            found = self._registered.get(key) or self._sent.get(key)
            if found is None:
                raise PersistedQueryNotFound
            return found
        text = self._allowed(_text(query))
        if self._registered.get(key) != text:
            if sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != key:
                raise bad_input("`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`.")
            self._sent.put(key, text, len(text))
        return text

    def _allowed(self, text: str) -> str:
        if self._known_texts is not None and text not in self._known_texts:
            message = "Only registered operations are answered here: send the hash of one."
            raise RequestError(HTTPStatus.FORBIDDEN, ErrorCode.FORBIDDEN, message)
        return text


def read_manifest(file: Path) -> dict[str, str]:
    """Return the operations of a manifest by id: Apollo's format, or one JSON object of texts by id (Relay, codegen).

    Raises ManifestError, naming the file, for anything else.
    """
    try:
        content = orjson.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ManifestError(f"{file} cannot be read as a manifest of operations: {error}.") from error
    found: dict[Any, Any]
    if isinstance(content, dict) and isinstance(content.get("operations"), list):
        entries = [one for one in content["operations"] if isinstance(one, dict)]
        found = {one.get("id"): one.get("body") for one in entries}
    else:
        found = content if isinstance(content, dict) else {}
    if not found or not all(isinstance(key, str) and isinstance(text, str) for key, text in found.items()):
        raise ManifestError(f"{file} is no manifest: it holds no operations, or some have no id and text.")
    return found


def _text(query: object) -> str:
    if not isinstance(query, str):
        raise bad_input("`query` must be a string: the text of the GraphQL document.")
    return query


def _hash(reference: object) -> str:
    if not isinstance(reference, dict) or reference.get("version") != 1:
        raise bad_input("`extensions.persistedQuery` must be an object with `version` 1 and `sha256Hash`.")
    key = reference.get("sha256Hash")
    if not isinstance(key, str):
        raise bad_input("`extensions.persistedQuery.sha256Hash` must be a string: the hash in lower-case hex.")
    return key
