"""How loaders take arguments: keys carry them, and each distinct set of arguments is one statement."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TypeVar

ArgumentsT = TypeVar("ArgumentsT", bound=Hashable)
ValueT = TypeVar("ValueT")


async def load_grouped(
    keys: Sequence[tuple[str, ArgumentsT]],
    load: Callable[[list[str], ArgumentsT], Awaitable[Mapping[str, ValueT]]],
    missing: Callable[[], ValueT],
) -> list[ValueT]:
    """Return a value for each (id, arguments), calling `load` once per distinct arguments.

    Ids that `load` leaves out get `missing()`.
    """
    groups: defaultdict[ArgumentsT, list[str]] = defaultdict(list)
    for id_, arguments in keys:
        groups[arguments].append(id_)
    found = {arguments: await load(ids, arguments) for arguments, ids in groups.items()}
    return [value if (value := found[arguments].get(id_)) is not None else missing() for id_, arguments in keys]
