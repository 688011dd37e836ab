"""What a client may ask the users subgraph."""

import strawberry

from resolvers.users import accounts
from subgraphs.permissions import Authenticated, Info
from subgraphs.users.account_types import User


@strawberry.type(description="Reads.")
class Query:
    """Reads."""

    @strawberry.federation.field(
        authenticated=True,
        permission_classes=[Authenticated],
        description="UNAUTHENTICATED for anonymous, FORBIDDEN for a partner's token without a user.",
    )
    async def me(self, info: Info) -> User:
        """Return the account that asks."""
        user = await accounts.viewing_user(info.context)
        return User(id=strawberry.ID(user.id), viewer=info.context.viewer)
