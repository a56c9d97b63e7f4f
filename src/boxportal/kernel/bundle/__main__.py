"""`python3 -m boxportal.kernel.bundle`: what `installer/release.sh` needs where the program is not installed yet.

show FILE                            check the bundle; print version, key and fingerprint as NAME=VALUE
install FILE RELEASES PYTHON [KEYS]  make a release folder; print it. With KEYS only what those keys signed is taken
trust FILE KEYS                      add the key that signed the bundle to a file of trusted keys
"""

import sys
from collections.abc import Callable
from pathlib import Path

from boxportal.kernel.bundle.container import verify
from boxportal.kernel.bundle.manifest import BadBundle, fingerprint
from boxportal.kernel.bundle.release import make_release
from boxportal.kernel.bundle.trust import line_of, read_keys


def show(file: str) -> str:
    head = verify(Path(file), None)
    facts = {
        "version": head.manifest.version,
        "python": head.manifest.python,
        "platform": head.manifest.platform,
        "key": head.key.hex(),
        "fingerprint": fingerprint(head.key),
    }
    return "\n".join(f"{name}={value}" for name, value in facts.items())


def install(file: str, releases: str, python: str, keys: str = "") -> str:
    trusted = read_keys(Path(keys)) if keys else None
    return str(make_release(Path(file), Path(releases), python, trusted).folder)


def trust(file: str, keys: str) -> str:
    key, path = verify(Path(file), None).key, Path(keys)
    if key not in read_keys(path):
        with path.open("a", encoding="utf-8") as known:
            known.write(line_of(key))
        path.chmod(0o644)
    return str(path)


ACTS: dict[str, tuple[Callable[..., str], tuple[int, ...]]] = {
    "show": (show, (1,)),
    "install": (install, (3, 4)),
    "trust": (trust, (2,)),
}


def main(arguments: list[str]) -> int:
    """Run one of the three; 0 when it was done, 1 with the reason on standard error, 2 for another command."""
    verb = arguments[0] if arguments else ""
    if verb not in ACTS or len(arguments) - 1 not in ACTS[verb][1]:
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        sys.stdout.write(f"{ACTS[verb][0](*arguments[1:])}\n")
    except BadBundle as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
