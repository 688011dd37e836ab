"""Runs a plan: each fetch as soon as what it waits for is there; answers merged; failures kept to their own fields."""

import asyncio
import logging
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from graph.gateway.faults import Faults, Located
from graph.gateway.merge import Objects, merge, objects_at
from graph.gateway.plan import Target
from graph.gateway.prepare import Lookup, Program, Step
from graph.gateway.project import Violations, project_root
from graph.gateway.representations import Representation
from graph.gateway.subgraph_answer import refuses_token
from graph.gateway.transport import SubgraphOperation, Transport
from graph.operation import Result
from resolvers.context import Context

logger = logging.getLogger(__name__)


class Execution:
    """One run of one plan; use it once."""

    def __init__(
        self,
        program: Program,
        transport: Transport,
        context: Context,
        variables: Mapping[str, Any],
        fetch_timeout: float,
    ) -> None:
        self._program = program
        self._transport = transport
        self._context = context
        self._variables = variables
        self._fetch_timeout = fetch_timeout
        self._waiting = [len(step.fetch.after) for step in program.steps]
        self._data: dict[str, Any] = {}
        self._faults = Faults(self._data, program.shape)
        self._refusal: Result | None = None
        self._known: dict[tuple[str, str], dict[Hashable, Any]] = {}
        """Subgraph and selection → entity → its answer, for what several fetches ask."""

    async def run(self, meta: Mapping[str, Any] | None = None) -> Result:
        """Run all fetches and return the response; `meta` are root fields that are known already (introspection)."""
        await self._together([step for step in self._program.steps if not step.fetch.after])
        return self._respond(meta)

    async def complete(self, event: Result) -> Result:
        """Take an event for the answer of the first fetch, run the rest and return the response."""
        first = self._program.steps[0]
        self._take_root(first, event)
        await self._follow_up(first)
        return self._respond(None)

    def _respond(self, meta: Mapping[str, Any] | None) -> Result:
        if self._refusal is not None and not self._data:
            return self._refusal  # as where the token is looked at before anything is asked
        if meta:
            self._data.update(meta)
        violations: Violations = []
        data = project_root(self._program.shape, self._data, violations)
        errors = self._faults.finish(violations)
        return {"data": data, "errors": errors} if errors else {"data": data}

    # – order –

    async def _together(self, steps: Sequence[Step]) -> None:
        if len(steps) == 1:
            await self._chain(steps[0])
        elif steps:
            async with asyncio.TaskGroup() as group:
                for step in steps:
                    group.create_task(self._chain(step))

    async def _chain(self, step: Step) -> None:
        await self._fetch(step)
        await self._follow_up(step)

    async def _follow_up(self, step: Step) -> None:
        """Run what waited for this step only, or for this step last."""
        ready: list[Step] = []
        for index in step.fetch.dependents:
            self._waiting[index] -= 1
            if self._waiting[index] == 0:
                ready.append(self._program.steps[index])
        await self._together(ready)

    # – one fetch –

    async def _fetch(self, step: Step) -> None:
        fetch = step.fetch
        variables = {name: self._variables[name] for name in fetch.variables if name in self._variables}
        if not step.lookups:
            if fetch.path and not objects_at(self._data, fetch.path):
                return
            self._take_root(step, await self._ask(step, variables))
            return
        asked: list[tuple[Lookup, _Asked]] = []
        for lookup in step.lookups:
            entities = _represent(lookup, self._data, self._answered(lookup))
            if entities.representations:
                asked.append((lookup, entities))
            variables[lookup.call.variable] = entities.representations
        if not asked:
            return
        result = await self._ask(step, variables)
        data = result.get("data")
        failed = bool(result.get("errors"))
        complete = True
        for lookup, entities in asked:
            answers = data.get(lookup.call.key) if isinstance(data, dict) else None
            if not isinstance(answers, list) or len(answers) != len(entities.places):
                complete = False
                continue
            for answer, places in zip(answers, entities.places, strict=True):
                if isinstance(answer, dict):
                    for target, found in places:
                        merge(found, answer, target.owned)
            if lookup.repeats is not None and not failed:
                self._answered(lookup).update(zip(entities.index, answers, strict=True))
        if failed or not complete:
            self._blame_lookups(step, asked, result)

    def _answered(self, lookup: Lookup) -> dict[Hashable, Any]:
        """Return what has been answered to the same lookup of another fetch, by entity."""
        return {} if lookup.repeats is None else self._known.setdefault(lookup.repeats, {})

    async def _ask(self, step: Step, variables: dict[str, Any]) -> Result:
        """Return the subgraph's answer; one that failed to answer is turned into a Result with an error and no data."""
        fetch = step.fetch
        operation = SubgraphOperation(fetch.text, variables, fetch.kind)
        try:
            async with asyncio.timeout(self._fetch_timeout):
                result = await self._transport.execute(fetch.subgraph, operation, self._context)
        except TimeoutError:
            logger.warning("Subgraph %s did not answer within %s s", fetch.subgraph, self._fetch_timeout)
            return _failure(f"The subgraph {fetch.subgraph!r} took too long to answer; try again.", "TIMEOUT")
        except Exception:
            logger.exception("Subgraph %s failed", fetch.subgraph)
            return _failure(f"The subgraph {fetch.subgraph!r} is unavailable; try again later.", "UPSTREAM_UNAVAILABLE")
        if refuses_token(result):
            self._refusal = result
        return result

    def _take_root(self, step: Step, result: Result) -> None:
        fetch = step.fetch
        data = result.get("data")
        if isinstance(data, dict):
            for found in objects_at(self._data, fetch.path):
                merge(found, data, fetch.owned)
        errors = result.get("errors")
        if not errors and not isinstance(data, dict):
            errors = _failure(f"The subgraph {fetch.subgraph!r} answered nothing.", "UPSTREAM_UNAVAILABLE")["errors"]
        if errors:
            places = self._faults.locate(fetch.path)
            for error in errors:
                self._faults.answered(error, places, error.get("path") or (), fetch.fields)

    def _blame_lookups(self, step: Step, asked: "list[tuple[Lookup, _Asked]]", result: Result) -> None:
        """Record a subgraph's errors at the entities they belong to; one without a path at all of them."""
        errors = (
            result.get("errors")
            or _failure(f"The subgraph {step.fetch.subgraph!r} answered nothing.", "UPSTREAM_UNAVAILABLE")["errors"]
        )
        where = self._whereabouts([target for lookup, _ in asked for target, _ in lookup.targets])
        by_key = {lookup.call.key: (lookup, entities) for lookup, entities in asked}
        for error in errors:
            path: Sequence[Any] = error.get("path") or ()
            one = by_key.get(path[0]) if path else None
            for lookup, entities in [one] if one is not None else asked:
                index = path[1] if one is not None and len(path) > 1 and isinstance(path[1], int) else None
                hit = entities.places if index is None else entities.places[index : index + 1]
                places = [where[id(found)] for group in hit for _, found in group if id(found) in where]
                self._faults.answered(error, places, () if index is None else path[2:], lookup.call.fields)

    def _whereabouts(self, targets: Sequence[Target]) -> dict[int, Located]:
        paths = dict.fromkeys(target.path for target in targets)
        return {id(place[0]): place for path in paths for place in self._faults.locate(path)}


class _Asked:
    """What a lookup asks for: each entity once, and all objects that its answer belongs to."""

    __slots__ = ("index", "places", "representations")

    def __init__(self) -> None:
        self.index: dict[Hashable, int] = {}
        """Entity → its place in the other two."""
        self.representations: list[Representation] = []
        self.places: list[list[tuple[Target, dict[str, Any]]]] = []


def _represent(lookup: Lookup, data: dict[str, Any], known: Mapping[Hashable, Any]) -> _Asked:
    """Return what is to be asked for; an entity whose answer is known is given it at once."""
    asked = _Asked()
    index = asked.index
    for target, build in lookup.targets:
        types = target.types
        objects: Objects = objects_at(data, target.path)
        for found in objects:
            if types is not None and found.get("__typename", target.represented_as) not in types:
                continue
            built = build(found)
            if built is None:
                continue
            identity, representation = built
            if identity in known:
                if isinstance(known[identity], dict):
                    merge(found, known[identity], target.owned)
                continue
            place = index.setdefault(identity, len(asked.representations))
            if place == len(asked.representations):
                asked.representations.append(representation)
                asked.places.append([])
            asked.places[place].append((target, found))
    return asked


def _failure(message: str, code: str) -> Result:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}
