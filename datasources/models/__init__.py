"""The tables, declared once with SQLModel; Alembic derives migrations from `metadata`."""

from sqlmodel import SQLModel

from datasources.models import availability, catalog, users

metadata = SQLModel.metadata

__all__ = ["availability", "catalog", "metadata", "users"]
