"""An upgrade of real releases whose servers really serve: one that fails and comes back, then one that goes well."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import inspect
from tests.conftest import Template, company_copy
from tests.support.bundles import manifest_of, write_to
from tests.support.live import free_port
from tests.support.releases import NEW, OLD, RealMachine, tree_release

from boxportal.kernel.bundle.keys import SigningKey
from boxportal.kernel.companies import Box
from boxportal.kernel.upgrade import walk
from boxportal.kernel.upgrade.change import Change
from boxportal.kernel.upgrade.journal import Journal, alone
from boxportal.kernel.upgrade.program import VARIABLE, Program
from boxportal.sdk.errors import RolledBack

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.fixture
def machine(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    templates: Callable[[str, tuple[str, ...]], Template],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RealMachine]:
    program = Program(tmp_path / "program")
    program.use(tree_release(program, OLD))
    monkeypatch.setenv(VARIABLE, str(program.root))
    write_to(tmp_path / "new.bundle", tmp_path / "files", manifest_of(tmp_path / "files", NEW), KEY)
    with company_copy("sqlite", request, tmp_path / "data", templates) as (data, _):
        at = f'"127.0.0.1:{free_port()}"'
        (data / "boxportal.toml").write_text(f'[box]\nlisten = {at}\nnames = [{at}]\n[tls]\nmode = "off"\n')
        machine = RealMachine(program, data, tmp_path / "log")
        yield machine
        machine.stop()


def upgrade(machine: RealMachine) -> set[tuple[str, int]]:
    """Upgrade while somebody looks at the sign-in page; what they saw, by the step at which they did."""
    change = Change(machine, Journal(former=OLD, wanted=NEW), lambda *_: None,
                    machine.program.root.parent / "new.bundle", [KEY.public])  # fmt: skip
    seen: set[tuple[str, int]] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            step = change.journal.step
            status = machine.fetch("/login", "not the examiner").status
            if step == change.journal.step:
                seen.add((step, status))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        with alone(machine.program.lock):
            walk.go(change)
    finally:
        over.set()
        looking.join()
    return seen


def tables(machine: RealMachine) -> set[str]:
    company = Box.open(machine.data).get(None)
    with company.engines.reader.connect() as connection:
        found = set(inspect(connection).get_table_names())
    company.engines.dispose()
    return found


@pytest.mark.modules("crm")
def test_ill_release_comes_back_by_itself_and_a_sound_one_serves(machine: RealMachine) -> None:
    machine.restart()
    before = tables(machine)
    machine.ill.append("raise RuntimeError('this release is ill')\n")
    with pytest.raises(RolledBack, match="serves again, with the data as it was"):
        upgrade(machine)
    assert machine.fetch("/login", "").status == 200
    assert machine.program.current().version == OLD
    assert tables(machine) == before
    machine.ill.clear()
    seen = upgrade(machine)
    assert machine.program.current().version == NEW
    assert tables(machine) == before | {"core_probe"}
    assert machine.fetch("/login", "").status == 200
    resting = {status for step, status in seen if step in ("migrate", "switch")}
    assert resting <= {503, 0}
    assert 200 in {status for step, status in seen if step in ("check", "unpack", "load", "rehearse", "backup")}
    assert {status for step, status in seen if step == "health"} <= {503, 0}
