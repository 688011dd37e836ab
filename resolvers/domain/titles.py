"""The vocabulary of titles, and what a filter on them may say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from resolvers.domain.errors import BadUserInput
from resolvers.domain.identifiers import parse_ids


class TitleKind(StrEnum):
    """What sort of watchable a title is."""

    MOVIE = "MOVIE"
    SERIES = "SERIES"
    SEASON = "SEASON"
    EPISODE = "EPISODE"
    SHORT = "SHORT"
    DOCUMENTARY = "DOCUMENTARY"
    SPECIAL = "SPECIAL"


class Genre(StrEnum):
    """The 18 canonical genres; platform words are mapped onto them."""

    ACTION = "ACTION"
    ADVENTURE = "ADVENTURE"
    ANIMATION = "ANIMATION"
    COMEDY = "COMEDY"
    CRIME = "CRIME"
    DOCUMENTARY = "DOCUMENTARY"
    DRAMA = "DRAMA"
    FAMILY = "FAMILY"
    FANTASY = "FANTASY"
    HISTORY = "HISTORY"
    HORROR = "HORROR"
    MUSIC = "MUSIC"
    MYSTERY = "MYSTERY"
    ROMANCE = "ROMANCE"
    SCIENCE_FICTION = "SCIENCE_FICTION"
    THRILLER = "THRILLER"
    WAR = "WAR"
    WESTERN = "WESTERN"


class VideoQuality(StrEnum):
    """Picture resolution, worst first."""

    SD = "SD"
    HD = "HD"
    FULL_HD = "FULL_HD"
    UHD_4K = "UHD_4K"
    UHD_8K = "UHD_8K"


class DeviceKind(StrEnum):
    """What sort of device a client is."""

    TV = "TV"
    PHONE = "PHONE"
    TABLET = "TABLET"
    DESKTOP = "DESKTOP"
    BROWSER = "BROWSER"
    CONSOLE = "CONSOLE"
    SPEAKER = "SPEAKER"
    OTHER = "OTHER"


class ExternalIdSource(StrEnum):
    """Where an external id comes from. TMDB ids are namespaced by media type: pass `kind` with them."""

    WIKIDATA = "WIKIDATA"
    IMDB = "IMDB"
    TMDB = "TMDB"
    TVDB = "TVDB"
    EIDR = "EIDR"


class ReleaseStatus(StrEnum):
    """Where a title stands in its life."""

    ANNOUNCED = "ANNOUNCED"
    IN_PRODUCTION = "IN_PRODUCTION"
    RELEASED = "RELEASED"
    RETURNING = "RETURNING"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


class CreditRole(StrEnum):
    """What a person did for a title."""

    ACTOR = "ACTOR"
    VOICE = "VOICE"
    DIRECTOR = "DIRECTOR"
    WRITER = "WRITER"
    CREATOR = "CREATOR"
    PRODUCER = "PRODUCER"
    COMPOSER = "COMPOSER"
    CINEMATOGRAPHER = "CINEMATOGRAPHER"
    EDITOR = "EDITOR"
    PRESENTER = "PRESENTER"
    OTHER = "OTHER"


class ArtworkKind(StrEnum):
    """Use of a picture."""

    POSTER = "POSTER"
    BACKDROP = "BACKDROP"
    LOGO = "LOGO"
    STILL = "STILL"
    THUMBNAIL = "THUMBNAIL"
    PORTRAIT = "PORTRAIT"


class VideoKind(StrEnum):
    """Use of a video."""

    TRAILER = "TRAILER"
    TEASER = "TEASER"
    CLIP = "CLIP"
    FEATURETTE = "FEATURETTE"
    INTERVIEW = "INTERVIEW"


class OrganizationRole(StrEnum):
    """What an organization did for a title."""

    PRODUCTION = "PRODUCTION"
    DISTRIBUTION = "DISTRIBUTION"
    NETWORK = "NETWORK"
    STUDIO = "STUDIO"


class TitleSort(StrEnum):
    """Order of titles; ties by id."""

    POPULARITY = "POPULARITY"
    RATING = "RATING"
    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NAME = "NAME"
    SHORTEST = "SHORTEST"
    LONGEST = "LONGEST"
    RECENTLY_ADDED = "RECENTLY_ADDED"


class TrendWindow(StrEnum):
    """Span of time trends are counted over."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


TREND_DAYS = {TrendWindow.DAY: 1, TrendWindow.WEEK: 7, TrendWindow.MONTH: 30}


@dataclass(frozen=True, slots=True)
class Span:
    """An inclusive range of whole numbers; a missing end is open."""

    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True)
class TitleFilter:
    """Narrows titles; fields combine with AND, values within a list with OR; None = no condition."""

    kinds: Sequence[TitleKind] | None = None
    genres: Sequence[Genre] | None = None
    exclude_genres: Sequence[Genre] | None = None
    release_year: Span = Span()
    runtime_minutes: Span = Span()
    min_rating: float | None = None
    max_age: int | None = None
    original_languages: Sequence[str] | None = None
    countries: Sequence[str] | None = None
    person_ids: Sequence[str] | None = None
    moods: Sequence[str] | None = None
    platform_ids: Sequence[str] | None = None
    region: str | None = None
    on_my_services: bool = False


_LONGEST_LIST = 100
_LONGEST_WORD = 100


def checked(wanted: TitleFilter) -> TitleFilter:
    """Return the filter with canonical ids; raise BadUserInput for what no title can fulfil or nobody can mean."""
    for name, span in (("releaseYear", wanted.release_year), ("runtimeMinutes", wanted.runtime_minutes)):
        if span.min is not None and span.max is not None and span.min > span.max:
            raise BadUserInput(f"{name} runs from {span.min} to {span.max}: the minimum is above the maximum.")
    if wanted.min_rating is not None and not 0 <= wanted.min_rating <= 10:
        raise BadUserInput(f"minRating is {wanted.min_rating:g}, but ratings run from 0 to 10.")
    if wanted.max_age is not None and wanted.max_age < 0:
        raise BadUserInput("maxAge cannot be negative.")
    words = (wanted.original_languages, wanted.countries, wanted.moods)
    lists = (wanted.kinds, wanted.genres, wanted.exclude_genres, *words)
    if any(values is not None and len(values) > _LONGEST_LIST for values in lists):
        raise BadUserInput(f"A list in a filter may hold at most {_LONGEST_LIST} values.")
    if any("\x00" in word or len(word) > _LONGEST_WORD for values in words for word in values or ()):
        raise BadUserInput(f"A word in a filter may have at most {_LONGEST_WORD} characters, and none of them NUL.")
    return replace(
        wanted,
        person_ids=None if wanted.person_ids is None else parse_ids(list(wanted.person_ids), what="person id"),
        platform_ids=None if wanted.platform_ids is None else parse_ids(list(wanted.platform_ids), what="platform id"),
    )
