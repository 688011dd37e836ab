"""What the users subgraph does: accounts, watchlists, playback, ratings, preferences."""
