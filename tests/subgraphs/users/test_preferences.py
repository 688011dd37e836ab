"""Preferences in the graph: what stays, what is reset, and which write wins."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from resolvers.context import Context
from resolvers.domain.errors import Unauthenticated
from resolvers.users.preferences import subscribed_platforms, viewer_region
from tests.subgraphs.users.conftest import Clock, Session

FIELDS = """
  region language audioLanguages subtitleLanguages platforms { id } favoriteGenres avoidedGenres moods
  autoplay personalization notifications revision stamps { key stamp }
"""
UPDATE = f"""
mutation ($input: UpdatePreferencesInput!) {{
  updatePreferences(input: $input) {{ revision stamp preferences {{ {FIELDS} }} }}
}}
"""
ME = f"{{ me {{ preferences {{ {FIELDS} }} }} }}"


async def update(somebody: Session, **input_: object) -> dict:
    return (await somebody.data(UPDATE, input=input_))["updatePreferences"]


async def test_defaults(ada: Session) -> None:
    found = (await ada.data(ME))["me"]["preferences"]
    assert (found["region"], found["platforms"], found["moods"]) == (None, [], [])
    assert (found["autoplay"], found["personalization"], found["notifications"]) == (True, True, True)
    assert (found["revision"], found["stamps"]) == ("0", [])


async def test_omitted_stays_and_null_resets(ada: Session, platform_ids: list[str]) -> None:
    everything = {
        "region": "DE",
        "language": "de",
        "audioLanguages": ["de", "en", "de"],
        "subtitleLanguages": ["en"],
        "platformIds": [platform_ids[1].upper(), platform_ids[0]],
        "favoriteGenres": ["DRAMA", "WAR"],
        "avoidedGenres": ["HORROR"],
        "moods": ["Cozy ", "mind-bending"],
        "autoplay": False,
        "personalization": False,
        "notifications": False,
    }
    written = (await update(ada, **everything))["preferences"]
    assert written["audioLanguages"] == ["de", "en"]
    assert [platform["id"] for platform in written["platforms"]] == platform_ids[::-1]
    assert (written["favoriteGenres"], written["moods"]) == (["DRAMA", "WAR"], ["cozy", "mind-bending"])
    assert written["autoplay"] is False
    assert len(written["stamps"]) == len(everything)
    after = await update(ada, region=None, moods=None, autoplay=None)
    kept = {**written, "region": None, "moods": [], "autoplay": True}
    for found in (after["preferences"], (await ada.data(ME))["me"]["preferences"]):
        assert {k: v for k, v in found.items() if k not in {"revision", "stamps"}} == {
            k: v for k, v in kept.items() if k not in {"revision", "stamps"}
        }
        assert found["revision"] == after["revision"] == "2"


async def test_the_later_decision_stays_whichever_arrives_first(ada: Session, clock: Clock) -> None:
    await update(ada, region="DE", stamp=clock.stamp("tv"))
    late = await update(ada, region="FR", language="fr", stamp=clock.stamp("phone", seconds=-5))
    assert (late["preferences"]["region"], late["preferences"]["language"]) == ("DE", "fr")
    stamps = {entry["key"]: entry["stamp"] for entry in late["preferences"]["stamps"]}
    assert stamps == {"region": clock.stamp("tv"), "language": clock.stamp("phone", seconds=-5)}
    nothing = await update(ada, region="IT", stamp=clock.stamp("phone", seconds=-9))
    assert nothing["revision"] == late["revision"]


@pytest.mark.parametrize(
    ("input_", "code"),
    [
        ({"platformIds": [str(uuid4())]}, "NOT_FOUND"),
        ({"platformIds": ["netflix"]}, "BAD_USER_INPUT"),
        ({"region": "ZZ"}, "BAD_USER_INPUT"),
        ({"moods": [""]}, "BAD_USER_INPUT"),
        ({"moods": [f"mood {number}" for number in range(51)]}, "BAD_USER_INPUT"),
        ({"favoriteGenres": ["WAR"], "avoidedGenres": ["WAR"]}, "BAD_USER_INPUT"),
        ({"deviceId": str(uuid4())}, "NOT_FOUND"),
        ({"stamp": "soon"}, "BAD_USER_INPUT"),
        ({"region": "DE", "stamp": "999999999999999-000000-tv"}, "CLOCK_DRIFT"),
    ],
)
async def test_what_cannot_be_preferred(ada: Session, input_: dict, code: str) -> None:
    assert await ada.code(UPDATE, input=input_) == code


async def test_anonymous_prefers_nothing(anonymous: Session) -> None:
    assert await anonymous.code(UPDATE, input={"region": "DE"}) == "UNAUTHENTICATED"


async def test_platforms_and_region_for_the_other_subgraphs(
    ada: Session, anonymous: Session, platform_ids: list[str], statements: Callable
) -> None:
    assert await viewer_region(anonymous.context()) == "US"
    with pytest.raises(Unauthenticated):
        await subscribed_platforms(anonymous.context())
    assert await viewer_region(ada.context()) == "US"
    await update(ada, region="DE", platformIds=platform_ids)
    context: Context = ada.context()
    with statements() as seen:
        assert await subscribed_platforms(context) == (platform_ids, "DE")
        assert await viewer_region(context) == "DE"
    assert len(seen) == 1
