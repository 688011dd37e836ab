"""Choosing among texts in several languages."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.texts import best_text, of_languages


@dataclass(frozen=True, slots=True)
class Text:
    language: str
    region: str | None = None


languages = st.sampled_from(["en", "pt", "de", "zh", "zh-Hant", "zh-Hans", "sr-Latn", "pt-BR", "und"])
regions = st.none() | st.sampled_from(["BR", "PT", "US", "TW"])
texts = st.lists(st.builds(Text, languages, regions), max_size=6)
tags = st.sampled_from(
    ["en", "EN", "pt", "pt-BR", "pt-br", "zh", "zh-Hant", "zh-Hant-TW", "zh-TW", "es-419", "sr-Latn-RS"]
)


@given(texts, tags)
def test_the_best_text_is_one_of_the_language_or_none(known: list[Text], tag: str) -> None:
    primary = tag.split("-", maxsplit=1)[0].lower()
    same = [text for text in known if text.language.split("-")[0] == primary]
    best = best_text(known, tag)
    assert (best in same) if same else (best is None)


@given(texts, tags)
def test_an_exact_text_always_wins(known: list[Text], tag: str) -> None:
    primary, *rest = tag.split("-")
    exact = Text("-".join([primary.lower(), *(part.title() for part in rest if len(part) == 4)]))
    region = next((part.upper() for part in rest if len(part) in {2, 3}), None)
    wanted = Text(exact.language, region)
    best = best_text([*known, wanted], tag)
    assert best is not None
    assert (best.language, best.region) == (wanted.language, region) or best.language.endswith(f"-{region}")


@pytest.mark.parametrize(
    ("known", "tag", "best"),
    [
        ([Text("pt"), Text("pt", "BR")], "pt-BR", Text("pt", "BR")),
        ([Text("pt", "PT"), Text("pt")], "pt-BR", Text("pt")),
        ([Text("pt", "PT"), Text("en")], "pt-BR", Text("pt", "PT")),
        ([Text("pt", "BR"), Text("pt")], "pt", Text("pt")),
        ([Text("pt", "PT"), Text("pt", "BR")], "pt", Text("pt", "PT")),
        ([Text("pt-BR")], "pt-br", Text("pt-BR")),
        ([Text("zh-Hans"), Text("zh-Hant")], "zh-Hant-TW", Text("zh-Hant")),
        ([Text("zh-Hans"), Text("zh-Hant", "HK")], "zh-Hant-TW", Text("zh-Hant", "HK")),
        ([Text("zh-Hans"), Text("zh")], "zh-Hant", Text("zh-Hans")),
        ([Text("zh-Hans", "CN"), Text("zh")], "zh-Hant", Text("zh")),
        ([Text("es", "419")], "es-419", Text("es", "419")),
        ([Text("en")], "de", None),
        ([], "de", None),
    ],
)
def test_order_of_the_lookup(known: list[Text], tag: str, best: Text | None) -> None:
    assert best_text(known, tag) == best


@given(texts, st.lists(tags, max_size=3))
def test_filtering_keeps_order_and_takes_nothing_foreign(known: list[Text], wanted: list[str]) -> None:
    found = of_languages(known, wanted)
    places = [place for place, text in enumerate(known) if any(text is one for one in found)]
    assert [known[place] for place in places] == found
    assert {text.language.split("-")[0] for text in found} <= {tag.split("-")[0].lower() for tag in wanted}


def test_a_language_takes_its_regions_and_a_region_only_itself() -> None:
    known = [Text("pt"), Text("pt", "BR"), Text("pt-PT"), Text("en")]
    assert of_languages(known, None) == known
    assert of_languages(known, []) == []
    assert of_languages(known, ["pt"]) == known[:3]
    assert of_languages(known, ["PT-br"]) == [Text("pt", "BR")]
    assert of_languages(known, ["pt-PT", "en"]) == known[2:]
