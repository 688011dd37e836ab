"""The catalog subgraph: what there is to watch."""
