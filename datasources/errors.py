"""What can go wrong outside: each error names its `code`, and its message says what a person can do about it.

The codes are for operators (start-up output, logs, health); what a client of the graph is told is decided in `graph/`.
"""

from typing import ClassVar


class DataSourceError(Exception):
    """Something outside the program failed. Base of every error this folder raises on purpose."""

    code: ClassVar[str] = "DATA_SOURCE_ERROR"


class DatabaseUnavailable(DataSourceError):
    """PostgreSQL cannot be started or does not answer."""

    code: ClassVar[str] = "DATABASE_UNAVAILABLE"


class DatabaseVersionMismatch(DatabaseUnavailable):
    """The data directory was written by another major version of PostgreSQL."""

    code: ClassVar[str] = "DATABASE_VERSION_MISMATCH"


class DatabasePermissionDenied(DatabaseUnavailable):
    """The account in use may not read, write or enter a folder the database needs."""

    code: ClassVar[str] = "DATABASE_PERMISSION_DENIED"


class DatabaseDiskFull(DatabaseUnavailable):
    """There is no room left where the database lives."""

    code: ClassVar[str] = "DATABASE_DISK_FULL"


class BrokerUnavailable(DataSourceError):
    """The message broker does not answer: nothing was published, or no subscription could be made."""

    code: ClassVar[str] = "BROKER_UNAVAILABLE"


class SearchUnavailable(DataSourceError):
    """The search index cannot be read or written."""

    code: ClassVar[str] = "SEARCH_UNAVAILABLE"
