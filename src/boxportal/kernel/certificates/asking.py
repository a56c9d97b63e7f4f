"""How the server has a certificate signed or taken in: by a process that ends at once."""

import json
from collections.abc import Sequence

from boxportal.kernel.certificates.folder import Folder
from boxportal.kernel.worker import run_in_worker
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.worker import WorkRefused

CHILD = "boxportal.kernel.certificates.child:perform"
SECONDS, MEMORY_MB = 30.0, 512
NO_SOURCE = ("", 0)


def have(act: str, folder: Folder, names: Sequence[str], **more: object) -> None:
    """Have an authority or certificate made: `ensure`, `renew`, `begin` or `end`. It waits: call it from a thread.

    Raises: RuleBroken as `issue` does, WorkerFailed, Busy.
    """
    asked = {"act": act, "settings": str(folder.settings.absolute()), "names": list(names), **more}
    try:
        run_in_worker(CHILD, json.dumps(asked).encode(), seconds=SECONDS, memory_mb=MEMORY_MB)
    except WorkRefused as refused:
        raise RuleBroken(refused.text) from refused


def have_taken(
    folder: Folder, names: Sequence[str], certificate: str, key: str, source: tuple[str, int] = NO_SOURCE
) -> None:
    """Have a certificate with its key taken in.

    Raises: RuleBroken as `given.pair_from` does, WorkerFailed, Busy.
    """
    have("take", folder, names, certificate=certificate, key=key, source=source)
