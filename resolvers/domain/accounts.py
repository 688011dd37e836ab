"""What an account may be called and guarded with."""

import re
from unicodedata import category, normalize

from resolvers.domain.errors import BadUserInput
from resolvers.domain.viewer import Role

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
_LONGEST_EMAIL = 254
_LONGEST_LOCAL = 64
_LONGEST_NAME = 100

_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*")
_LABEL = re.compile(r"\w([\w-]{0,61}\w)?")

DEVICE_LIMITS = {Role.USER: 2, Role.PREMIUM: 10, Role.PARTNER: 10, Role.ADMIN: 10}
"""How many devices an account may have."""


def normalized_email(text: str) -> str:
    """Return the address as we keep and compare it: without outer spaces, in small letters (NFC).

    Raises BadUserInput unless it has the form of an address that a mail server takes. Source: RFC 5321, sections 2.3.11
    and 4.5.3.1, without quoted local parts and address literals, which hardly anybody has.
    """
    email = normalize("NFC", text.strip()).lower()
    local, _, domain = email.rpartition("@")
    labels = domain.split(".")
    if (
        len(email.encode()) > _LONGEST_EMAIL
        or len(local.encode()) > _LONGEST_LOCAL
        or _LOCAL.fullmatch(local) is None
        or len(labels) < 2
        or any(_LABEL.fullmatch(label) is None or "_" in label for label in labels)
        or labels[-1].isdigit()
        or any(category(character) in {"Cc", "Cf"} for character in email)
    ):
        raise BadUserInput("This is not an e-mail address; it has the form name@example.org.")
    return email


def normalized_password(text: str) -> str:
    """Return the password as it is hashed (NFKC: the same keys give the same password on every device)."""
    return normalize("NFKC", text)


def new_password(text: str) -> str:
    """Return a password for hashing; raise BadUserInput unless it has 10–128 characters. Source: NIST SP 800-63B."""
    password = normalized_password(text)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadUserInput(
            f"The password has {len(password)} characters, but needs {SHORTEST_PASSWORD}–{LONGEST_PASSWORD}; "
            "a few words make a good one."
        )
    return password


def clean_name(text: str, *, what: str = "name") -> str:
    """Return a name with single spaces; raise BadUserInput unless 1–100 visible characters are left."""
    name = " ".join(normalize("NFC", text).split())
    if not 0 < len(name) <= _LONGEST_NAME or any(category(character) == "Cc" for character in name):
        raise BadUserInput(f"The {what} has {len(name)} characters, but needs 1–{_LONGEST_NAME}, all of them visible.")
    return name


def clean_capabilities(values: list[str] | None) -> list[str]:
    """Return what a device can be told to do, e.g. `play`; raise BadUserInput for more than 20 or odd words."""
    words = list(dict.fromkeys(value.strip().lower() for value in values or ()))
    if len(words) > 20 or any(re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", word) is None for word in words):
        raise BadUserInput("A device has at most 20 capabilities, each one word such as play, pause or seek.")
    return words
