# Read by trial.sh, test.sh and .ci/run: the private environment in the checkout's .venv.
# Sets `root`; offers `fail`, `install_packages` and `make_environment`. POSIX sh.

root=$(cd "$(dirname "$0")/.." && pwd -P)
self=$(basename "$0")
venv=$root/.venv

fail() { # CODE SENTENCE [WHAT MENDS IT]
  echo "$self: $2" >&2
  if [ $# -gt 2 ]; then echo "  Do: $3" >&2; fi
  exit "$1"
}

# Runs apt-get as root. Under `sudo=yes` also through sudo; otherwise names the command that is needed.
install_packages() { # PACKAGE…
  run="apt-get install -y --no-install-recommends $*"
  if ! command -v apt-get >/dev/null 2>&1; then
    fail 3 "Missing (by Debian's names): $*. There is no apt-get here." "install that, then run the same command again"
  elif [ "$(id -u)" = 0 ]; then
    as=
  elif [ "${sudo:-}" = yes ] && command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as="sudo"
  else
    fail 3 "Missing: $*. Only root may install that." "sudo $run"
  fi
  echo "Installing with apt: $*"
  # shellcheck disable=SC2086 # one word or none, and a list of names
  { $as apt-get update -qq || true; $as env DEBIAN_FRONTEND=noninteractive $run -qq; } </dev/null >"$root/.apt.log" 2>&1 || {
    tail -n 15 "$root/.apt.log" >&2
    fail 1 "apt could not install $*; its last lines are above." "apt-get update && $run"
  }
  rm -f "$root/.apt.log"
}

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

# Sets `python` to the first one that fits, one that can make environments before one that cannot.
find_python() {
  python=
  if [ -n "${BOXPORTAL_PYTHON:-}" ]; then
    fits "$BOXPORTAL_PYTHON" || fail 3 "BOXPORTAL_PYTHON is '$BOXPORTAL_PYTHON', which is no Python 3.11, 3.12 or 3.13."
    python=$BOXPORTAL_PYTHON
    return
  fi
  for candidate in python3 python3.13 python3.12 python3.11; do
    if fits "$candidate"; then
      python=${python:-$candidate}
      if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$candidate; return; fi
    fi
  done
  [ -n "$python" ] || fail 3 "No Python 3.11, 3.12 or 3.13 was found." "install one, or name it: BOXPORTAL_PYTHON=/path/to/python3.12 sh installer/$self"
}

make_venv() {
  find_python
  if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    case $python in
      python3.*) install_packages "$python-venv" ;;
      python3) install_packages python3-venv ;;
      *) fail 3 "$python cannot make environments: its module ensurepip is missing." "install its venv package" ;;
    esac
  fi
  echo "Making a private environment in $venv with $("$python" -V)"
  mkdir -p "$venv" || fail 1 "$venv cannot be written." "look at the rights of $root"
  echo "$root" >"$venv/.boxportal-root"
  "$python" -m venv --clear "$venv" || fail 1 "Python could not make the environment in $venv; its words are above."
  echo "$root" >"$venv/.boxportal-root"
}

# What an installation depends on: where it is, and everything that is built or installed. The code itself is used in place.
state_of_checkout() {
  cd "$root" || exit 1
  {
    echo "$root"
    cat pyproject.toml installer/requirements.lock installer/hatch_build.py installer/build_*.py
    find src/boxportal -name '*.po' -exec cat {} +
    find src/boxportal/kernel/web/assets -name node_modules -prune -o -type f -exec cat {} + 2>/dev/null
  } | LC_ALL=C cksum
}

# Makes or renews .venv. Leaves it alone when everything in it is as it should be, and then needs no network.
make_environment() { # NAME REQUIREMENT: base '.[pdf]', or dev '.[dev]'
  if [ -e "$venv" ] && ! { fits "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1 &&
    [ "$(cat "$venv/.boxportal-root" 2>/dev/null || echo "$root")" = "$root" ]; }; then
    [ -e "$venv/.boxportal-root" ] || fail 6 "$venv is there, but it is no environment that works, and it was not made here." "rm -r $venv"
    echo "The environment in $venv is unfinished or was moved: making it anew"
    rm -rf "$venv"
  fi
  [ -e "$venv" ] || make_venv
  state=$(state_of_checkout)
  # The environment with the test tools holds everything that the plain one does.
  if [ -f "$root/src/boxportal/_assets/inputs.sha256" ] && grep -qsxF "$state" "$venv/.boxportal-$1" "$venv/.boxportal-dev"; then
    echo "The environment in $venv is up to date"
    return
  fi
  echo "Installing the program, its libraries and its front-end assets into $venv (a minute or two the first time)"
  rm -f "$venv"/.boxportal-base "$venv"/.boxportal-dev
  (cd "$root" && "$venv/bin/python" -m pip install -qq --disable-pip-version-check -c installer/requirements.lock -e "$2") </dev/null ||
    fail 1 "The program could not be installed; pip's words are above." "see that pip reaches a package index, then run the same command again"
  echo "$state" >"$venv/.boxportal-$1"
}
