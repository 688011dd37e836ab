"""The data of every server: one JSON file, drawn from a fixed seed, read by Python and Node alike."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

TITLES: Final = 2000
USERS: Final = 50
WATCHLIST: Final = 20
SIMILAR: Final = 5
CREDITS: Final = 8

GENRES: Final = (
    "ACTION", "ADVENTURE", "ANIMATION", "COMEDY", "CRIME", "DOCUMENTARY", "DRAMA", "FAMILY", "FANTASY", "HISTORY",
    "HORROR", "MUSIC", "MYSTERY", "ROMANCE", "SCIENCE_FICTION", "THRILLER", "WAR", "WESTERN",
)  # fmt: skip
KINDS: Final = ("MOVIE", "SERIES")
OFFER_KINDS: Final = ("SUBSCRIPTION", "RENT", "BUY", "FREE")
QUALITIES: Final = ("SD", "HD", "UHD_4K")
ROLES: Final = ("ACTOR", "DIRECTOR", "WRITER", "PRODUCER")
_COUNTRIES = ("US", "GB", "FR", "DE", "JP", "KR", "IN", "BR")
_PLATFORMS = ("Lantern", "Harbour+", "Cinephile", "Kino Nord", "Matinee", "Open Reel", "Tidal TV", "Nightjar")
_WORDS = (
    "amber", "border", "café", "daughter", "echo", "fable", "garden", "harvest", "island", "journey", "kingdom",
    "lantern", "midnight", "northern", "orchard", "paper", "quiet", "river", "silver", "tomorrow", "under", "valley",
    "winter", "young", "zenith", "señora", "über", "naïve",
)  # fmt: skip
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def generate(seed: int = 1) -> dict[str, Any]:
    """Return the titles, their offers, credits and likes by id, and the users with their watchlists."""
    dice = random.Random(seed)
    ids = [_uuid(dice) for _ in range(TITLES)]
    platforms = [{"id": _uuid(dice), "name": name} for name in _PLATFORMS]
    people = [{"id": _uuid(dice), "name": _name(dice, 2)} for _ in range(500)]
    return {
        "titles": [_title(dice, id_) for id_ in ids],
        "offers": {id_: [_offer(dice, platforms) for _ in range(dice.randint(3, 6))] for id_ in ids},
        "credits": {id_: [_credit(dice, people, place + 1) for place in range(CREDITS)] for id_ in ids},
        "similar": {id_: dice.sample(ids, SIMILAR) for id_ in ids},
        "users": [
            {"id": _uuid(dice), "name": _name(dice, 2), "watchlist": dice.sample(ids, WATCHLIST)} for _ in range(USERS)
        ],
    }


def write(file: Path) -> dict[str, Any]:
    """Write the data and return it."""
    data = generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    return data


def _title(dice: random.Random, id_: str) -> dict[str, Any]:
    updated = _FIRST_DAY + timedelta(seconds=dice.randrange(20_000_000))
    return {
        "id": id_,
        "kind": dice.choice(KINDS),
        "name": _name(dice, 3),
        "originalName": _name(dice, 3) if dice.random() < 0.3 else None,
        "tagline": _name(dice, 8) if dice.random() < 0.8 else None,
        "releaseYear": dice.randint(1950, 2026),
        "runtimeMinutes": dice.randint(20, 200),
        "genres": dice.sample(GENRES, 3),
        "countries": dice.sample(_COUNTRIES, 2),
        "popularity": round(dice.random() * 100, 2),
        "externalIds": {"wikidata": f"Q{dice.randrange(10**7)}", "imdb": f"tt{dice.randrange(10**7):07}"},
        "rating": {"average": round(dice.random() * 10, 1), "votes": dice.randrange(100_000)},
        "updatedAt": updated.isoformat().replace("+00:00", "Z"),
    }


def _offer(dice: random.Random, platforms: list[dict[str, Any]]) -> dict[str, Any]:
    kind = dice.choice(OFFER_KINDS)
    paid = kind in {"RENT", "BUY"}
    return {
        "id": _uuid(dice),
        "kind": kind,
        "price": {"amount": f"{dice.randint(1, 20)}.99", "currency": "EUR"} if paid else None,
        "platform": dice.choice(platforms),
        "quality": dice.choice(QUALITIES),
        "url": f"https://example.org/watch/{dice.getrandbits(64):016x}",
    }


def _credit(dice: random.Random, people: list[dict[str, Any]], billing: int) -> dict[str, Any]:
    role = "DIRECTOR" if billing == 1 else dice.choice(ROLES)
    character = _name(dice, 2) if role == "ACTOR" else None
    return {"role": role, "character": character, "billing": billing, "person": dice.choice(people)}


def _uuid(dice: random.Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def _name(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(_WORDS, k=words)).title()
