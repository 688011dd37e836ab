"""Countries and languages as sources write them, in ISO codes. The names are Debian's iso-codes, through pycountry."""

from functools import cache

import pycountry

# Names that ISO writes differently, and states that are part of another one now.
_NAMES = {
    "bolivia": "BO",
    "cape verde": "CV",
    "czech republic": "CZ",
    "east germany": "DE",
    "iran": "IR",
    "ivory coast": "CI",
    "macau": "MO",
    "moldova": "MD",
    "north korea": "KP",
    "palestine": "PS",
    "russia": "RU",
    "south korea": "KR",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "tanzania": "TZ",
    "turkey": "TR",
    "united states of america": "US",
    "vatican city": "VA",
    "venezuela": "VE",
    "vietnam": "VN",
    "west germany": "DE",
}
# Where one language is meant when a name is given for a country.
_LANGUAGES = {
    language: regions.split()
    for language, regions in {
        "ar": "AE BH DZ EG IQ JO KW LB LY MA OM QA SA SD SY TN YE",
        "bg": "BG",
        "cs": "CZ",
        "da": "DK",
        "de": "AT DE LI",
        "el": "CY GR",
        "en": "AU CA GB IE NZ US ZA",
        "es": "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE",
        "et": "EE",
        "fa": "IR",
        "fi": "FI",
        "fr": "FR MC",
        "he": "IL",
        "hr": "HR",
        "hu": "HU",
        "id": "ID",
        "is": "IS",
        "it": "IT SM VA",
        "ja": "JP",
        "ka": "GE",
        "ko": "KP KR",
        "lt": "LT",
        "lv": "LV",
        "mn": "MN",
        "nb": "NO",
        "nl": "NL",
        "pl": "PL",
        "pt": "AO BR MZ PT",
        "ro": "MD RO",
        "ru": "RU",
        "sk": "SK",
        "sl": "SI",
        "sq": "AL",
        "sr": "RS",
        "sv": "SE",
        "th": "TH",
        "tr": "TR",
        "uk": "UA",
        "vi": "VN",
        "zh": "CN HK MO SG TW",
    }.items()
}
_LANGUAGE_OF_REGION = {region: language for language, regions in _LANGUAGES.items() for region in regions}
UNDETERMINED = "und"
"""The language nobody named (ISO 639-2, BCP 47)."""


@cache
def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country's name or code, None for what is no country of today."""
    known = _NAMES.get(text.strip().lower())
    if known is not None:
        return known
    try:
        return str(pycountry.countries.lookup(text.strip()).alpha_2)
    except LookupError:
        return None


@cache
def language_code(text: str) -> str | None:
    """Return a language code as BCP 47 wants it (two letters where there are two), None for what is none."""
    code = text.strip().lower()
    language = pycountry.languages.get(**{"alpha_2" if len(code) == 2 else "alpha_3": code}) if code else None
    return None if language is None else str(getattr(language, "alpha_2", None) or language.alpha_3)


def language_of_region(region: str | None) -> str:
    """Return the language a name is in that is given for a country, `und` where that is not clear."""
    return _LANGUAGE_OF_REGION.get(region or "", UNDETERMINED)
