"""What the loaders answer for keys that have nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from resolvers.availability.loaders import AvailabilityLoaders
from resolvers.availability.services import own_platforms, region_for

UNKNOWN = "019b76da-a800-7000-8000-00000000beef"


async def test_unknown_keys_have_nothing(context: Callable[..., Any]) -> None:
    loaders = context().loaders(AvailabilityLoaders)
    assert await loaders.platform_by_id.load(UNKNOWN) is None
    assert await loaders.platform_by_slug.load("nobody") is None
    assert await loaders.prices_by_platform.load(UNKNOWN) == {}
    assert await loaders.offers_by_title.load((UNKNOWN, "US")) == []
    assert await loaders.regions_by_title.load(UNKNOWN) == []


async def test_each_region_is_one_statement(
    context: Callable[..., Any], statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    loader = context().loaders(AvailabilityLoaders).offers_by_title
    keys = [(f"019b76da-a800-7000-8000-{n:012x}", region) for n in range(30) for region in ("US", "DE")]
    with statements() as seen:
        await loader.load_many(keys)
        await loader.load_many(keys)
    assert len(seen) == 2


async def test_anonymous_has_no_services_and_the_default_region(context: Callable[..., Any]) -> None:
    request = context()
    request.default_region = "SE"
    assert await own_platforms(request) == frozenset()
    assert await region_for(request, None) == "SE"
    assert await region_for(request, "BR") == "BR"
