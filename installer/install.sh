#!/bin/sh
# Install BoxPortal on this machine as a service, out of this checkout or out of a bundle.
set -eu

usage() {
  cat <<'TEXT'
Usage: sudo sh installer/install.sh [--bundle FILE] [--answers FILE] [--no-input]

Looks at the machine, asks six questions that Enter answers, shows what it will make, and makes it: the program in
/opt/boxportal, a service, a timer for backups. Nothing is written before you say go. Run again after an interruption,
it goes on; run again after all is done, it changes nothing.

  --bundle FILE         install out of a bundle, without any network; else out of this checkout
  --answers FILE        a TOML file with answers, instead of the questions
  --no-input            ask nothing: what the answers leave out has its default
  --write-answers FILE  keep the answers, for another machine
  --tls MODE            own-ca (the default), files, proxy or off
  --yes                 go without asking for it
  --dry-run             show what would be made, and stop
  --force-os            go on where nobody has tried it

BOXPORTAL_PYTHON names the Python to use (3.11, 3.12 or 3.13); without it one is looked for.
Supported: Debian 12 and 13, Ubuntu 24.04 and 26.04. To only try it: sh installer/trial.sh
TEXT
}

. "$(dirname "$0")/environment.sh"
here=$root/installer
. "$here/release.sh"
program=/opt/boxportal releases=/opt/boxportal/releases log=/var/log/boxportal/install.log
bundle='' forwarded='' aside=''

# Each option goes on to the questions as it was given, quoted for the shell.
pass() { forwarded="$forwarded '$(printf %s "$1" | sed "s/'/'\\\\''/g")'"; }
needs_value() { if [ -z "${2:-}" ]; then fail 2 "$1 needs a value." "sh installer/install.sh --help"; fi; }

while [ $# -gt 0 ]; do
  case $1 in
    --bundle) needs_value "$@"; bundle=$2; shift ;;
    --bundle=*) bundle=${1#*=}; needs_value --bundle "$bundle" ;;
    --answers | --write-answers | --tls) needs_value "$@"; pass "$1"; pass "$2"; shift ;;
    --answers=* | --write-answers=* | --tls=*) pass "$1" ;;
    --no-input | --yes | --dry-run | --force-os) pass "$1" ;;
    -h | --help) usage; exit 0 ;;
    *) fail 2 "There is no option $1." "sh installer/install.sh --help" ;;
  esac
  shift
done

clean() { if [ -n "$aside" ]; then rm -rf "$aside"; fi; }
trap clean EXIT
trap 'exit 130' INT TERM

# Sets `code` to a folder with the part of the program that asks, and `version` to what would be installed.
find_code() {
  if [ -z "$bundle" ]; then
    code=$root/src
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/pyproject.toml")
    return
  fi
  read_bundle "$bundle" || exit 3
  version=$bundle_version
  echo "Bundle: BoxPortal $version, signed with the key $bundle_fingerprint. Compare it with what its maker shows."
  aside=$(mktemp -d)
  code=$aside/code
  tar -xf "$bundle" -C "$aside" --wildcards "wheels/boxportal-*.whl"
  "$python" - "$aside" <<'PY'
import sys, zipfile
from pathlib import Path
aside = Path(sys.argv[1])
wheel = zipfile.ZipFile(next(aside.glob("wheels/boxportal-*.whl")))
wanted = [n for n in wheel.namelist() if n.startswith("boxportal/cli/") or n.endswith(("module.toml", "boxportal/__init__.py"))]
wheel.extractall(aside / "code", wanted)
PY
}

ask() { # the questions, by a Python that has nothing installed yet
  eval "set -- $forwarded"
  PYTHONPATH=$code PYTHONDONTWRITEBYTECODE=1 "$python" -P -s -m boxportal.cli.installing --version "$version" "$@"
}

# Debian keeps what makes private environments in a package of its own.
have_ensurepip() {
  "$python" -c 'import ensurepip' >/dev/null 2>&1 || install_packages "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
}

# The release folder out of this checkout. Its mark is written last: a folder without it counts for nothing.
release_from_checkout() {
  release=$releases/$version
  if [ -e "$release/release.json" ]; then return; fi
  have_ensurepip
  rm -rf "$release"
  mkdir -p "$release"
  # In a copy, so that nothing in the checkout belongs to root afterwards.
  mkdir "$release/source"
  (cd "$root" && tar -cf - --exclude ./.git --exclude ./.venv --exclude ./.trial --exclude ./build --exclude node_modules .) | tar -xf - -C "$release/source"
  "$python" -m venv "$release/build"
  "$python" -m venv --without-pip "$release/venv"
  wheel_and_libraries >>"$log" 2>&1 || fail 1 "The program could not be installed; pip's words are in $log." "see that pip reaches a package index, then run the same command again"
  rm -rf "$release/source" "$release/build"
  printf '{"version": "%s", "key": ""}\n' "$version" >"$release/release.json"
  sync -f "$release"
}

wheel_and_libraries() {
  export PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
  export npm_config_cache="$release/build/npm-cache"
  "$release/build/bin/python" -m pip wheel -q --no-deps -w "$release/build/wheels" "$release/source" &&
    "$release/build/bin/python" -m pip --python "$release/venv/bin/python" install -q \
      -c "$release/source/installer/requirements.lock" "$(echo "$release"/build/wheels/boxportal-*.whl)[ldap,pdf,postgres,sso,targets]"
}

# Only one installation at a time, and the one that is agreed on.
put_program() {
  exec 9<"$program"
  if command -v flock >/dev/null 2>&1; then flock -n 9 || fail 6 "Another installation is running."; fi
  umask 022
  began=$(date +%s)
  if [ -n "$bundle" ]; then
    make_release "$bundle" "$releases" || fail 1 "The program could not be installed out of $bundle; the reason is above."
    trust_bundle "$bundle" "$program/bundle-keys" || exit 1
  else
    release_from_checkout
  fi
  rm -f "$program/current.new"
  ln -s "releases/$version" "$program/current.new"
  mv -T "$program/current.new" "$program/current"
  echo " ✔ program  $(($(date +%s) - began)) s"
}

find_python
find_code
set +e
ask
said=$?
set -e
case $said in
  0) ;;
  100) exit 0 ;; # there is nothing to do
  *) exit "$said" ;;
esac
put_program
clean
eval "set -- $forwarded"
BOXPORTAL_AGREED=1 exec "$program/current/venv/bin/boxportal" install "$@"
