"""Making what sources say comparable: names, years, genres, age marks, lengths, ids, ratings, popularity."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from resolvers.domain.titles import Genre

_WORD = re.compile(r"[^\W_]+")
_ENGLISH_ARTICLES = frozenset({"the", "a", "an"})
_TRAILING_ARTICLE = re.compile(
    r"^(?P<rest>.+), "
    r"(?P<article>the|an?|les?|la|l'|las|los|el|il|lo|gli|i|un[ae]?|der|die|das|den|det|de|het|o|os|as)$",
    re.IGNORECASE,
)
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def fold(text: str) -> str:
    """Return the text in lower case without diacritics, compatibility forms resolved."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return plain.casefold().translate(_LETTERS)


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text).replace("'", "").replace("’", ""))


def article_first(name: str) -> str:
    """Return `Matrix, The` as `The Matrix`; other names as they are."""
    match = _TRAILING_ARTICLE.match(name)
    if match is None:
        return name
    article, rest = match["article"], match["rest"]
    return f"{article}{rest}" if article.endswith("'") else f"{article} {rest}"


def match_name(name: str) -> str:
    """Return the key under which spellings of one name meet: folded letters and digits without an English article.

    A name of punctuation only (`!!!`) is its own key.
    """
    words = _words(article_first(name.strip()))
    if len(words) > 1 and words[0] in _ENGLISH_ARTICLES:
        del words[0]
    return "".join(words) or fold(name).strip()


def person_key(name: str) -> str:
    """Return the key under which spellings of a person's name meet: folded letters and digits, words apart."""
    return " ".join(_words(name)) or fold(name).strip()


def sort_name(name: str) -> str:
    """Return the key of the NAME order: folded, without a leading English article or opening punctuation."""
    folded = " ".join(fold(article_first(name.strip())).split())
    first, _, rest = folded.partition(" ")
    if first in _ENGLISH_ARTICLES and rest:
        folded = rest
    start = next((place for place, letter in enumerate(folded) if letter.isalnum()), 0)
    return folded[start:]


@dataclass(frozen=True, slots=True)
class ParsedName:
    """What a line such as `Postman, The (Postino, Il) (1994)` says."""

    name: str
    year: int | None
    alternatives: tuple[str, ...]


_YEAR = re.compile(r"\s*\((?P<year>1[89]\d\d|20\d\d)(?:\s?[-–]\s?(?:\d{4})?\s?)?\)\s*$")
_GROUP = re.compile(r"^(?P<name>.*[^\s:(])\s*\((?P<group>[^()]+)\)$")
_ALSO_KNOWN = re.compile(r"^(?:a\.?\s?k\.?\s?a\.?:?\s+)", re.IGNORECASE)
_UNFINISHED = re.compile(r"\b(?:or|and|vol|part|&)\.?$", re.IGNORECASE)


def parse_name(text: str) -> ParsedName:
    """Return name, year and alternative names; articles come to the front, other names out of the parentheses."""
    rest, year = text.strip(), None
    if (found := _YEAR.search(rest)) and found.start() > 0:
        rest, year = rest[: found.start()].rstrip(), int(found["year"])
    alternatives: list[str] = []
    while (group := _GROUP.match(rest)) and not _UNFINISHED.search(group["name"]):
        alternatives.insert(0, article_first(_ALSO_KNOWN.sub("", group["group"].strip())))
        rest = group["name"].rstrip()
    return ParsedName(article_first(rest), year, tuple(name for name in alternatives if name))


_NO_GENRE = (
    *("adult", "and culture", "anthology", "arthouse", "arts", "black stories", "british", "classic", "classics"),
    *("classic and cult", "coming of age", "cooking and food", "cult", "dance", "disaster", "entertainment"),
    *("european", "faith and spirituality", "fitness", "game show", "game show competition", "game shows"),
    *("health and wellness", "imax", "independent", "international", "korean", "late night", "latino", "lgbtq"),
    *("lifestyle", "lifestyle and culture", "medical", "movies", "news", "no genres listed", "reality", "reality tv"),
    *("science and technology", "series", "short", "shorts", "spanish language", "special interest", "sport", "sports"),
    *("survival", "talk show", "talk show and variety", "teen", "travel", "tv", "tv shows", "unscripted", "variety"),
    "young adult audience",
)
# Word of a source → canonical genres. An empty tuple is a word we know and that names none of them.
_GENRE_WORDS: Mapping[str, tuple[Genre, ...]] = {
    **{genre.value.replace("_", " ").lower(): (genre,) for genre in Genre},
    "action and adventure": (Genre.ACTION, Genre.ADVENTURE),
    "action adventure": (Genre.ACTION, Genre.ADVENTURE),
    "adult animation": (Genre.ANIMATION,),
    "animals and nature": (Genre.DOCUMENTARY,),
    "anime": (Genre.ANIMATION,),
    "anime features": (Genre.ANIMATION,),
    "anime series": (Genre.ANIMATION,),
    "biographical": (Genre.HISTORY,),
    "biography": (Genre.HISTORY,),
    "buddy": (Genre.COMEDY,),
    "cartoons": (Genre.ANIMATION,),
    "children": (Genre.FAMILY,),
    "children and family": (Genre.FAMILY,),
    "comedies": (Genre.COMEDY,),
    "concert film": (Genre.MUSIC,),
    "documentaries": (Genre.DOCUMENTARY,),
    "documentation": (Genre.DOCUMENTARY,),
    "docuseries": (Genre.DOCUMENTARY,),
    "dramas": (Genre.DRAMA,),
    "film noir": (Genre.CRIME, Genre.DRAMA),
    "historical": (Genre.HISTORY,),
    "kids": (Genre.FAMILY,),
    "military and war": (Genre.WAR,),
    "music and musicals": (Genre.MUSIC,),
    "music videos and concerts": (Genre.MUSIC,),
    "musical": (Genre.MUSIC,),
    "mysteries": (Genre.MYSTERY,),
    "parody": (Genre.COMEDY,),
    "police cop": (Genre.CRIME,),
    "romantic": (Genre.ROMANCE,),
    "romantic comedy": (Genre.ROMANCE, Genre.COMEDY),
    "sci fi": (Genre.SCIENCE_FICTION,),
    "sci fi and fantasy": (Genre.SCIENCE_FICTION, Genre.FANTASY),
    "scifi": (Genre.SCIENCE_FICTION,),
    "science and nature": (Genre.DOCUMENTARY,),
    "sitcom": (Genre.COMEDY,),
    "sketch comedy": (Genre.COMEDY,),
    "soap opera melodrama": (Genre.DRAMA,),
    "spy espionage": (Genre.THRILLER,),
    "stand up": (Genre.COMEDY,),
    "stand up comedy": (Genre.COMEDY,),
    "stand up comedy and talk shows": (Genre.COMEDY,),
    "superhero": (Genre.ACTION,),
    "suspense": (Genre.THRILLER,),
    "thrillers": (Genre.THRILLER,),
    **dict.fromkeys(_NO_GENRE, ()),
}
_NOISE = re.compile(r"\b(?:tv shows?|tv|movies|features)\b")
GENRE_SIMILARITY = 0.8
"""Least likeness to a known word, 1 − edit distance ÷ length of the longer, to take an unknown word for it."""


def _edit_distance(left: str, right: str) -> int:
    """Return the least number of inserted, deleted and replaced letters (Wagner and Fischer, 1974)."""
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(right, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != other))
    return row[-1]


def similarity(left: str, right: str) -> float:
    """Return the likeness of two texts, 0–1: 1 − edit distance ÷ length of the longer."""
    longer = max(len(left), len(right))
    return 1.0 if longer == 0 else 1 - _edit_distance(left, right) / longer


@lru_cache(maxsize=4096)
def genres_of_word(word: str) -> tuple[Genre, ...] | None:
    """Return the canonical genres a source's word stands for, () for none of them, None for an unknown word."""
    plain = " ".join(_words(word.replace("&", " and ")))
    for form in (plain, " ".join(_NOISE.sub(" ", plain).split())):
        if form in _GENRE_WORDS:
            return _GENRE_WORDS[form]
    if not plain:
        return ()
    best = max(_GENRE_WORDS, key=lambda known: similarity(plain, known))
    return _GENRE_WORDS[best] if similarity(plain, best) >= GENRE_SIMILARITY else None


def canonical_genres(words: Iterable[str]) -> tuple[tuple[Genre, ...], tuple[str, ...]]:
    """Return the canonical genres of a source's words in order, without repeats, and the words nobody knows."""
    genres: dict[Genre, None] = {}
    unknown: list[str] = []
    for word in words:
        found = genres_of_word(word)
        if found is None:
            unknown.append(word)
        else:
            genres.update(dict.fromkeys(found))
    return tuple(genres), tuple(unknown)


@dataclass(frozen=True, slots=True)
class Certificate:
    """An age mark: scheme, mark as printed, least age in years."""

    scheme: str
    code: str
    minimum_age: int


_CERTIFICATES = {
    **{
        code: Certificate("MPA", code, age)
        for code, age in {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18}.items()
    },
    **{
        code: Certificate("TVPG", code, age)
        for code, age in {
            "TV-Y": 0,
            "TV-G": 0,
            "TV-Y7": 7,
            "TV-Y7-FV": 7,
            "TV-PG": 8,
            "TV-14": 14,
            "TV-MA": 17,
        }.items()
    },
    **{
        code: Certificate("Prime Video", f"{age}+" if age else "ALL", age)
        for code, age in {
            "ALL": 0,
            "ALL_AGES": 0,
            "7+": 7,
            "13+": 13,
            "16+": 16,
            "18+": 18,
            "16": 16,
            "AGES_16_": 16,
            "AGES_18_": 18,
        }.items()
    },
}


def certificate(mark: str) -> Certificate | None:
    """Return what a mark used in the United States means, None for unrated and for what is no mark."""
    return _CERTIFICATES.get(mark.strip().upper())


@dataclass(frozen=True, slots=True)
class Length:
    """Minutes of a film, or seasons of a series."""

    minutes: int | None = None
    seasons: int | None = None


def parse_length(text: str) -> Length:
    """Return what `110 min` or `2 Seasons` says; empty when it says neither, or nothing above 0."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*(min(?:utes|s)?|seasons?)\.?\s*", text, re.IGNORECASE | re.ASCII)
    if match is None or int(match[1]) == 0:
        return Length()
    number = int(match[1])
    return Length(minutes=number) if match[2].lower().startswith("min") else Length(seasons=number)


def imdb_title_id(text: str) -> str | None:
    """Return `0114709`, `114709` or `tt0114709` as `tt0114709`; None for anything else."""
    match = re.fullmatch(r"(?:tt)?0*([1-9]\d{0,8})", text.strip(), re.ASCII)
    return None if match is None else f"tt{match[1]:0>7}"


def weighted_rating(average: float, votes: int, *, mean: float, prior_votes: float) -> float:
    """Return the Bayesian mean of a rating: as if `prior_votes` more people had voted `mean`.

    Source: the formula IMDb published for its Top 250, WR = v/(v+m)·R + m/(v+m)·C.
    """
    if votes < 0 or prior_votes < 0:
        raise ValueError("votes cannot be negative")
    total = votes + prior_votes
    return round((votes * average + prior_votes * mean) / total, 4) if total else mean


def popularity(count: float, *, top: float) -> float:
    """Return 0–100 for how many looked at or voted for something; `top` or more is 100, steps are logarithmic."""
    if count <= 0:
        return 0.0
    return round(min(100.0, 100 * math.log1p(count) / math.log1p(top)), 2)
