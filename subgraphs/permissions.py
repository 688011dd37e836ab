"""Who may: declared on the field for routers to read, enforced here whatever router stands in front."""

from typing import Any

import strawberry
from strawberry.permission import BasePermission

from resolvers.context import Context

Info = strawberry.Info[Context, None]
"""What a field is given: `info.context` is the request."""


class Authenticated(BasePermission):
    """Somebody is signed in; goes with `authenticated=True` on the field."""

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002 – Strawberry's signature
        """Return True; raise Unauthenticated for anonymous, which says what to do."""
        info.context.require_viewer()
        return True
