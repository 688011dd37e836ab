"""What the availability subgraph does: platforms, and where titles can be watched."""
