"""The recommendations subgraph's rows in PostgreSQL. Every method is one statement, whatever the number of keys."""

from datasources.postgres.engine import Database


class RecommendationStore:
    """Rows of the recommendations subgraph."""

    def __init__(self, database: Database) -> None:
        self._database = database
