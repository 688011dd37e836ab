"""Alembic's migrations of the database; `datasources.postgres.migrate` runs them."""
