"""Where a run keeps what it makes: data, keys, schemas, logs, results. Nothing of it is kept under version control."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
WORKSPACE: Final = ROOT / "build" / "bench"
PEERS: Final = ROOT / "benchmarks" / "peers"

DATA: Final = WORKSPACE / "data.json"
KEY: Final = WORKSPACE / "jwt-private-key.pem"
SINGLE_SDL: Final = WORKSPACE / "single.graphql"
FANOUT_SDL: Final = WORKSPACE / "fanout.graphql"
