"""Enums that several subgraphs serve, word for word the same."""

import strawberry

from resolvers.domain import titles

TitleKind = strawberry.enum(titles.TitleKind, description="What sort of watchable a title is.")
Genre = strawberry.enum(
    titles.Genre, description="The 18 canonical genres; platform words are mapped onto them."
)
VideoQuality = strawberry.enum(titles.VideoQuality, description="Picture resolution, worst first.")
DeviceKind = strawberry.enum(titles.DeviceKind, description="What sort of device a client is.")
