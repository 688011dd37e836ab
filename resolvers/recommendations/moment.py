"""The situation somebody is in, and how well titles fit it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resolvers.domain.errors import BadUserInput
from resolvers.domain.ranking import Floats
from resolvers.domain.titles import DeviceKind
from resolvers.recommendations.model import GENRES, Features

_LONGEST_TEXT = 100
_LATE = frozenset({22, 23, 0, 1, 2, 3, 4})
_LATE_MINUTES = 110
_SMALL_SCREENS = frozenset({DeviceKind.PHONE, DeviceKind.SPEAKER})
_SMALL_SCREEN_MINUTES = 60

_GENRES_OF_MOOD: dict[str, tuple[str, ...]] = {
    "action-packed": ("ACTION", "ADVENTURE"),
    "cozy": ("COMEDY", "FAMILY", "ROMANCE"),
    "dark": ("CRIME", "HORROR", "THRILLER"),
    "eerie": ("HORROR", "MYSTERY"),
    "epic": ("ADVENTURE", "FANTASY", "HISTORY", "WAR"),
    "funny": ("COMEDY",),
    "gritty": ("CRIME", "DRAMA", "WAR"),
    "heartwarming": ("FAMILY", "ROMANCE", "COMEDY"),
    "melancholic": ("DRAMA",),
    "mind-bending": ("SCIENCE_FICTION", "MYSTERY"),
    "playful": ("COMEDY", "ANIMATION", "FAMILY"),
    "romantic": ("ROMANCE",),
    "tense": ("THRILLER", "CRIME"),
    "thought-provoking": ("DOCUMENTARY", "DRAMA"),
    "thrilling": ("THRILLER", "ACTION"),
    "uplifting": ("COMEDY", "FAMILY", "MUSIC"),
}
"""What a mood usually goes with, for titles whose moods nobody wrote down; worth half."""

_GENRES_OF_OCCASION: dict[str, tuple[str, ...]] = {
    "date": ("ROMANCE", "COMEDY"),
    "family": ("FAMILY", "ANIMATION", "ADVENTURE"),
    "friends": ("COMEDY", "ACTION", "HORROR"),
    "kids": ("FAMILY", "ANIMATION"),
    "party": ("COMEDY", "MUSIC", "ACTION"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """The situation the viewer is in; None = not said. `hour` is local, 0–23."""

    occasion: str | None = None
    mood: str | None = None
    device: DeviceKind | None = None
    minutes_available: int | None = None
    hour: int | None = None


def checked(moment: Moment) -> Moment:
    """Return the situation with mood and occasion in lower case; raise BadUserInput for what cannot be."""
    if moment.hour is not None and not 0 <= moment.hour <= 23:
        raise BadUserInput(f"hour is {moment.hour}, but a day has the hours 0 to 23.")
    if moment.minutes_available is not None and moment.minutes_available <= 0:
        raise BadUserInput(f"minutesAvailable is {moment.minutes_available}: leave it out, or give at least 1 minute.")
    return Moment(
        occasion=_word(moment.occasion, "occasion"),
        mood=_word(moment.mood, "mood"),
        device=moment.device,
        minutes_available=moment.minutes_available,
        hour=moment.hour,
    )


def _word(text: str | None, name: str) -> str | None:
    if text is None:
        return None
    word = " ".join(text.lower().split())
    if not 0 < len(word) <= _LONGEST_TEXT:
        raise BadUserInput(f"{name} has 1–{_LONGEST_TEXT} characters, such as {'cozy' if name == 'mood' else 'date'}.")
    return word


@dataclass(frozen=True, slots=True)
class Fit:
    """How well every title fits one part of the situation, 0–1, what to call that, and whether it was asked for."""

    text: str
    values: Floats
    asked: bool = True


def fits(features: Features, moment: Moment) -> list[Fit]:
    """Return how well titles fit each part of the situation; none when nothing was said.

    Time: within the minutes 1, then falling to 0 at half as much again (unknown runtime .3). Mood: written down 1, its
    usual genres .5. Occasion: its usual genres. Hour and device: late at night and on small screens shorter is better.
    """
    found: list[Fit] = []
    if moment.minutes_available is not None:
        text = f"fits into {moment.minutes_available} minutes"
        found.append(Fit(text, _within(features, moment.minutes_available)))
    if moment.mood is not None:
        values = 0.5 * _of_genres(features, _GENRES_OF_MOOD.get(moment.mood, ()))
        if moment.mood in features.mood_names:
            holders = features.moods_titles
            values[holders.items[holders.of(features.mood_names.index(moment.mood))]] = 1.0
        found.append(Fit(f"{moment.mood} mood", values.astype(np.float32)))
    if moment.occasion in _GENRES_OF_OCCASION:
        genres = _GENRES_OF_OCCASION[moment.occasion]
        found.append(Fit(f"good for {moment.occasion}", _of_genres(features, genres)))
    if moment.minutes_available is None:  # how long it may take was not said: guess
        if moment.hour in _LATE:
            found.append(Fit("not too long for the night", _within(features, _LATE_MINUTES), asked=False))
        elif moment.device in _SMALL_SCREENS:
            found.append(Fit("short enough for a small screen", _within(features, _SMALL_SCREEN_MINUTES), asked=False))
    return found


def together(parts: Sequence[Fit]) -> Floats | None:
    """Return the mean fit of every title, 0–1; None when nothing was said."""
    return np.mean([part.values for part in parts], axis=0, dtype=np.float32) if parts else None


def _within(features: Features, minutes: int) -> Floats:
    over = (features.runtimes - minutes) / (0.5 * minutes)
    values = np.clip(1.0 - over, 0.0, 1.0)
    return np.where(features.runtimes > 0, values, 0.3).astype(np.float32)


def _of_genres(features: Features, genres: Sequence[str]) -> Floats:
    """Return 1 for titles with one of the genres, else 0."""
    bits = sum(1 << GENRES.index(genre) for genre in genres)
    return np.asarray((features.genre_bits & bits) != 0, dtype=np.float32)
