"""Where does it come from? PostgreSQL, the index, the broker, files: each behind what the resolvers need of it."""
