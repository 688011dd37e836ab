"""The platforms that the sources name, each in its own words."""

from datasources.demo.ids import demo_id
from datasources.records.availability import PlatformRecord

# Word of a source → (slug, name, homepage). Slugs are those of the demo where it has the platform.
_PLATFORMS = {
    "amazon": ("prime-video", "Amazon Prime Video", "https://www.primevideo.com"),
    "amazon_prime": ("prime-video", "Amazon Prime Video", "https://www.primevideo.com"),
    "appletv": ("apple-tv", "Apple TV", "https://tv.apple.com"),
    "crunchyroll": ("crunchyroll", "Crunchyroll", "https://www.crunchyroll.com"),
    "disney": ("disney-plus", "Disney+", "https://www.disneyplus.com"),
    "disney_plus": ("disney-plus", "Disney+", "https://www.disneyplus.com"),
    "hbo": ("max", "Max", "https://www.max.com"),
    "hbo_max": ("max", "Max", "https://www.max.com"),
    "hulu": ("hulu", "Hulu", "https://www.hulu.com"),
    "netflix": ("netflix", "Netflix", "https://www.netflix.com"),
    "paramount": ("paramount-plus", "Paramount+", "https://www.paramountplus.com"),
    "rakuten": ("rakuten-tv", "Rakuten TV", "https://www.rakuten.tv"),
}


def platform_slug(word: str) -> str:
    """Return the slug of the platform a source names; an unknown word is its own."""
    key = word.strip().lower()
    return _PLATFORMS[key][0] if key in _PLATFORMS else key.replace("_", "-").replace(" ", "-")


def platform_record(word: str, region: str) -> PlatformRecord:
    """Return the platform a source names, as it is created when there is none with its slug."""
    slug = platform_slug(word)
    known = _PLATFORMS.get(word.strip().lower())
    name, homepage = (known[1], known[2]) if known else (word.replace("_", " ").strip().title(), None)
    return PlatformRecord(demo_id("platform", slug), slug, name, homepage, None, [region], ["SUBSCRIPTION"])
