"""The units: what they start, that they give nothing of the machine away, and what a box tells its own."""

import configparser

import pytest
from tests.installer.machine import FACTS

from boxportal.cli.installing.answers import complete
from boxportal.cli.installing.parts import read_parts
from boxportal.cli.installing.places import STARTED, UNITS
from boxportal.cli.installing.plan import drop_ins
from boxportal.cli.nouns import line_for
from boxportal.kernel.paths import units_folder

SERVICES = [name for name in UNITS if name.endswith(".service")]
GUARDS = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "UMask": "0027",
    "ProtectProc": "invisible", "RestrictSUIDSGID": "yes", "RestrictNamespaces": "yes",
}  # fmt: skip


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]  # names of a unit have capitals
    read.read(units_folder() / name, "utf-8")
    return read


def test_every_unit_that_is_installed_is_there_and_no_other() -> None:
    assert {path.name for path in units_folder().iterdir()} == set(UNITS)
    assert set(STARTED) <= set(UNITS)


@pytest.mark.parametrize("name", SERVICES)
def test_service_runs_a_command_that_there_is_as_its_own_user(name: str) -> None:
    service = unit(name)["Service"]
    program, *words = service["ExecStart"].split()
    assert program == "/opt/boxportal/current/venv/bin/boxportal"
    words = [word for word in words if not word.startswith("-")]
    assert line_for(words[0]) is not None
    assert (service["User"], service["Group"]) == ("boxportal", "boxportal")


@pytest.mark.parametrize("name", SERVICES)
def test_service_gives_nothing_of_the_machine_away(name: str) -> None:
    service = unit(name)["Service"]
    assert {guard: service.get(guard) for guard in GUARDS} == GUARDS


def test_service_tells_when_it_serves_and_needs_the_socket() -> None:
    read = unit("boxportal.service")
    assert read["Service"]["Type"] == "notify"
    assert "boxportal.socket" in read["Unit"]["Requires"]


def test_box_tells_its_units_ports_folders_and_hour() -> None:
    given = {"box.data": "/srv/portal", "backup.dir": "/mnt/disk/portal", "backup.at": "03:15"}
    told = drop_ins(complete(given, FACTS, read_parts()))
    assert told["boxportal.socket"] == "[Socket]\nListenStream=\nListenStream=0.0.0.0:443\nListenStream=0.0.0.0:80\n"
    for service in SERVICES:
        assert "ReadWritePaths=/srv/portal /mnt/disk/portal\n" in told[service]
    assert "OnCalendar=\nOnCalendar=*-*-* 03:15:00\n" in told["boxportal-backup.timer"]
    assert set(told) <= set(UNITS)


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        ({}, (443, 80)),
        ({"box.listen": ["0.0.0.0:8443"]}, (8443,)),
        ({"tls.mode": "proxy"}, (8080,)),
        ({"tls.mode": "off"}, (80,)),
    ],
)
def test_only_needed_ports_are_opened(given: dict[str, object], ports: tuple[int, ...]) -> None:
    assert complete(given, FACTS, read_parts()).ports == ports
