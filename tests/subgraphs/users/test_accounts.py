"""Accounts in the graph: registering, logging in, sessions, devices, and who may see what."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from datasources.postgres.engine import Database
from datasources.sources import Sources
from graph.auth import AccessTokens
from resolvers.domain.viewer import Role
from tests.subgraphs.users.conftest import Clock, Session, new_viewer

PASSWORD = "correct horse battery"
PAYLOAD = """
    accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
    user {
      id email displayName role scopes activeProfile { name isDefault } preferences { region language stamps { key } }
    }
    session { id current expiresAt device { id name kind presence { online } } }
"""
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ {PAYLOAD} }} }}"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ {PAYLOAD} }} }}"
ME = """{ me {
  id email displayName role scopes createdAt
  profiles { id name avatar maxAge hasPin isDefault maxRating(region: "DE") } activeProfile { id }
  devices { id name kind capabilities registeredAt presence { online lastSeenAt playing { id } } }
  sessions { id client current device { id } }
} }"""
REPORT = """mutation ($input: ReportPlaybackInput!) { reportPlayback(input: $input) { playback { device { id } } } }"""


def credentials(**details: object) -> dict:
    return {"email": f"{uuid4().hex}@Example.org", "password": PASSWORD, "displayName": "Ada  Lovelace", **details}


async def test_registering_signs_in(
    anonymous: Session, session: Callable[..., Session], tokens: AccessTokens, clock: Clock
) -> None:
    wanted = credentials(region="DE", language="de-at")
    made = (await anonymous.data(REGISTER, input=wanted))["register"]
    user = made["user"]
    assert (user["email"], user["displayName"]) == (wanted["email"].lower(), "Ada Lovelace")
    assert (user["role"], user["scopes"]) == ("USER", [])
    assert user["activeProfile"] == {"name": "Ada Lovelace", "isDefault": True}
    assert (user["preferences"]["region"], user["preferences"]["language"]) == ("DE", "de-AT")
    assert {stamp["key"] for stamp in user["preferences"]["stamps"]} == {"region", "language"}
    assert made["session"]["current"] is True
    assert made["refreshTokenExpiresAt"] == made["session"]["expiresAt"] == "2026-03-08T18:30:00Z"
    viewer, expires_at = tokens.verify(made["accessToken"], clock())
    assert viewer.user_id == user["id"]
    assert expires_at.isoformat().startswith("2026-03-01T18:45:00")
    assert (await session(viewer).data("{ me { id } }"))["me"]["id"] == user["id"]


async def test_secrets_are_stored_as_hashes(anonymous: Session, database: Database) -> None:
    made = (await anonymous.data(REGISTER, input=credentials()))["register"]
    row = await database.fetchrow(
        "SELECT u.password_hash, s.refresh_hash FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.id = $1",
        made["user"]["id"],
    )
    assert row["password_hash"].startswith("$argon2id$")
    assert len(row["refresh_hash"]) == 32
    assert made["refreshToken"].encode() not in row["refresh_hash"]


async def test_logging_in(
    anonymous: Session, session: Callable[..., Session], tokens: AccessTokens, clock: Clock
) -> None:
    wanted = credentials()
    await anonymous.data(REGISTER, input=wanted)
    clock.advance(hours=1)
    login = {"email": f" {wanted['email'].upper()} ", "password": PASSWORD}
    made = (await anonymous.data(LOGIN, input=login))["login"]
    viewer, _ = tokens.verify(made["accessToken"], clock())
    sessions = (await session(viewer).data(ME))["me"]["sessions"]
    assert [found["current"] for found in sessions] == [True, False]
    assert sessions[0]["id"] == made["session"]["id"]
    clock.advance(days=8)
    assert (await session(viewer).data(ME))["me"]["sessions"] == []


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(anonymous: Session) -> None:
    wanted = credentials()
    await anonymous.data(REGISTER, input=wanted)
    answers = [
        await anonymous.ask(LOGIN, input={"email": email, "password": password})
        for email, password in (
            (wanted["email"], "something else"),
            ("nobody@example.org", PASSWORD),
            ("no address", PASSWORD),
            (wanted["email"], ""),
        )
    ]
    assert {answer["errors"][0]["message"] for answer in answers} == {"E-mail or password is wrong."}
    assert {answer["errors"][0]["extensions"]["code"] for answer in answers} == {"UNAUTHENTICATED"}


async def test_an_address_is_taken_once(anonymous: Session, database: Database) -> None:
    wanted = credentials()
    await anonymous.data(REGISTER, input=wanted)
    assert await anonymous.code(REGISTER, input=wanted | {"email": wanted["email"].upper()}) == "CONFLICT"
    assert await database.fetchval("SELECT count(*) FROM users WHERE email = $1", wanted["email"].lower()) == 1


@pytest.mark.parametrize(
    "details",
    [
        {"email": "ada"},
        {"email": "ada@localhost"},
        {"password": "too short"},
        {"password": "x" * 129},
        {"displayName": "  "},
        {"region": "ZZ"},
        {"device": {"name": "", "kind": "TV"}},
        {"device": {"id": "tv", "name": "TV", "kind": "TV"}},
        {"device": {"name": "TV", "kind": "TV", "capabilities": ["self destruct"]}},
    ],
)
async def test_what_cannot_be_registered(anonymous: Session, details: dict) -> None:
    assert await anonymous.code(REGISTER, input=credentials(**details)) == "BAD_USER_INPUT"


async def test_a_device_comes_with_the_login(
    anonymous: Session, session: Callable[..., Session], tokens: AccessTokens, clock: Clock, title_ids: list[str]
) -> None:
    device = {"id": str(uuid4()).upper(), "name": "Living room", "kind": "TV", "capabilities": ["play", "pause"]}
    made = (await anonymous.data(REGISTER, input=credentials(device=device)))["register"]
    assert made["session"]["device"] == {
        "id": device["id"].lower(),
        "name": "Living room",
        "kind": "TV",
        "presence": {"online": True},
    }
    viewer, _ = tokens.verify(made["accessToken"], clock())
    tv = session(viewer)
    clock.advance(seconds=60)
    playing = {"titleId": title_ids[0], "positionMs": 5, "state": "PLAYING"}
    reported = (await tv.data(REPORT, input=playing))["reportPlayback"]
    assert reported["playback"]["device"]["id"] == viewer.device_id, "the session's device, when none is named"
    (found,) = (await tv.data(ME))["me"]["devices"]
    assert found["presence"]["playing"] == {"id": title_ids[0]}
    assert found["capabilities"] == ["play", "pause"]
    clock.advance(seconds=75)
    (found,) = (await tv.data(ME))["me"]["devices"]
    assert found["presence"]["online"] is True, "the report was a sign of life"
    clock.advance(seconds=1)
    (found,) = (await tv.data(ME))["me"]["devices"]
    assert (found["presence"]["online"], found["presence"]["playing"]) == (False, None)


async def test_a_device_belongs_to_one_account_and_two_are_the_limit(anonymous: Session, database: Database) -> None:
    wanted, device = credentials(), {"id": str(uuid4()), "name": "TV", "kind": "TV"}
    await anonymous.data(REGISTER, input=wanted | {"device": device})
    assert await anonymous.code(REGISTER, input=credentials(device=device)) == "FORBIDDEN"
    login = {"email": wanted["email"], "password": PASSWORD}
    for name in ("Old TV", "New TV"):
        made = (await anonymous.data(LOGIN, input=login | {"device": device | {"name": name}}))["login"]
        assert made["session"]["device"]["name"] == name
    await anonymous.data(LOGIN, input=login | {"device": {"name": "Phone", "kind": "PHONE"}})
    third = login | {"device": {"name": "Tablet", "kind": "TABLET"}}
    assert await anonymous.code(LOGIN, input=third) == "LIMIT_EXCEEDED"
    assert await database.fetchval("SELECT count(*) FROM devices WHERE user_id = $1", made["user"]["id"]) == 2
    await database.execute("UPDATE users SET role = 'PREMIUM' WHERE id = $1", made["user"]["id"])
    await anonymous.data(LOGIN, input=third)
    await database.execute("UPDATE users SET role = 'USER' WHERE id = $1", made["user"]["id"])
    await anonymous.data(LOGIN, input=login | {"device": device})  # one it has had before


async def test_me_needs_somebody(anonymous: Session) -> None:
    assert await anonymous.code("{ me { id } }") == "UNAUTHENTICATED"


async def test_me(sources: Sources, session: Callable[..., Session]) -> None:
    viewer = await new_viewer(sources, role=Role.ADMIN, max_age=12)
    me = (await session(viewer).data(ME))["me"]
    assert (me["role"], me["scopes"]) == ("ADMIN", ["admin:read", "apikeys:manage", "audit:read", "catalog:review"])
    assert me["createdAt"] == "2026-01-01T00:00:00Z"
    assert me["activeProfile"]["id"] == viewer.profile_id
    (profile,) = me["profiles"]
    assert (profile["maxAge"], profile["maxRating"], profile["hasPin"]) == (12, "FSK 12", False)
    assert (me["devices"], me["sessions"]) == ([], [])


ENTITIES = """
query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { id email } } }
"""


async def test_accounts_of_others_are_closed(
    ada: Session, anonymous: Session, sources: Sources, session: Callable[..., Session]
) -> None:
    me = {"__typename": "User", "id": ada.viewer.user_id}
    assert (await ada.data(ENTITIES, representations=[dict(me)]))["_entities"][0]["email"]
    assert await anonymous.code(ENTITIES, representations=[dict(me)]) == "UNAUTHENTICATED"
    ben = session(await new_viewer(sources))
    assert await ben.code(ENTITIES, representations=[dict(me)]) == "FORBIDDEN"
    id_only = ENTITIES.replace(" email", "")
    assert (await ben.data(id_only, representations=[dict(me)]))["_entities"] == [{"id": ada.viewer.user_id}]
