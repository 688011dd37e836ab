"""Errors: located, recorded, or passed up to the nearest position that may be null. Runs only when something fails."""

from graphql import GraphQLError, located_error

from graph.engine.fields import Field
from graph.engine.paths import Link, is_non_null, keys_of
from graph.engine.run import Run


def fail(run: Run, field: Field, error: Exception, path: Link, *, non_null: bool) -> None:
    """Record an error at a position and let it be null; raise the located error where null is not allowed."""
    keys = keys_of(path)
    located = located_error(error, field.nodes, list(keys))
    if non_null:
        raise located
    run.add_error(located, keys)


def fail_field(run: Run, field: Field, error: Exception, path: Link) -> None:
    """Record an error of a nullable field of the object at `path`."""
    fail(run, field, error, (path, field), non_null=False)


def fail_late(run: Run, field: Field, error: Exception, path: Link) -> None:
    """Record an error of a position that was awaited: make it null, or the nearest position around it that may be.

    Where none may, the whole response is null (GraphQL specification, section 6.4.4).
    """
    keys = keys_of(path)
    located = located_error(error, field.nodes, list(keys))
    while path is not None and is_non_null(path):
        path, keys = path[0], keys[:-1]
    run.add_error(located, keys)
    if path is None:
        run.data = None
    else:
        run.store(keys, None)


def fail_root(run: Run, error: Exception) -> None:
    """Record an error that leaves nothing of the response."""
    run.data = None
    run.add_error(error if isinstance(error, GraphQLError) else located_error(error), ())
