"""Servers as processes of their own sessions, and the CPU time each session has used."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from benchmarks.workspace import ROOT

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_SESSION, _UTIME, _CSTIME = 3, 11, 14  # fields of /proc/PID/stat behind the name, counted from zero (proc(5))


class NotStartedError(RuntimeError):
    """A server ended or was silent for too long; the message has the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Server:
    """How to start a server; servers that are equal are started once."""

    name: str
    command: tuple[str, ...]
    port: int
    folder: Path = ROOT
    environment: tuple[tuple[str, str], ...] = ()
    ready_path: str | None = "/graphql"
    """Where `{__typename}` is answered; None when only the port tells that it is up."""


@dataclass(slots=True)
class Processes:
    """Started servers, each once; leaving the block ends them all."""

    logs: Path
    _running: dict[Server, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._running.values():
            _signal_group(process, signal.SIGTERM)
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def start(self, server: Server, seconds: float = 60) -> None:
        """Start a server and wait until it answers; raises NotStartedError."""
        if server in self._running:
            return
        if _answers(server):
            raise NotStartedError(f"Something else already listens on port {server.port}.")
        log = self.logs / f"{server.name}.log"
        try:
            with log.open("wb") as output:
                self._running[server] = process = subprocess.Popen(
                    server.command,
                    cwd=server.folder,
                    env={**os.environ, **dict(server.environment)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
        except OSError as error:
            raise NotStartedError(f"{server.command[0]}: {error.strerror}") from error
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            if _answers(server):
                return
            time.sleep(0.1)
        said = log.read_text("utf-8", "replace").strip()[-500:]
        how = f"ended with {process.returncode}" if process.returncode is not None else f"silent for {seconds:.0f} s"
        raise NotStartedError(f"{server.name} {how}: {said}")

    def cpu_seconds(self, servers: tuple[Server, ...]) -> float:
        """Return the CPU time that servers and all their children have used so far, user and system."""
        return _cpu_of_sessions({self._running[server].pid for server in servers})

    def settle(self, servers: tuple[Server, ...], seconds: float = 5) -> None:
        """Wait until servers have nothing left to do, but no longer than `seconds`."""
        end, quiet, last = time.monotonic() + seconds, 0, -1.0
        while time.monotonic() < end and quiet < 3:
            used = self.cpu_seconds(servers)
            quiet = quiet + 1 if used - last < 0.015 else 0
            last = used
            time.sleep(0.05)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _answers(server: Server) -> bool:
    if server.ready_path is None:
        return _listens(server.port)
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{server.port}{server.ready_path}", json={"query": "{__typename}"}, timeout=5
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def _listens(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/publish", timeout=5)
    except httpx.TransportError:
        return False
    return True


def _cpu_of_sessions(sessions: set[int]) -> float:
    ticks = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text("latin-1")
        except OSError:  # it has ended meanwhile
            continue
        fields = stat.rpartition(")")[2].split()
        if int(fields[_SESSION]) in sessions:
            ticks += sum(map(int, fields[_UTIME : _CSTIME + 1]))
    return ticks / _TICKS
