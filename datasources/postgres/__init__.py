"""PostgreSQL: the server the wheel brings, the pool, and the statements of each subgraph."""
