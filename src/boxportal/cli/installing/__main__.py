"""`python3 -m boxportal.cli.installing`: look, ask and agree, before the program and its libraries are installed.

`installer/install.sh` starts it out of the checkout. Exit code 0 means: go on; 100: there is nothing to do.
"""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from boxportal.cli.installing.asking import Wish, agree
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.refused import Refused
from boxportal.cli.installing.talk import Talk

NOTHING_TO_DO = 100


def wish_of(arguments: list[str]) -> tuple[Wish, str]:
    """Read the options of `installer/install.sh`."""
    parser = argparse.ArgumentParser(prog="install.sh", add_help=False, allow_abbrev=False)
    parser.add_argument("--version", default="0")
    parser.add_argument("--answers", type=Path)
    parser.add_argument("--write-answers", type=Path, dest="save")
    parser.add_argument("--tls", default="")
    for flag in ("--no-input", "--yes", "--dry-run", "--force-os"):
        parser.add_argument(flag, action="store_true")
    read = vars(parser.parse_args(arguments))
    version = str(read.pop("version"))
    return Wish(**read), version


def main() -> NoReturn:
    """Agree with whoever installs; what was agreed stands in the journal then."""
    talk = Talk()
    wish, version = wish_of(sys.argv[1:])
    try:
        journal = agree(talk, wish, Places(), version)
    except Refused as refused:
        for line in refused.lines:
            print(line, file=sys.stderr)  # noqa: T201 the program's output
        raise SystemExit(refused.code) from None
    if journal is not None:
        talk.write_to(Places().log)
    raise SystemExit(0 if journal is not None else NOTHING_TO_DO)


if __name__ == "__main__":
    main()
