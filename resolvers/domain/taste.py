"""What somebody likes, derived from what they rated and watched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TasteProfile:
    """What we believe somebody likes; every affinity −1 (avoids) to 1 (seeks)."""

    genres: Mapping[str, float]
    people: Mapping[str, float]
    moods: Mapping[str, float]
    decades: Mapping[int, float]
    clusters: Mapping[int, float]
    signal_count: int
    completion_rate: float | None
    updated_at: datetime
