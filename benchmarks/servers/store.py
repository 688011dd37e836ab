"""The data file as objects, made once per process: a resolver only looks things up."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import strawberry

from benchmarks.servers.types import (
    AudienceRating,
    Credit,
    CreditRole,
    ExternalIds,
    Genre,
    Money,
    Offer,
    OfferKind,
    Person,
    Platform,
    TitleKind,
    VideoQuality,
)
from benchmarks.workspace import DATA


@dataclass(frozen=True, slots=True)
class Store:
    """Everything there is; titles as the arguments of whatever type a graph has for them."""

    titles: list[dict[str, Any]]
    offers: Mapping[str, list[Offer]]
    credits: Mapping[str, list[Credit]]
    similar: Mapping[str, list[str]]
    users: Mapping[str, dict[str, Any]]


@cache
def store() -> Store:
    """Return the data of this process."""
    data = orjson.loads(DATA.read_bytes())
    return Store(
        titles=[_title(title) for title in data["titles"]],
        offers={id_: [_offer(offer) for offer in offers] for id_, offers in data["offers"].items()},
        credits={id_: [_credit(credit) for credit in found] for id_, found in data["credits"].items()},
        similar=data["similar"],
        users={user["id"]: user for user in data["users"]},
    )


def settle_heap() -> None:
    """Take what there is now out of the collector's rounds, as the product does: the data is no garbage."""
    gc.collect()
    gc.freeze()


def _title(title: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": strawberry.ID(title["id"]),
        "kind": TitleKind[title["kind"]],
        "name": title["name"],
        "original_name": title["originalName"],
        "tagline": title["tagline"],
        "release_year": title["releaseYear"],
        "runtime_minutes": title["runtimeMinutes"],
        "genres": [Genre[genre] for genre in title["genres"]],
        "countries": title["countries"],
        "popularity": title["popularity"],
        "external_ids": ExternalIds(**title["externalIds"]),
        "rating": AudienceRating(**title["rating"]),
        "updated_at": datetime.fromisoformat(title["updatedAt"]),
    }


def _offer(offer: dict[str, Any]) -> Offer:
    return Offer(
        id=strawberry.ID(offer["id"]),
        kind=OfferKind[offer["kind"]],
        price=None if offer["price"] is None else Money(**offer["price"]),
        platform=Platform(**offer["platform"]),
        quality=VideoQuality[offer["quality"]],
        url=offer["url"],
    )


def _credit(credit: dict[str, Any]) -> Credit:
    return Credit(
        role=CreditRole[credit["role"]],
        character=credit["character"],
        billing=credit["billing"],
        person=Person(**credit["person"]),
    )
