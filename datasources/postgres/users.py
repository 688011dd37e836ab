"""The users subgraph's rows in PostgreSQL. Every method is one statement, whatever the number of keys."""

from datasources.postgres.engine import Database


class UserStore:
    """Rows of the users subgraph."""

    def __init__(self, database: Database) -> None:
        self._database = database
