"""The power goes at any moment: the database opens clean, with all that was acknowledged before."""

import os
import random
import shutil
import time
from pathlib import Path

import pytest
from tests.support.server import Server
from tests.support.traced import Answered, Change, Disk, Event, copied, events_in, tracing, wait_for_end
from tests.support.writers import PATIENCE, Acknowledged, Writer, all_acknowledged, kept_in, writing_to

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm")]
CUTS, SEED = int(os.environ.get("POWER_CUTS", "20")), int(os.environ.get("POWER_SEED", "5"))
DATABASE = ("company.db", "company.db-wal")
COMPANY = Path("companies") / "acme"


def written(server: Server, token: str, log: Path, times: int) -> tuple[list[Event], Acknowledged]:
    """Let three programs write so many things at least; what happened, and what they were told."""
    server.under = tracing(log)
    with writing_to(server, 3, token) as writers:
        wait_until_written(writers, times)
    server.stop()
    wait_for_end(log)
    return events_in(log), all_acknowledged(writers)


def wait_until_written(writers: list[Writer], times: int) -> None:
    end = time.monotonic() + PATIENCE + times
    while time.monotonic() < end and len(all_acknowledged(writers)) < times:
        time.sleep(0.05)


def moments(events: list[Event], chance: random.Random) -> dict[int, random.Random | None]:
    """When the power goes.

    Half the cuts come at an acknowledgement, with nothing on the disk that was not synced; half at any write, with
    whatever of it.
    """
    answers = [n for n, event in enumerate(events) if isinstance(event, Answered)]
    writes = [n for n, event in enumerate(events) if isinstance(event, Change) and event.path.endswith(DATABASE)]
    told: dict[int, random.Random | None] = dict.fromkeys(chance.sample(answers, CUTS // 2))
    return told | dict.fromkeys(chance.sample(writes, CUTS - CUTS // 2), chance)


def test_what_was_acknowledged_is_whole_on_the_disk_whenever_the_power_goes(server: Server, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        raise RuntimeError("strace is missing: run the tests with `sh installer/test.sh`")
    token = server.token("owner")  # written before the copy, which must be what the traced server begins with
    base, scene = copied(server.data, tmp_path / "before"), tmp_path / "cut"
    events, told = written(server, token, tmp_path / "trace", max(CUTS, 40))
    answered = {(event.what, event.id) for event in events if isinstance(event, Answered)}
    assert set(told.values()) <= answered, "every acknowledgement was seen on its way out"
    disk, so_far = Disk(base / COMPANY, DATABASE), set[tuple[str, int]]()
    cuts = moments(events, random.Random(SEED))  # noqa: S311 moments to cut at are no secrets
    for n, event in enumerate(events):
        disk.happen(event)
        so_far |= {(event.what, event.id)} if isinstance(event, Answered) else set()
        if n in cuts:
            disk.cut(copied(base, scene) / COMPANY, cuts[n])
            kept = set(kept_in(scene).values())
            assert so_far <= kept, f"acknowledged and not on the disk after event {n}: {so_far - kept}"
    assert len(cuts) == CUTS
    print(f"{CUTS} images, {len(told)} acknowledged writes")
