#!/bin/sh
# Install what the tests need, where it is missing, and run them. Arguments go to pytest.
set -eu

usage() {
  cat <<'TEXT'
Usage: sh installer/test.sh [--set-up-only] [PYTEST ARGUMENTS]

Installs chromium, postgresql, slapd, poppler-utils, iproute2 and strace with apt where they are missing (as root or with
sudo), makes a private environment in .venv with the program, its libraries, the test tools and the linters, and runs pytest with the
arguments given; without any: all tests, on two processes (-n 2).

  --set-up-only   install, run nothing

BOXPORTAL_PYTHON names the Python to use (3.11, 3.12 or 3.13); without it one is looked for.
TEXT
}

. "$(dirname "$0")/environment.sh"
sudo=yes

case ${1:-} in -h | --help) usage; exit 0 ;; esac

missing=
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-dejavu-core"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -x /usr/sbin/slapd ] || missing="$missing slapd"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
# shellcheck disable=SC2086 # a list of names
if [ -n "$missing" ]; then install_packages $missing; fi

make_environment dev ".[dev]"

if [ "${1:-}" = --set-up-only ]; then exit 0; fi
if [ $# -eq 0 ]; then set -- -n 2; fi
cd "$root"
echo "Running: pytest $*"
exec "$venv/bin/python" -m pytest "$@"
