#!/bin/sh
# Choose today's versions anew: resolve pyproject.toml in a throw-away environment and write installer/requirements.lock.
set -eu
cd "$(dirname "$0")/.."
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT
trap 'exit 130' INT TERM
"${BOXPORTAL_PYTHON:-python3.11}" -m venv "$aside/env"
"$aside/env/bin/python" -m pip install --quiet --disable-pip-version-check ".[dev]"
{
  sed -n '/^#/p' installer/requirements.lock
  "$aside/env/bin/python" -m pip freeze --exclude boxportal
} >"$aside/lock"
# A direct reference would hold an address; every line is name==version.
if grep -nv -e '^#' -e '^[A-Za-z0-9._-]*==[A-Za-z0-9.!+_-]*$' "$aside/lock"; then
  echo "lock.sh: the lines above are no plain name==version; nothing was changed." >&2
  exit 1
fi
cp "$aside/lock" installer/requirements.lock
echo "Wrote installer/requirements.lock: $(grep -c == installer/requirements.lock) packages."
