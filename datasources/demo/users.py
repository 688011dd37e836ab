"""Demo viewers from a seeded generator: each mixes two or three tastes, and rates, watches and saves by them.

Nobody here is real. The same seed and day give the same viewers, to the last rating.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypedDict

from datasources.demo.catalogue import DemoTitle

DEMO_SEED = 20260101
DEMO_VIEWERS = 240
"""Viewers without a login, beside the three who have one."""

_PASSWORD_HASH = "$argon2id$v=19$m=65536,t=3,p=4$m/mAtA1cX3F37VwNjJxWRw$u19JlTcI+KWj6SfdxEoIJpbbcSwfjLoV/FK2Kc+0bgk"  # noqa: S105 – argon2.PasswordHasher().hash(DEMO_PASSWORD), made once: hashing takes a tenth of a second
DEMO_PASSWORD = "demo-password-1"  # noqa: S105 – a password everybody is told
NO_PASSWORD = "!"  # noqa: S105 – no PHC string: matches nothing


class DemoUser(TypedDict):
    """Somebody to sign in as, as the web page takes it."""

    email: str
    password: str
    displayName: str
    about: str


def _user(name: str, about: str) -> DemoUser:
    return DemoUser(email=f"{name.lower()}@demo.example", password=DEMO_PASSWORD, displayName=name, about=about)


DEMO_USERS = (
    _user("Ada", "Science fiction and animation that bends the mind; lives in Britain"),
    _user("Ben", "Crime, thrillers and westerns, old and new; lives in the United States"),
    _user("Chi", "Romance, warm comedies and Asian cinema; lives in Germany"),
)


@dataclass(frozen=True, slots=True)
class Taste:
    """What somebody is drawn to (> 0) or put off by (< 0); weights are about −1 to 1."""

    genres: Mapping[str, float]
    moods: Mapping[str, float] = field(default_factory=dict)
    countries: Mapping[str, float] = field(default_factory=dict)
    decades: Mapping[int, float] = field(default_factory=dict)
    people: Mapping[str, float] = field(default_factory=dict)
    series: float = 0.0


TASTES: Mapping[str, Taste] = {
    "futures": Taste(
        {"SCIENCE_FICTION": 1.0, "MYSTERY": 0.3, "ACTION": 0.2, "ROMANCE": -0.4, "WESTERN": -0.3},
        moods={"mind-bending": 0.6, "thought-provoking": 0.3},
        people={"Christopher Nolan": 0.5, "Denis Villeneuve": 0.5, "Ridley Scott": 0.3},
    ),
    "animation": Taste(
        {"ANIMATION": 1.0, "FAMILY": 0.3, "FANTASY": 0.3, "CRIME": -0.3},
        moods={"dreamy": 0.3, "heartwarming": 0.3},
        countries={"JP": 0.5},
        people={"Hayao Miyazaki": 0.5},
    ),
    "underworld": Taste(
        {"CRIME": 0.9, "THRILLER": 0.6, "FAMILY": -0.6, "FANTASY": -0.3, "MUSIC": -0.3},
        moods={"gritty": 0.4, "tense": 0.3},
        people={"Martin Scorsese": 0.5, "Robert De Niro": 0.3, "Al Pacino": 0.3, "Quentin Tarantino": 0.3},
    ),
    "frontier": Taste(
        {"WESTERN": 1.0, "WAR": 0.5, "HISTORY": 0.3, "ANIMATION": -0.5},
        moods={"epic": 0.3},
        decades={1950: 0.2, 1960: 0.3, 1970: 0.2},
        people={"Clint Eastwood": 0.5, "Sergio Leone": 0.5, "John Ford": 0.4},
    ),
    "romance": Taste(
        {"ROMANCE": 1.0, "COMEDY": 0.3, "DRAMA": 0.1, "HORROR": -0.8, "WAR": -0.3},
        moods={"romantic": 0.5, "heartwarming": 0.3, "bittersweet": 0.3},
    ),
    "laughter": Taste(
        {"COMEDY": 1.0, "HORROR": -0.5, "WAR": -0.4},
        moods={"funny": 0.5, "quirky": 0.3, "playful": 0.3},
    ),
    "dread": Taste(
        {"HORROR": 1.0, "THRILLER": 0.5, "MYSTERY": 0.3, "ROMANCE": -0.5, "MUSIC": -0.4, "FAMILY": -0.5},
        moods={"eerie": 0.5, "dark": 0.3},
        people={"Alfred Hitchcock": 0.3, "Stanley Kubrick": 0.3, "Jordan Peele": 0.4},
    ),
    "silver screen": Taste(
        {"DRAMA": 0.2, "ROMANCE": 0.2, "COMEDY": 0.2, "SCIENCE_FICTION": -0.3},
        moods={"nostalgic": 0.3},
        decades={1920: 0.8, 1930: 0.9, 1940: 1.0, 1950: 0.9, 1960: 0.4, 2010: -0.4, 2020: -0.5},
        series=-0.4,
    ),
    "spectacle": Taste(
        {"ACTION": 0.9, "ADVENTURE": 0.8, "DRAMA": -0.3, "DOCUMENTARY": -0.4},
        moods={"action-packed": 0.5, "thrilling": 0.4, "epic": 0.3},
        decades={1990: 0.1, 2000: 0.3, 2010: 0.4, 2020: 0.4},
    ),
    "europe": Taste(
        {"DRAMA": 0.5, "ACTION": -0.4},
        moods={"melancholic": 0.3, "thought-provoking": 0.3},
        countries={"FR": 0.7, "IT": 0.7, "DE": 0.5, "SE": 0.6, "DK": 0.5, "ES": 0.5, "PL": 0.4, "US": -0.4},
    ),
    "asia": Taste(
        {"DRAMA": 0.3, "MYSTERY": 0.2},
        countries={"KR": 0.9, "JP": 0.7, "HK": 0.8, "CN": 0.7, "TW": 0.7, "IN": 0.5, "TH": 0.5, "US": -0.4},
        people={"Akira Kurosawa": 0.4, "Bong Joon-ho": 0.5, "Wong Kar-wai": 0.5},
    ),
    "latin": Taste(
        {"DRAMA": 0.4, "CRIME": 0.2},
        countries={"MX": 0.9, "BR": 0.9, "AR": 0.9, "ES": 0.8, "CL": 0.8, "CU": 0.7, "US": -0.3},
        people={"Pedro Almodóvar": 0.5, "Alfonso Cuarón": 0.4, "Guillermo del Toro": 0.4},
    ),
    "facts": Taste(
        {"DOCUMENTARY": 1.0, "HISTORY": 0.7, "WAR": 0.3, "FANTASY": -0.4, "HORROR": -0.4},
        moods={"thought-provoking": 0.4},
    ),
    "family evening": Taste(
        {"FAMILY": 1.0, "ADVENTURE": 0.4, "ANIMATION": 0.5, "FANTASY": 0.3, "HORROR": -1.0, "CRIME": -0.5},
        moods={"cozy": 0.4, "heartwarming": 0.4, "uplifting": 0.3},
    ),
    "serials": Taste({"DRAMA": 0.3, "CRIME": 0.2, "COMEDY": 0.1}, series=1.0),
    "song": Taste({"MUSIC": 1.0, "ROMANCE": 0.3, "COMEDY": 0.2, "THRILLER": -0.3}, moods={"uplifting": 0.4}),
    "realms": Taste(
        {"FANTASY": 1.0, "ADVENTURE": 0.5, "DOCUMENTARY": -0.3},
        moods={"epic": 0.4, "dreamy": 0.2},
        people={"Peter Jackson": 0.4, "Guillermo del Toro": 0.4},
    ),
}
_NAMED: Mapping[str, tuple[str, Mapping[str, float], Sequence[str]]] = {
    "ada@demo.example": ("GB", {"futures": 0.6, "animation": 0.4}, ("netflix", "disney-plus", "mubi")),
    "ben@demo.example": ("US", {"underworld": 0.6, "frontier": 0.4}, ("max", "prime-video", "paramount-plus")),
    "chi@demo.example": ("DE", {"romance": 0.4, "laughter": 0.3, "asia": 0.3}, ("netflix", "arte", "apple-tv")),
}
_FIRST_NAMES = (
    *("Amara", "Bela", "Carlos", "Dilan", "Elif", "Farid", "Greta", "Hana", "Ines", "Jonas", "Kofi", "Lena", "Mateo"),
    *("Nia", "Oskar", "Priya", "Quinn", "Rosa", "Sami", "Tomas", "Uma", "Vera", "Wen", "Ximena", "Yusuf", "Zoe"),
)
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "JP", "KR", "IN", "BR", "MX", "CA", "AU", "SE")
_REGION_WEIGHTS = (30, 12, 10, 8, 6, 6, 6, 4, 8, 6, 5, 5, 4, 3)
_LANGUAGES = {
    "DE": "de",
    "FR": "fr",
    "ES": "es",
    "IT": "it",
    "JP": "ja",
    "KR": "ko",
    "BR": "pt-BR",
    "MX": "es",
    "SE": "sv",
}


@dataclass(frozen=True, slots=True)
class DemoPlayback:
    """Where somebody left off; `key` names a title or episode (`breaking-bad-2008/s1/e2`)."""

    key: str
    position_ms: int
    duration_ms: int
    completed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class DemoViewer:
    """An account and everything it did; title keys as in the catalogue, instants before the given day."""

    email: str
    display_name: str
    password_hash: str
    created_at: datetime
    region: str
    preferences: Mapping[str, Any]
    platforms: Sequence[str]
    ratings: Sequence[tuple[str, float, datetime]]
    views: Sequence[tuple[str, datetime, float]]
    watchlist: Sequence[tuple[str, datetime]]
    playbacks: Sequence[DemoPlayback]


def affinity(taste: Taste, title: DemoTitle) -> float:
    """Return how much a taste is drawn to a title, about −1 to 1."""
    genres = [taste.genres.get(genre, 0.0) / (1 + 0.35 * place) for place, genre in enumerate(title.genres)]
    people = {*title.crew.get("DIRECTOR", ()), *title.crew.get("CREATOR", ()), *(name for name, _ in title.cast[:4])}
    total = (
        max(genres, default=0.0)
        + min(genres, default=0.0) * 0.5
        + sum(taste.moods.get(mood, 0.0) for mood in title.moods)
        + max((taste.countries.get(country, 0.0) for country in title.countries), default=0.0)
        + taste.decades.get(title.year // 10 * 10, 0.0)
        + max((taste.people.get(name, 0.0) for name in people), default=0.0)
        + (taste.series if title.kind == "SERIES" else 0.0)
    )
    return math.tanh(total)


class _Generator:
    """Makes viewers one after the other from one stream of random numbers."""

    def __init__(
        self, titles: Sequence[DemoTitle], platforms: Mapping[str, Sequence[str]], today: date, seed: int
    ) -> None:
        self._titles = titles
        self._platforms = platforms
        self._midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
        self._random = random.Random(seed)  # noqa: S311 – repeatable on purpose, nothing secret
        self._affinities = {name: [affinity(taste, title) for title in titles] for name, taste in TASTES.items()}
        # Some titles are better than their genres: everybody feels it, whatever their taste.
        self._merit = [self._random.gauss(0.0, 0.7) + (title.popularity - 45) / 60 for title in titles]

    def named(self, user: DemoUser, *, password: bool) -> DemoViewer:
        """Return one of the three who can sign in."""
        region, mixture, platforms = _NAMED[user["email"]]
        return self._viewer(
            user["email"],
            user["displayName"],
            _PASSWORD_HASH if password else NO_PASSWORD,
            region,
            mixture,
            platforms,
            watched=70,
            saved=24,
            in_progress=6,
        )

    def anonymous(self, number: int) -> DemoViewer:
        """Return a viewer nobody can sign in as."""
        draw = self._random
        region = draw.choices(_REGIONS, _REGION_WEIGHTS)[0]
        names = draw.sample(sorted(TASTES), draw.choice((2, 2, 3)))
        mixture = dict(zip(names, (0.55, 0.3, 0.15), strict=False))
        there = self._platforms.get(region, ())
        return self._viewer(
            f"viewer-{number:03}@demo.example",
            f"{draw.choice(_FIRST_NAMES)} {number}",
            NO_PASSWORD,
            region,
            mixture,
            draw.sample(there, min(len(there), draw.randint(1, 4))),
            watched=round(min(80, max(20, draw.lognormvariate(3.6, 0.4)))),
            saved=draw.randint(0, 12),
            in_progress=draw.randint(0, 3),
        )

    def _viewer(
        self,
        email: str,
        display_name: str,
        password_hash: str,
        region: str,
        mixture: Mapping[str, float],
        platforms: Sequence[str],
        *,
        watched: int,
        saved: int,
        in_progress: int,
    ) -> DemoViewer:
        draw = self._random
        drawn = [
            sum(weight * self._affinities[name][place] for name, weight in mixture.items())
            for place in range(len(self._titles))
        ]
        # Weighted draw without replacement: the largest log(u)/w win (Efraimidis and Spirakis, 2006).
        lots = sorted(
            range(len(self._titles)),
            key=lambda place: (
                math.log(1 - draw.random())
                / math.exp(2.6 * drawn[place] + self._titles[place].popularity / 45 + 0.3 * self._merit[place])
            ),
            reverse=True,
        )
        seen, listed = lots[:watched], lots[watched : watched + saved]
        ratings: list[tuple[str, float, datetime]] = []
        views: list[tuple[str, datetime, float]] = []
        for place in seen:
            title, at = self._titles[place], self._instant(700)
            felt = 6.0 + 2.6 * drawn[place] + 0.9 * self._merit[place] + draw.gauss(0.0, 0.8)
            value = min(10.0, max(1.0, round(felt * 2) / 2))
            ratings.append((title.key, value, at + timedelta(minutes=draw.randint(1, 600))))
            views.append((title.key, at, 1.0 if value >= 4 else round(draw.uniform(0.3, 1.0), 2)))
        keys = [self._titles[place].key for place in listed]
        watchlist = sorted(((key, self._instant(120)) for key in keys), key=lambda entry: entry[1])
        playbacks = [self._playback(self._titles[place]) for place in lots[watched + saved :][:in_progress]]
        finished = [
            DemoPlayback(key, length, length, True, at)
            for (key, at, completion), place in zip(views, seen, strict=True)
            if completion == 1.0 and (length := (self._titles[place].runtime or 0) * 60_000) and draw.random() < 0.15
        ]
        return DemoViewer(
            email=email,
            display_name=display_name,
            password_hash=password_hash,
            created_at=self._midnight - timedelta(days=720 + draw.randint(0, 300)),
            region=region,
            preferences=self._preferences(region, mixture),
            platforms=platforms,
            ratings=ratings,
            views=views,
            watchlist=watchlist,
            playbacks=[*playbacks, *finished],
        )

    def _instant(self, days: int) -> datetime:
        """Return an instant within so many days before the given day, more often lately; at least 12 h before it."""
        minutes = 720 + int(self._random.random() ** 2 * (days * 1440 - 720))
        return self._midnight - timedelta(minutes=minutes)

    def _playback(self, title: DemoTitle) -> DemoPlayback:
        """Return a title or, of a series, an episode that was left somewhere in the middle."""
        key, minutes = title.key, title.runtime
        if title.seasons:
            season = title.seasons[0]
            episode = self._random.choice(season.episodes[: max(1, len(season.episodes) // 2)])
            key, minutes = f"{title.key}/s{season.number}/e{episode.number}", episode.minutes or title.runtime
        length = (minutes or 45) * 60_000
        position = int(length * self._random.uniform(0.1, 0.85))
        return DemoPlayback(key, position, length, False, self._instant(21))

    def _preferences(self, region: str, mixture: Mapping[str, float]) -> dict[str, Any]:
        weights: dict[str, float] = {}
        moods: dict[str, float] = {}
        for name, share in mixture.items():
            for genre, weight in TASTES[name].genres.items():
                weights[genre] = weights.get(genre, 0.0) + share * weight
            for mood, weight in TASTES[name].moods.items():
                moods[mood] = moods.get(mood, 0.0) + share * weight
        ranked = sorted(weights, key=lambda genre: (-weights[genre], genre))
        return {
            "region": region,
            "language": _LANGUAGES.get(region, "en"),
            "favoriteGenres": [genre for genre in ranked if weights[genre] >= 0.2][:4],
            "avoidedGenres": [genre for genre in reversed(ranked) if weights[genre] <= -0.3][:2],
            "moods": sorted(moods, key=lambda mood: (-moods[mood], mood))[:3],
        }


def demo_viewers(
    titles: Sequence[DemoTitle],
    platforms: Mapping[str, Sequence[str]],
    today: date,
    *,
    seed: int = DEMO_SEED,
    count: int = DEMO_VIEWERS,
    passwords: bool = True,
) -> list[DemoViewer]:
    """Return the three who can sign in (unless `passwords` is false) and `count` more who cannot.

    `platforms` are the slugs there are by region. Everything happened before `today`, 00:00 UTC.
    """
    generator = _Generator(titles, platforms, today, seed)
    named = [generator.named(user, password=passwords) for user in DEMO_USERS]
    return [*named, *(generator.anonymous(number) for number in range(1, count + 1))]


def demo_attention(
    titles: Sequence[DemoTitle], today: date, *, seed: int = DEMO_SEED, days: int = 30, per_region: int = 60
) -> list[tuple[str, date, str, float]]:
    """Return (title key, day, region, weight) for the `days` up to `today`: what each region talks about.

    A region leans to its own films, and every title has its waves; `per_region` titles get any attention there.
    """
    draw = random.Random(seed + 1)  # noqa: S311 – repeatable on purpose, nothing secret
    rows: list[tuple[str, date, str, float]] = []
    for region, size in zip(_REGIONS, _REGION_WEIGHTS, strict=True):
        liking = {
            title.key: math.exp(title.popularity / 18)
            * (6.0 if region in title.countries else 1.0)
            * draw.lognormvariate(0, 0.7)
            for title in titles
        }
        chosen = sorted(liking, key=lambda key: (-liking[key], key))[:per_region]
        scale = size * 3 / liking[chosen[0]]
        for key in chosen:
            peak, width, height = draw.randint(-5, days + 5), draw.uniform(2, 9), draw.uniform(0.2, 3)
            for ago in range(days):
                wave = 1 + height * math.exp(-(((ago - peak) / width) ** 2))
                weight = round(liking[key] * scale * wave * draw.uniform(0.7, 1.3) * 2) / 2
                if weight > 0:
                    rows.append((key, today - timedelta(days=ago), region, weight))
    return rows
