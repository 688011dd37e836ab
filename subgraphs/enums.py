"""Enums that several subgraphs serve, word for word the same: the domain's own, made known to Strawberry."""

import strawberry

from resolvers.domain.titles import DeviceKind, Genre, TitleKind, VideoQuality

strawberry.enum(TitleKind, description="What sort of watchable a title is.")
strawberry.enum(Genre, description="The 18 canonical genres; platform words are mapped onto them.")
strawberry.enum(VideoQuality, description="Picture resolution, worst first.")
strawberry.enum(DeviceKind, description="What sort of device a client is.")

__all__ = ["DeviceKind", "Genre", "TitleKind", "VideoQuality"]
