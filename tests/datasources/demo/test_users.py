"""The demo's viewers: repeatable, distinct, and never in the future."""

from datetime import UTC, date, datetime

import pytest

from datasources.demo.catalogue import demo_titles
from datasources.demo.users import DEMO_USERS, NO_PASSWORD, TASTES, DemoViewer, affinity, demo_attention, demo_viewers

TODAY = date(2026, 3, 1)
PLATFORMS = {"US": ["netflix", "max"], "DE": ["netflix", "arte"]}


@pytest.fixture(scope="module")
def viewers() -> list[DemoViewer]:
    return demo_viewers(demo_titles(), PLATFORMS, TODAY)


def test_the_same_seed_and_day_make_the_same_viewers(viewers: list[DemoViewer]) -> None:
    assert demo_viewers(demo_titles(), PLATFORMS, TODAY, count=5) == viewers[:8]
    assert demo_viewers(demo_titles(), PLATFORMS, TODAY, count=5, seed=2) != viewers[:8]


def test_there_are_enough_and_only_three_can_sign_in(viewers: list[DemoViewer]) -> None:
    assert len(viewers) >= 120
    assert len({viewer.email for viewer in viewers}) == len(viewers)
    able = [viewer.email for viewer in viewers if viewer.password_hash != NO_PASSWORD]
    assert able == [user["email"] for user in DEMO_USERS]
    without = demo_viewers(demo_titles(), PLATFORMS, TODAY, count=1, passwords=False)
    assert {viewer.password_hash for viewer in without} == {NO_PASSWORD}


def test_everybody_did_something_and_before_today(viewers: list[DemoViewer]) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    for viewer in viewers:
        assert 20 <= len(viewer.ratings) <= 80
        rated = [key for key, _, _ in viewer.ratings]
        listed = [key for key, _ in viewer.watchlist]
        assert len({*rated, *listed}) == len(rated) + len(listed)
        assert all(1 <= value <= 10 and (value * 2).is_integer() for _, value, _ in viewer.ratings)
        instants = (
            [at for _, _, at in viewer.ratings] + [at for _, at, _ in viewer.views] + [p.at for p in viewer.playbacks]
        )
        assert max([*instants, *(at for _, at in viewer.watchlist)]) < midnight
        assert all(0 < playback.position_ms <= playback.duration_ms for playback in viewer.playbacks)
    for viewer in viewers[:3]:
        assert len(viewer.watchlist) >= 20
        assert len(viewer.ratings) >= 60
        assert len([playback for playback in viewer.playbacks if not playback.completed]) >= 3
        assert viewer.platforms


def test_people_like_what_their_taste_likes(viewers: list[DemoViewer]) -> None:
    titles = {title.key: title for title in demo_titles()}
    tastes = {"ada@demo.example": "futures", "ben@demo.example": "underworld", "chi@demo.example": "romance"}
    for viewer in viewers[:3]:
        taste = TASTES[tastes[viewer.email]]
        drawn = sorted(viewer.ratings, key=lambda rating: affinity(taste, titles[rating[0]]))
        third = len(drawn) // 3
        least, most = drawn[:third], drawn[-third:]
        assert sum(value for _, value, _ in most) > sum(value for _, value, _ in least) + third / 2


def test_regions_talk_about_different_titles() -> None:
    rows = demo_attention(demo_titles(), TODAY, days=7)
    by_region = {region: {key for key, _, where, _ in rows if where == region} for region in {row[2] for row in rows}}
    assert len(by_region) >= 6
    assert by_region["JP"] != by_region["US"]
    assert {(TODAY - day).days for _, day, _, _ in rows} == set(range(7))
    assert all(weight > 0 for _, _, _, weight in rows)
