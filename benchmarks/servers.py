"""Starts the servers that are measured, each a process of its own on a free port, and stops them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300  # machines may be very busy
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    pid: int
    port: int
    started_in: float

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_mb(self) -> float:
        """Resident memory now, in MB of 10^6 bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def portal(data: Path, *, page: str = "/healthz", threads: int = 0, settings: str = "") -> Iterator[Server]:
    """`boxportal serve`, as a user starts it; ready when `page` is answered. `settings` are more lines of its box."""
    port = free_port()
    write_settings(data, threads, settings)
    command = ["-m", "boxportal", "--data", str(data), "serve", "--port", str(port)]
    with running(command, port, page) as server:
        yield server


@contextmanager
def bare(*arguments: str, threads: int = 0, page: str = "/healthz") -> Iterator[Server]:
    """The bare server of `benchmarks.bare`."""
    port = free_port()
    chosen = ["--threads", str(threads)] if threads else []
    with running(["-m", "benchmarks.bare", "--port", str(port), *arguments, *chosen], port, page) as server:
        yield server


def write_settings(data: Path, threads: int, settings: str) -> None:
    """Set the box's number of threads, or leave the product's own; the API's rate limit is off."""
    chosen = f"threads = {threads}\n" if threads else ""
    (data / "boxportal.toml").write_text(f"[box]\napi_per_minute = 0\n{chosen}{settings}", "utf-8")


@contextmanager
def running(command: Sequence[str], port: int, page: str) -> Iterator[Server]:
    begun = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(process, port, page)
            yield Server(process.pid, port, time.perf_counter() - begun)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(process: subprocess.Popen[bytes], port: int, page: str) -> None:
    """Raises: RuntimeError when the server ends, or does not answer in time."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", page)
            if connection.getresponse().status < 400:
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise RuntimeError(f"the server did not answer within {START_SECONDS} s")
