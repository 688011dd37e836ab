"""A little of the real data, where the shared folder is: the formats are what the readers think they are."""

import os
import tarfile
from pathlib import Path

import pytest

from datasources.postgres.engine import Database
from resolvers.ingest.run import run

PACK = Path(os.environ.get("MEDIA_GATEWAY_SHARED", "../shared")) / "data" / "pack_dev.tar.xz"
pytestmark = pytest.mark.skipif(not PACK.is_file(), reason="the shared folder (MEDIA_GATEWAY_SHARED) is not here")
WANTED = ("platform_csv/disney_plus_titles.csv", "justwatch/us/2023-04-06/appletv/", "movielens/ml-latest-small/")


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pack with what these tests need."""
    target = tmp_path_factory.mktemp("pack")
    with tarfile.open(PACK) as archive:
        members = [member for member in archive if any(wanted in member.name for wanted in WANTED)]
        archive.extractall(target, members, filter="data")
    return next(path.parent for path in target.rglob("movielens"))


@pytest.mark.parametrize(
    ("source", "folder", "least"),
    [
        ("platform-csv", "platform_csv", 1000),
        ("justwatch", "justwatch", 1400),
        ("movielens", "movielens/ml-latest-small", 60_000),
    ],
)
async def test_real_files_are_understood_to_the_last_row(
    source: str, folder: str, least: int, pack: Path, database: Database, quiet: object
) -> None:
    report = await run(database, source, pack / folder, quiet)  # type: ignore[arg-type]
    assert report.seen >= least
    assert report.rejected == 0
    assert report.created >= least * 0.9
