# Read by install.sh: a release folder from a bundle, with no network. Needs Python 3.11, 3.12 or 3.13 in `python`, nothing else.
# Sourced after `here` was set to the folder of this file. POSIX sh.
#
#   read_bundle FILE                  checks it; sets bundle_version, bundle_python, bundle_platform, bundle_key, bundle_fingerprint
#   make_release FILE RELEASES [KEYS] makes RELEASES/VERSION with its venv; sets release to that folder. KEYS: only of those keys
#   trust_bundle FILE KEYS            adds the bundle's key to the file of trusted keys (/opt/boxportal/bundle-keys)
#
# Each returns 1 when it could not, and has said why on standard error.

# Where the program's files that need nothing but Python lie: in a bundle, in a checkout, in an installed wheel.
bundle_code() {
  for place in "$here/lib" "$here/../src" "$here/../../.."; do
    if [ -f "$place/boxportal/kernel/bundle/release.py" ]; then (cd "$place" && pwd -P); return; fi
  done
  echo "release.sh: the files that read bundles are missing beside it." >&2
  return 1
}

bundle_do() { # VERB ARGUMENT…
  code=$(bundle_code) || return 1
  PYTHONPATH=$code PYTHONDONTWRITEBYTECODE=1 "$python" -P -m boxportal.kernel.bundle "$@" </dev/null
}

read_bundle() { # FILE
  facts=$(bundle_do show "$1") || return 1
  bundle_version=$(printf '%s\n' "$facts" | sed -n 's/^version=//p')
  bundle_python=$(printf '%s\n' "$facts" | sed -n 's/^python=//p')
  bundle_platform=$(printf '%s\n' "$facts" | sed -n 's/^platform=//p')
  bundle_key=$(printf '%s\n' "$facts" | sed -n 's/^key=//p')
  bundle_fingerprint=$(printf '%s\n' "$facts" | sed -n 's/^fingerprint=//p')
}

make_release() { # FILE RELEASES [KEYS]
  release=$(bundle_do install "$1" "$2" "$python" ${3:+"$3"})
}

trust_bundle() { # FILE KEYS
  bundle_do trust "$1" "$2" >/dev/null
}
