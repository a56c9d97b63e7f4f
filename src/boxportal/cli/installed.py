"""How the installed box stands on this machine: its service, its address, the disk."""

import shutil
import subprocess

from boxportal.cli.tables import megabytes
from boxportal.kernel.companies import Box
from boxportal.kernel.config import settings_folder

UNIT = "boxportal.service"
ASKED = ("ActiveState", "MemoryCurrent", "NRestarts")
UNKNOWN = 1 << 62


def state_of_box(box: Box) -> dict[str, object]:
    """The facts for `status`; nothing of a trial, which has no service."""
    if settings_folder(box.data) == box.data:
        return {}
    service, disk = service_state(), shutil.disk_usage(box.data)
    return {
        "service": service.get("ActiveState", "unknown"),
        "restarts": number(service.get("NRestarts", "")),
        "memory_bytes": number(service.get("MemoryCurrent", "")),
        "addresses": [f"{'http' if box.config.tls.mode == 'off' else 'https'}://{n}" for n in box.config.box.names],
        "disk_free_bytes": disk.free,
        "disk_bytes": disk.total,
    }


def service_state() -> dict[str, str]:
    """What the service manager says of the service; nothing where there is none."""
    command = ["systemctl", "show", UNIT, *(f"--property={name}" for name in ASKED)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 as it stands
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in said.stdout.splitlines() if "=" in line)


def number(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) < UNKNOWN else None


def told_box(state: dict[str, object]) -> str:
    """The box's state in words."""
    memory = state["memory_bytes"]
    addresses = state["addresses"] if isinstance(state["addresses"], list) else []
    size = f", {megabytes(memory)}" if isinstance(memory, int) else ""
    again = f", started anew {state['restarts']} times" if state["restarts"] else ""
    return "\n".join([
        f"service: {state['service']}{size}{again}",
        f"opens at: {' '.join(map(str, addresses))}",
        f"disk: {megabytes(int(str(state['disk_free_bytes'])))} free of {megabytes(int(str(state['disk_bytes'])))}",
    ])  # fmt: skip
