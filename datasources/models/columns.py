"""Column shapes the tables share."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB


def uuid_key() -> Column[Any]:
    """A UUID primary key; the writer makes it (UUIDv7)."""
    return Column(Uuid, primary_key=True)


def reference(target: str, *, nullable: bool = False, primary_key: bool = False) -> Column[Any]:
    """A foreign key to `table.column` that goes when the row it points at goes."""
    return Column(Uuid, ForeignKey(target, ondelete="CASCADE"), nullable=nullable, primary_key=primary_key)


def soft_reference(target: str) -> Column[Any]:
    """A nullable foreign key that is forgotten when the row it points at goes."""
    return Column(Uuid, ForeignKey(target, ondelete="SET NULL"), nullable=True)


def texts() -> Column[Any]:
    """A list of texts, never null."""
    return Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))


def document(empty: str = "[]") -> Column[Any]:
    """A JSON document, never null."""
    return Column(JSONB, nullable=False, server_default=text(f"'{empty}'"))


def instant(*, nullable: bool = False, default_now: bool = False) -> Column[datetime]:
    """An instant with time zone."""
    return Column(DateTime(timezone=True), nullable=nullable, server_default=text("now()") if default_now else None)
