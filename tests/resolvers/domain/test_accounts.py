"""Rules for addresses, passwords and names; ratings and age limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain import ratings
from resolvers.domain.accounts import clean_capabilities, clean_name, new_password, normalized_email
from resolvers.domain.age_limits import is_allowed, limit_mark
from resolvers.domain.errors import BadUserInput


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Ada@Example.ORG ", "ada@example.org"),
        ("o'hara+tv@mail.example.co.uk", "o'hara+tv@mail.example.co.uk"),
        ("jürgen@müller.example", "jürgen@müller.example"),
        ("a@b.xn--p1ai", "a@b.xn--p1ai"),
    ],
)
def test_addresses(text: str, email: str) -> None:
    assert normalized_email(text) == email


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@localhost",
        "ada@@example.org",
        "ada lovelace@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "a..b@example.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@example-.org",
        "ada@192.168.0.1",
        "ada@[192.168.0.1]",
        "ada@under_score.org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 64 + ".org",
        "ada@" + "a." * 130 + "org",
        "ada\x00@example.org",
        "ada\u200b@example.org",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadUserInput):
        normalized_email(text)


@given(st.text(max_size=40) | st.emails())
def test_normalizing_twice_changes_nothing(text: str) -> None:
    try:
        email = normalized_email(text)
    except BadUserInput:
        return
    assert normalized_email(email) == email


def test_passwords_are_counted_in_characters() -> None:
    assert new_password("ä" * 10) == "ä" * 10
    assert new_password("a\u0308" * 10) == "ä" * 10, "typed on another keyboard"
    assert len(new_password("x" * 128)) == 128
    for text in ("x" * 9, "x" * 129, ""):
        with pytest.raises(BadUserInput):
            new_password(text)


def test_names() -> None:
    assert clean_name("  Ada \n Lovelace ") == "Ada Lovelace"
    for text in ("", " \t", "x" * 101, "a\x00b"):
        with pytest.raises(BadUserInput):
            clean_name(text)


def test_capabilities() -> None:
    assert clean_capabilities(None) == []
    assert clean_capabilities(["Play", "pause", "play "]) == ["play", "pause"]
    for words in (["hand off"], [""], [f"c{number}" for number in range(21)]):
        with pytest.raises(BadUserInput):
            clean_capabilities(words)


@given(st.integers(1, 20))
def test_half_steps_are_ratings(halves: int) -> None:
    assert ratings.checked(halves / 2) == halves / 2


@pytest.mark.parametrize("value", [0, 0.4, 10.5, -1, 3.3, float("nan"), float("inf")])
def test_what_is_no_rating(value: float) -> None:
    with pytest.raises(BadUserInput):
        ratings.checked(value)


@pytest.mark.parametrize(
    ("limit", "region", "mark"),
    [
        (None, "DE", None),
        (12, "DE", "FSK 12"),
        (15, "DE", "FSK 12"),
        (0, "DE", "FSK 0"),
        (13, "US", "MPA PG-13"),
        (12, "GB", "BBFC 12A"),
        (3, "GB", None),
        (12, "FR", None),
    ],
)
def test_limits_as_regions_write_them(limit: int | None, region: str, mark: str | None) -> None:
    assert limit_mark(limit, region) == mark


def test_what_a_limit_allows() -> None:
    assert is_allowed(None, None)
    assert is_allowed(12, 12)
    assert not is_allowed(13, 12)
    assert not is_allowed(None, 18), "nobody rated it"
