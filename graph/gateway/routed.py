"""Subgraphs in different places behind one gateway: some in this process, others elsewhere."""

from collections.abc import AsyncGenerator, Mapping

from graph.gateway.transport import SubgraphOperation, Transport, UnknownSubgraphError
from graph.operation import Result
from resolvers.context import Context


class Routed:
    """Sends each operation over the transport of its subgraph; implements Transport.

    A partner's subgraph joins by a URL: `Routed({"reviews": remote}, otherwise=in_process)`.
    """

    def __init__(self, transports: Mapping[str, Transport], otherwise: Transport | None = None) -> None:
        """`transports` are by subgraph name; `otherwise` carries to all that are not named."""
        self._transports = dict(transports)
        self._otherwise = otherwise

    async def execute(self, subgraph: str, fetch: SubgraphOperation, context: Context) -> Result:
        """Answer a query or mutation of one subgraph; raises UnknownSubgraphError for one that has no transport."""
        return await self._transport(subgraph).execute(subgraph, fetch, context)

    async def subscribe(
        self, subgraph: str, fetch: SubgraphOperation, context: Context
    ) -> Result | AsyncGenerator[Result]:
        """Open a subscription of one subgraph; raises UnknownSubgraphError for one that has no transport."""
        return await self._transport(subgraph).subscribe(subgraph, fetch, context)

    def _transport(self, subgraph: str) -> Transport:
        transport = self._transports.get(subgraph, self._otherwise)
        if transport is None:
            known = ", ".join(sorted(self._transports)) or "none"
            raise UnknownSubgraphError(f"There is no way to the subgraph {subgraph!r}; known: {known}.")
        return transport
