"""Loaders of recommendations: what the viewer decided and did, read once a request, and names."""

from collections.abc import Sequence

from strawberry.dataloader import DataLoader

from datasources.records.catalog import TitleQuery
from datasources.records.recommendations import SettingsRecord
from resolvers.context import Context
from resolvers.domain.taste import Observation, Signal, SignalSource, TasteProfile, signals_of
from resolvers.recommendations.likeness import Alike, similar_titles
from resolvers.recommendations.model import Snapshot, TasteModel
from resolvers.recommendations.taste import Taste, taste_of

SimilarArguments = tuple[tuple[str, ...] | None, int]
"""Kinds (None = all), and how many of the most similar to look at."""

_NOTHING_DECIDED = SettingsRecord(max_age=None, preferences={})


class RecommendationLoaders:
    """The loaders of recommendations for one request; all of it sees one snapshot of the model."""

    def __init__(self, context: Context) -> None:
        self._store = context.sources.recommendations
        self._catalogue = context.sources.catalog
        self._model = context.held(TasteModel)
        self._profile = None if context.viewer is None else context.viewer.profile_id
        self._snapshot: Snapshot | None = None
        self._shown: TasteProfile | None = None
        self.settings_by_profile: DataLoader[str, SettingsRecord] = DataLoader(self._settings_by_profile)
        self.signals_by_profile: DataLoader[str, list[Signal]] = DataLoader(self._signals_by_profile)
        self.taste_by_profile: DataLoader[str, Taste | None] = DataLoader(self._taste_by_profile)
        self.title_name: DataLoader[str, str | None] = DataLoader(self._title_name)
        self.person_name: DataLoader[str, str | None] = DataLoader(self._person_name)
        self.root_by_title: DataLoader[str, str | None] = DataLoader(self._root_by_title)

        self.similar_by_title: DataLoader[tuple[str, SimilarArguments], list[Alike]] = DataLoader(
            self._similar_by_title
        )

    async def snapshot(self) -> Snapshot:
        """Return the model as this request sees it."""
        found = await self._model.snapshot()
        self._snapshot = self._snapshot or found
        return self._snapshot

    async def settings(self) -> SettingsRecord:
        """Return what the active profile decided; nothing for anonymous."""
        return _NOTHING_DECIDED if self._profile is None else await self.settings_by_profile.load(self._profile)

    async def taste(self) -> Taste | None:
        """Return what the active profile likes; None for anonymous, and for who wants no personal answers."""
        return None if self._profile is None else await self.taste_by_profile.load(self._profile)

    async def profile(self) -> TasteProfile | None:
        """Return the taste profile of the active profile; None as `taste`, and for somebody new."""
        if self._shown is None:
            taste = await self.taste()
            self._shown = None if taste is None or taste.is_new else taste.profile()
        return self._shown

    async def _settings_by_profile(self, profiles: list[str]) -> list[SettingsRecord]:
        found = await self._store.settings(profiles)
        return [found.get(profile, _NOTHING_DECIDED) for profile in profiles]

    async def _signals_by_profile(self, profiles: list[str]) -> list[list[Signal]]:
        return [
            signals_of(
                [
                    Observation(row.title_id, SignalSource(row.source), row.value, row.repeats, row.at)
                    for row in await self._store.signals(profile)
                ]
            )
            for profile in profiles  # only ever the viewer's own
        ]

    async def _taste_by_profile(self, profiles: list[str]) -> list[Taste | None]:
        return [await self._taste(profile) for profile in profiles]

    async def _taste(self, profile: str) -> Taste | None:
        settings = await self.settings_by_profile.load(profile)
        if settings.preferences.get("personalization") is False:
            return None
        return taste_of(await self.snapshot(), await self.signals_by_profile.load(profile), settings.preferences)

    async def _title_name(self, ids: list[str]) -> list[str | None]:
        found = await self._store.title_names(ids)
        return [found.get(id_) for id_ in ids]

    async def _person_name(self, ids: list[str]) -> list[str | None]:
        found = await self._store.person_names(ids)
        return [found.get(id_) for id_ in ids]

    async def _root_by_title(self, ids: list[str]) -> list[str | None]:
        found = await self._store.roots(ids)
        return [found.get(id_) for id_ in ids]

    async def _similar_by_title(self, keys: list[tuple[str, SimilarArguments]]) -> list[list[Alike]]:
        snapshot = await self.snapshot()
        features = snapshot.features
        limit = (await self.settings()).max_age
        numbers = await self.numbers([id_ for id_, _ in keys])
        found = [
            similar_titles(snapshot, numbers[id_], kinds, limit, depth) if id_ in numbers else []
            for id_, (kinds, depth) in keys
        ]
        ids = sorted({features.ids[alike.number] for similar in found for alike in similar})
        there = await self._catalogue.matching_ids(ids, TitleQuery(max_age=limit)) if ids else set()
        return [[alike for alike in similar if features.ids[alike.number] in there] for similar in found]

    async def numbers(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the numbers of titles in the model; seasons and episodes stand for their series."""
        known = (await self.snapshot()).features.number
        unknown = [id_ for id_ in ids if id_ not in known]
        roots = dict(zip(unknown, await self.root_by_title.load_many(unknown), strict=True)) if unknown else {}
        belongs = {id_: roots.get(id_, id_) for id_ in ids}
        return {id_: known[root] for id_, root in belongs.items() if root in known}
