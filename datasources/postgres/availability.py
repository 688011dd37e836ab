"""The availability subgraph's rows in PostgreSQL. Every method is one statement, whatever the number of keys."""

from datasources.postgres.engine import Database


class AvailabilityStore:
    """Rows of the availability subgraph."""

    def __init__(self, database: Database) -> None:
        self._database = database
