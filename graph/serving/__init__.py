"""How a graph is reached: GraphQL over HTTP, graphql-transport-ws and event streams, as raw ASGI callables."""
