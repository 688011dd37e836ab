"""What the recommendations subgraph does: ranks titles for a viewer, finds similar ones, and says why."""
