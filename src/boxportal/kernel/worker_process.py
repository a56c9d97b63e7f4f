"""The other end of a worker: a program that does one piece of work within its limits, and ends.

`python -m boxportal.kernel.worker_process TARGET SECONDS MEMORY_MB`, payload on standard input, result on standard
output. It imports nothing but what the work needs.
"""

import json
import math
import os
import pkgutil
import resource
import signal
import sys

from boxportal.sdk.worker import WorkRefused

DONE = 0
REFUSED = 3
OUT_OF_MEMORY = 4

_LARGEST_FILE = 256 * 1024 * 1024
_NICER = 5


def main(target: str, seconds: float, memory_mb: int) -> int:
    """Do the work; the exit code says how it ended. An error that is no refusal ends the program as Python does."""
    _limit(seconds, memory_mb)
    # What libraries print goes to the log, not into the result.
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)
        code, result = _work(target, sys.stdin.buffer.read())
        answer.write(result)
    return code


def _work(target: str, payload: bytes) -> tuple[int, bytes]:
    try:
        return DONE, pkgutil.resolve_name(target)(payload)
    except WorkRefused as refusal:
        return REFUSED, json.dumps({"text": refusal.text.message, "values": dict(refusal.text.values)}).encode()
    except MemoryError:
        return OUT_OF_MEMORY, b""


def _limit(seconds: float, memory_mb: int) -> None:
    """Set what the system holds us to; the alarm ends us too when nobody is left to do it."""
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds) + 1, math.ceil(seconds) + 2))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)
    os.nice(_NICER)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
