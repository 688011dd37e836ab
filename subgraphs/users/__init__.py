"""The users subgraph: accounts, profiles, preferences, devices, watchlists, playback, ratings."""
