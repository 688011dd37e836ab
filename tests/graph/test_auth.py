"""Access tokens: ours are read back, everybody else's are refused in a way a client can be told."""

import asyncio
import base64
import json
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from graph.auth import AccessTokens, SigningKeyError, bearer_token, load_key
from resolvers.domain.errors import TokenExpired, Unauthenticated
from resolvers.domain.viewer import Role, Viewer
from tests.journeys.client import environment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ISSUER = "media-gateway"
ID = "01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f"
KEY = RSAKey.generate_key(2048, private=True)
KEY.ensure_kid()
OTHER_KEY = RSAKey.generate_key(2048, private=True)
TOKENS = AccessTokens(KEY, ISSUER, timedelta(minutes=15))
VIEWER = Viewer(
    user_id=ID,
    profile_id=ID.replace("0", "1"),
    session_id=ID.replace("0", "2"),
    role=Role.PARTNER,
    scopes=frozenset({"partner:read", "apikeys:manage"}),
    device_id=ID.replace("0", "3"),
)
GONE = object()


def seconds(of: datetime) -> int:
    return int(of.timestamp())


def claims(**changes: Any) -> dict[str, Any]:
    """Claims of a good token with some of them changed, or gone."""
    good = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": ID,
        "sid": ID,
        "profile": ID,
        "role": "USER",
        "scope": "",
        "iat": seconds(NOW),
        "exp": seconds(NOW) + 900,
    }
    return {name: value for name, value in (good | changes).items() if value is not GONE}


def signed(payload: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    return jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": KEY.kid, **header}, payload, key)


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def without_algorithm() -> str:
    return f"{encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': KEY.kid})}.{encoded(claims())}."


def with_the_public_key_as_secret() -> str:
    secret = OctKey.import_key(base64.urlsafe_b64encode(KEY.as_pem(private=False)).decode())
    header = {"alg": "HS256", "typ": "at+jwt", "kid": KEY.kid}
    return jwt.encode(header, claims(), secret, algorithms=["HS256"])


def with_another_payload() -> str:
    head, _, signature = signed(claims()).split(".")
    return f"{head}.{encoded(claims(role='ADMIN'))}.{signature}"


FORGED: dict[str, Callable[[], str]] = {
    "no algorithm": without_algorithm,
    "HS256 with the public key as secret": with_the_public_key_as_secret,
    "another key": lambda: signed(claims(), OTHER_KEY),
    "another payload under our signature": with_another_payload,
    "another kid": lambda: signed(claims(), kid="somebody-else"),
    "no kid": lambda: jwt.encode({"alg": "RS256", "typ": "at+jwt"}, claims(), KEY),
    "a critical header nobody knows": lambda: (
        f"{encoded({'alg': 'RS256', 'typ': 'at+jwt', 'kid': KEY.kid, 'crit': ['x'], 'x': 1})}."
        + signed(claims()).split(".", 1)[1]
    ),
    "another type": lambda: signed(claims(), typ="JWT"),
    "no exp": lambda: signed(claims(exp=GONE)),
    "exp as text": lambda: signed(claims(exp="tomorrow")),
    "exp beyond the calendar": lambda: signed(claims(exp=10**20)),
    "exp beyond any float": lambda: signed(claims(exp=10**400)),
    "no iat": lambda: signed(claims(iat=GONE)),
    "iat in the future": lambda: signed(claims(iat=seconds(NOW) + 3600, exp=seconds(NOW) + 7200)),
    "nbf in the future": lambda: signed(claims(nbf=seconds(NOW) + 3600)),
    "no sub": lambda: signed(claims(sub=GONE)),
    "sub is no UUID": lambda: signed(claims(sub="root")),
    "sub is a number": lambda: signed(claims(sub=7)),
    "no aud": lambda: signed(claims(aud=GONE)),
    "another aud": lambda: signed(claims(aud="elsewhere")),
    "no iss": lambda: signed(claims(iss=GONE)),
    "another iss": lambda: signed(claims(iss="elsewhere")),
    "no session": lambda: signed(claims(sid=GONE)),
    "profile is no UUID": lambda: signed(claims(profile="1")),
    "device is no UUID": lambda: signed(claims(device="tv")),
    "unknown role": lambda: signed(claims(role="ROOT")),
    "role is a list": lambda: signed(claims(role=["ADMIN"])),
    "scope is a list": lambda: signed(claims(scope=["admin:read"])),
    "claims are a list": lambda: f"{encoded({'alg': 'RS256'})}.{encoded([1])}.",
    "header is a list": lambda: f"{encoded([1])}.{encoded(claims())}.{encoded(1)}",
    "nested 100,000 deep": lambda: f"{encoded(1)}{'Wytb' * 100_000}.e30.",
    "huge": lambda: signed(claims(scope="x" * 1_000_000)),
    "huge and not ours": lambda: "x" * 1_000_000,
    "empty": lambda: "",
    "dots": lambda: "...",
    "not ASCII": lambda: "ä.ö.ü",
    "half a surrogate pair": lambda: "\ud800.a.b",
}


def test_a_token_says_who_acts_and_until_when() -> None:
    token, expires = TOKENS.issue(VIEWER, NOW)
    assert TOKENS.verify(token, LATER) == (VIEWER, expires)
    assert expires == NOW + timedelta(minutes=15)


def test_a_viewer_without_device_and_scopes_is_read_back_too() -> None:
    viewer = Viewer(ID, ID, ID, Role.USER)
    assert TOKENS.verify(TOKENS.issue(viewer, NOW)[0], NOW)[0] == viewer


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated, match="sign in again"):
        TOKENS.verify(forge(), NOW)


def test_the_token_the_forgeries_start_from_is_good() -> None:
    assert TOKENS.verify(signed(claims()), NOW)[0].user_id == ID


@pytest.mark.parametrize("ago", [0, 1, 86_400])
def test_a_token_that_was_good_once_has_expired(ago: int) -> None:
    with pytest.raises(TokenExpired):
        TOKENS.verify(signed(claims(exp=seconds(NOW) - ago)), NOW)


def test_a_token_expires_between_two_seconds_too() -> None:
    with pytest.raises(TokenExpired):
        TOKENS.verify(signed(claims(exp=seconds(NOW) + 0.25)), NOW + timedelta(seconds=0.5))


def test_an_expired_token_of_somebody_else_was_never_good() -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(signed(claims(exp=seconds(NOW) - 1), OTHER_KEY), NOW)


def test_a_clock_a_little_ahead_does_no_harm() -> None:
    ahead = signed(claims(iat=seconds(NOW) + 5, nbf=seconds(NOW) + 5))
    assert TOKENS.verify(ahead, NOW)[0].user_id == ID


@given(st.text(max_size=200) | st.lists(st.sampled_from([*signed(claims()).split("."), "e30", ""])).map(".".join))
def test_whatever_is_sent_as_token_is_refused_or_good(text: str) -> None:
    try:
        TOKENS.verify(text, NOW)
    except Unauthenticated:
        pass
    else:
        assert text == signed(claims())


@given(
    st.dictionaries(
        st.sampled_from([*claims(), "nbf", "device", "jti"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=40)
        | st.lists(st.text(), max_size=2),
    )
)
def test_whatever_a_signed_token_claims_only_a_client_error_comes_of_it(changes: dict[str, Any]) -> None:
    token = signed(claims(**changes))
    try:
        viewer, _ = TOKENS.verify(token, NOW)
    except (Unauthenticated, TokenExpired):
        return
    assert len(viewer.user_id) == len(viewer.session_id) == 36


# – the key –


def test_the_key_of_an_installation_is_made_once_and_is_its_owner_s(tmp_path: Path) -> None:
    file = tmp_path / "home" / "key.pem"
    made = load_key(file, create=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_key(file, create=True).kid == made.kid
    assert [path.name for path in file.parent.iterdir()] == ["key.pem"], "no draft is left behind"


async def test_processes_that_start_at_once_use_one_key(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from graph.auth import load_key
print("waiting", flush=True)
sys.stdin.readline()
print(load_key(Path("key.pem"), create=True).kid)
"""
    root = str(Path(__file__).parents[2])
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            script,
            cwd=tmp_path,
            env=environment(tmp_path, PYTHONPATH=root),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"waiting\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    kids = {answer.decode().strip() for answer, _ in answers}
    assert kids == {load_key(tmp_path / "key.pem", create=False).kid}


def test_a_draft_left_by_a_killed_process_is_in_nobody_s_way(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"key.pem.{number}").touch()
        (tmp_path / f".key.pem.{number}").touch()
    assert load_key(tmp_path / "key.pem", create=True).is_private


def test_a_public_key_verifies_and_does_not_sign(tmp_path: Path) -> None:
    file = tmp_path / "public.pem"
    file.write_bytes(KEY.as_pem(private=False))
    reader = AccessTokens(load_key(file, create=False), ISSUER, timedelta(minutes=15))
    token, _ = TOKENS.issue(VIEWER, NOW)
    assert reader.verify(token, LATER)[0] == VIEWER
    assert reader.jwks() == TOKENS.jwks()
    with pytest.raises(SigningKeyError, match="JWT_KEY_FILE"):
        reader.issue(VIEWER, NOW)


def test_the_published_key_has_no_private_part() -> None:
    (published,) = TOKENS.jwks()["keys"]
    assert set(published) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (published["kty"], published["use"], published["alg"]) == ("RSA", "sig", "RS256")
    assert jwt.decode(TOKENS.issue(VIEWER, NOW)[0], RSAKey.import_key(published)).claims["sub"] == ID


def test_the_published_key_of_a_file_has_no_private_part_either(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(KEY.as_pem(private=True))
    (published,) = AccessTokens(load_key(file, create=False), ISSUER, timedelta(1)).jwks()["keys"]
    assert not set(published) & {"d", "p", "q", "dp", "dq", "qi"}


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda: b"", "no RSA key"),
        (lambda: b"hello", "no RSA key"),
        (lambda: KEY.as_pem(private=True)[:300], "no RSA key"),
        (lambda: KEY.as_pem(private=True, password="x"), "password"),
        (lambda: ECKey.generate_key("P-256").as_pem(private=True), "no RSA key"),
        (lambda: RSAKey.generate_key(1024).as_pem(private=True), "1024 bits"),
    ],
    ids=["empty", "text", "cut off", "encrypted", "of a curve", "short"],
)
def test_a_file_that_is_no_good_key_is_named(tmp_path: Path, content: Callable[[], bytes], told: str) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content())
    with pytest.raises(SigningKeyError, match=told) as error:
        load_key(file, create=False)
    assert str(file) in str(error.value)


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match=r"absent\.pem"):
        load_key(tmp_path / "absent.pem", create=False)
    (tmp_path / "file").touch()
    with pytest.raises(SigningKeyError, match="cannot be read or made"):
        load_key(tmp_path / "file" / "key.pem", create=True)


# – the header –


@pytest.mark.parametrize(
    ("header", "token"),
    [(None, None), ("", None), ("  ", None), ("Bearer a.b.c", "a.b.c"), ("bearer   a.b.c ", "a.b.c")],
)
def test_a_bearer_token_is_read(header: str | None, token: str | None) -> None:
    assert bearer_token({} if header is None else {"authorization": header}) == token


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "a.b.c"])
def test_a_header_of_another_form_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated, match="Bearer"):
        bearer_token({"authorization": header})
