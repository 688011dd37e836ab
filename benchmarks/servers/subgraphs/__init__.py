"""The supergraph in three parts: catalog (titles), discovery (where to watch, what is alike), users (watchlists)."""
