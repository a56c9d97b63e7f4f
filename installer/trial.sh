#!/bin/sh
# Try BoxPortal out of this checkout. Everything it makes stays inside the checkout (or in --data DIR).
set -eu

usage() {
  cat <<'TEXT'
Usage: sh installer/trial.sh [--data DIR] [--port P] [--sample] [--no-serve]

Makes a private environment in .venv, creates a company on SQLite with the default modules where there is none,
prints a one-time link with which you become its administrator, and serves on http://127.0.0.1:8080.

  --data DIR   keep the company in DIR (default: .trial in the checkout)
  --port P     serve on port P (default: what it was served on before, at first 8080)
  --sample     add sample rows; `boxportal sample remove` takes them out again
  --no-serve   set up, print the link, and return

BOXPORTAL_PYTHON names the Python to use (3.11, 3.12 or 3.13); without it one is looked for.
TEXT
}

. "$(dirname "$0")/environment.sh"
data=$root/.trial port='' sample='' serve=yes

needs_value() { if [ -z "${2:-}" ]; then fail 2 "$1 needs a value." "sh installer/trial.sh --help"; fi; }

while [ $# -gt 0 ]; do
  case $1 in
    --data) needs_value "$@"; data=$2; shift ;;
    --data=*) data=${1#*=}; needs_value --data "$data" ;;
    --port) needs_value "$@"; port=$2; shift ;;
    --port=*) port=${1#*=}; needs_value --port "$port" ;;
    --sample) sample=--sample ;;
    --no-serve) serve='' ;;
    -h | --help) usage; exit 0 ;;
    *) fail 2 "There is no option $1." "sh installer/trial.sh --help" ;;
  esac
  shift
done
case $port in
  *[!0-9]* | ??????*) fail 2 "The port must be a number from 1 to 65535, not '$port'." ;;
esac
if [ "${port:-1}" -lt 1 ] || [ "${port:-1}" -gt 65535 ]; then fail 2 "The port must be a number from 1 to 65535, not '$port'."; fi
case $data in /*) ;; *) data=$(pwd -P)/$data ;; esac

# Nothing outside the checkout is touched: not even the caches that pip and npm keep in the home folder.
export PIP_NO_CACHE_DIR=1 npm_config_cache="$root/.venv/npm-cache"
make_environment base ".[pdf]" # what the default modules need
rm -rf "$npm_config_cache"

echo "Setting up the company in $data"
boxportal=$root/.venv/bin/boxportal
# shellcheck disable=SC2086 # each is its option or nothing
"$boxportal" install --trial --data "$data" ${port:+--port $port} $sample || exit $?

if [ -z "$serve" ]; then
  again="sh installer/trial.sh"
  if [ "$data" != "$root/.trial" ]; then again="$again --data '$(cd "$data" && pwd -P)'"; fi
  echo "Set up. Start it with: $again"
  exit 0
fi
echo "Ctrl+C stops it; the same command starts it again."
exec "$boxportal" serve --data "$data"
