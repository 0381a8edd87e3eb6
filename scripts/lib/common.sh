# Shared by scripts/start and scripts/test: where things are, and how steps are told.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${PORTCULLIS_BUILD_DIR:-$ROOT/build}
JOBS=${PORTCULLIS_JOBS:-$(nproc)}
export CCACHE_DIR=${CCACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/portcullis-ccache}

step() { printf '\n== %s\n' "$*"; }

# Runs a command quietly; shows what it printed only if it fails.
quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
  else
    local code=$?
    cat "$log" >&2
    rm -f "$log"
    return $code
  fi
}

# configure DIR [cmake options]
configure() {
  local dir=$1
  shift
  quietly cmake -S "$ROOT" -B "$dir" -G Ninja "$@"
}
