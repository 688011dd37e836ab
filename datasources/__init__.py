"""Where does it come from? PostgreSQL, the search index, the broker, files: each behind what the resolvers need of it."""
