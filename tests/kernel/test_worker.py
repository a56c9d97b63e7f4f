"""Heavy work in a process of its own: its limits hold, its failures are said, and nothing of it stays."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from boxportal.kernel import worker
from boxportal.kernel.worker import PLACES, WAITING, run_in_worker
from boxportal.sdk.errors import Busy
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.worker import RunInWorker, WorkerFailed, WorkRefused

ROOT = Path(__file__).resolve().parents[2]
WORK = "tests.support.work"


@pytest.fixture(autouse=True)
def importable_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "src")]))


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """A file that held work waits for, made at the end at the latest."""
    path = tmp_path / "gate"
    yield path
    path.touch()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Ask until it holds, a bounded time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_work_gives_its_result() -> None:
    run: RunInWorker = run_in_worker
    assert run(f"{WORK}:reversed_bytes", b"abc" * 100_000, seconds=20, memory_mb=256) == b"cba" * 100_000
    assert run(f"{WORK}:reversed_bytes", b"", seconds=20, memory_mb=256) == b""


def test_what_libraries_print_is_not_in_the_result() -> None:
    assert run_in_worker(f"{WORK}:noisy", b"x", seconds=20, memory_mb=256) == b"quiet"


def test_refusal_reaches_the_caller_with_its_values_and_is_not_logged() -> None:
    with capture_logs() as logs, pytest.raises(WorkRefused) as refused:
        run_in_worker(f"{WORK}:refuse", b"", seconds=20, memory_mb=256)
    assert str(refused.value) == "Only 3 of 5 can be taken."
    assert refused.value.text.message == "Only %(some)s of %(all)s can be taken."
    assert logs == []


def test_error_is_logged_with_its_cause_and_told_without_it() -> None:
    with capture_logs() as logs, pytest.raises(WorkerFailed) as failed:
        run_in_worker(f"{WORK}:broken", b"", seconds=20, memory_mb=256)
    assert failed.value.reason == "crash"
    assert "Traceback" not in str(failed.value)
    assert "division" not in str(failed.value)
    assert logs[0]["log_level"] == "warning"
    assert "ZeroDivisionError" in logs[0]["said"]
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("target", ["no.such:thing", f"{WORK}:nothing", "os"])
def test_target_that_is_not_there_fails(target: str) -> None:
    with capture_logs(), pytest.raises(WorkerFailed) as failed:
        run_in_worker(target, b"", seconds=20, memory_mb=256)
    assert failed.value.reason == "crash"


@pytest.mark.parametrize("target", ["sleep_with_a_child", "spin_with_a_child"])
def test_work_that_takes_too_long_is_ended_with_all_it_started(target: str, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    started = time.monotonic()
    with capture_logs() as logs, pytest.raises(WorkerFailed) as failed:
        run_in_worker(f"{WORK}:{target}", str(pids).encode(), seconds=2, memory_mb=256)
    assert time.monotonic() - started < 20
    assert failed.value.reason == "time"
    assert logs[0]["reason"] == "time"
    worker, grandchild = map(int, pids.read_text().split())
    assert wait_for(lambda: not is_running(worker) and not is_running(grandchild))


def test_child_that_outlives_finished_work_is_ended(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    assert run_in_worker(f"{WORK}:leave_a_child", str(pids).encode(), seconds=20, memory_mb=256) == b"done"
    assert wait_for(lambda: not is_running(int(pids.read_text().split()[1])))


def test_work_that_takes_too_much_memory_is_ended() -> None:
    with capture_logs(), pytest.raises(WorkerFailed) as failed:
        run_in_worker(f"{WORK}:eat_memory", b"", seconds=20, memory_mb=128)
    assert failed.value.reason == "memory"
    assert run_in_worker(f"{WORK}:eat_memory", b"", seconds=20, memory_mb=1024) == b"eaten"


@pytest.mark.parametrize("target", ["abort", "fault", "leave_at_once"])
def test_work_that_crashes_is_told_apart(target: str) -> None:
    with capture_logs(), pytest.raises(WorkerFailed) as failed:
        run_in_worker(f"{WORK}:{target}", b"", seconds=20, memory_mb=256)
    assert failed.value.reason == "crash"


def test_result_without_bounds_is_refused() -> None:
    with capture_logs() as logs, pytest.raises(WorkerFailed):
        run_in_worker(f"{WORK}:too_much", b"", seconds=30, memory_mb=1024)
    assert "File too large" in logs[0]["said"]


def test_worker_is_given_no_secrets_and_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXPORTAL_MASTER_KEY", "hidden")
    monkeypatch.setenv("PGPASSWORD", "hidden")
    seen = run_in_worker(f"{WORK}:environment", b"", seconds=20, memory_mb=256).decode()
    assert "hidden" not in seen
    assert "RAYON_NUM_THREADS=1" in seen
    assert "core=0" in seen


def test_only_so_many_run_at_once_and_the_next_hears_that_it_is_busy(gate: Path) -> None:
    with ThreadPoolExecutor(PLACES) as pool:
        held = [
            pool.submit(run_in_worker, f"{WORK}:wait", str(gate).encode(), seconds=30, memory_mb=256)
            for _ in range(PLACES)
        ]
        assert wait_for(lambda: len(list(gate.parent.glob("waiting-*"))) == PLACES)
        with pytest.raises(Busy):
            run_in_worker(f"{WORK}:reversed_bytes", b"x", seconds=0.2, memory_mb=256)
        gate.touch()
        assert [work.result(30) for work in held] == [b"through"] * PLACES
    assert run_in_worker(f"{WORK}:reversed_bytes", b"ab", seconds=20, memory_mb=256) == b"ba"


def test_only_a_few_wait_for_a_place_so_that_threads_are_left_for_pages(gate: Path) -> None:
    with ThreadPoolExecutor(PLACES + WAITING) as pool:
        held = [
            pool.submit(run_in_worker, f"{WORK}:wait", str(gate).encode(), seconds=30, memory_mb=256)
            for _ in range(PLACES + WAITING)
        ]
        assert wait_for(lambda: len(list(gate.parent.glob("waiting-*"))) == PLACES)
        assert wait_for(lambda: worker._waiting._value == 0)  # type: ignore[attr-defined]  # noqa: SLF001
        with pytest.raises(Busy):  # at once: it would wait for an hour
            run_in_worker(f"{WORK}:reversed_bytes", b"x", seconds=3600, memory_mb=256)
        gate.touch()
        assert [work.result(30) for work in held] == [b"through"] * (PLACES + WAITING)


def test_many_threads_get_their_own_results() -> None:
    def work(number: int) -> bytes:
        return run_in_worker(f"{WORK}:reversed_bytes", b"%03d" % number, seconds=60, memory_mb=256)

    with ThreadPoolExecutor(PLACES + WAITING) as pool:
        assert list(pool.map(work, range(100, 124))) == [(b"%03d" % number)[::-1] for number in range(100, 124)]


def test_worker_ends_by_itself_when_the_server_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = (
        "from boxportal.kernel.worker import run_in_worker\n"
        f"run_in_worker('{WORK}:sleep_with_a_child', {str(pids).encode()!r}, seconds=2, memory_mb=256)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as server:
        assert wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        server.send_signal(signal.SIGKILL)
    worker, grandchild = map(int, pids.read_text().split())
    try:
        assert wait_for(lambda: not is_running(worker))
    finally:
        os.kill(grandchild, signal.SIGKILL)


def test_failures_speak_the_readers_language_without_figures_of_ours() -> None:
    said = {reason: str(WorkerFailed(reason)) for reason in ("time", "memory", "crash")}
    assert len(set(said.values())) == len(said)
    with use_locale("en"):
        assert str(WorkerFailed("time")) == "This took too long and was stopped."


def test_waiting_is_left_when_the_place_is_free(gate: Path) -> None:
    results: list[bytes] = []
    with ThreadPoolExecutor(PLACES) as pool:
        held = [
            pool.submit(run_in_worker, f"{WORK}:wait", str(gate).encode(), seconds=30, memory_mb=256)
            for _ in range(PLACES)
        ]
        assert wait_for(lambda: len(list(gate.parent.glob("waiting-*"))) == PLACES)
        third = threading.Thread(
            target=lambda: results.append(run_in_worker(f"{WORK}:reversed_bytes", b"ab", seconds=30, memory_mb=256))
        )
        third.start()
        gate.touch()
        third.join(30)
        assert results == [b"ba"]
        assert all(work.result(30) == b"through" for work in held)
