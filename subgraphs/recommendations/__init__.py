"""The recommendations subgraph: what to watch next, and why."""
