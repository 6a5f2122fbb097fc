# A place of its own for everything that is built and run: a directory that belongs to an unprivileged user (initdb
# refuses root), holds a copy of the checkout (which may belong to root), and is gone afterwards with every server in it.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# The user who builds and runs: oneself, or, for root, the one that PostgreSQL's packages made.
if [ "$(id -u)" != 0 ]; then
  sandbox_user=$(id -un)
elif id postgres >/dev/null 2>&1; then
  sandbox_user=postgres
else
  sandbox_user=nobody
fi

# exec_as_sandbox_user COMMAND…: becomes the command. Its home is the sandbox, so that no dot file counts.
exec_as_sandbox_user() {
  local as_user=()
  if [ "$(id -u)" = 0 ]; then
    as_user=(setpriv --reuid="$sandbox_user" --regid="$(id -g "$sandbox_user")" --init-groups)
  fi
  exec ${as_user[@]+"${as_user[@]}"} env HOME="$sandbox" USER="$sandbox_user" LOGNAME="$sandbox_user" "$@"
}

# as_sandbox_user COMMAND…
as_sandbox_user() { (exec_as_sandbox_user "$@"); }

# A clean environment: nothing of the caller's connection, locale or make reaches what is tested.
clean_environment() {
  local name
  for name in $(compgen -e); do
    case $name in
    PG_CONFIG | PG_FLUX_*) ;;
    PG* | LC_* | LANGUAGE | MAKEFLAGS | MFLAGS | MAKELEVEL | MAKEOVERRIDES) unset "$name" ;;
    esac
  done
  export LANG=C LC_ALL=C
}

# open_sandbox: sets and makes $sandbox, with the checkout in $sandbox/source. With BUILD_DIR set it is made there, and
# the next run finds its objects; else it is a fresh directory, short enough for the names of sockets.
open_sandbox() {
  umask 022
  if [ -n "${BUILD_DIR:-}" ]; then
    sandbox=$BUILD_DIR
    [ -d "$sandbox" ] || install -d -m 700 -o "$sandbox_user" "$sandbox"
    if [ "$(stat -c %U "$sandbox")" != "$sandbox_user" ]; then
      echo "BUILD_DIR $sandbox exists and is not $sandbox_user's" >&2
      exit 1
    fi
    sandbox=$(cd "$sandbox" && pwd)
  else
    sandbox=$(mktemp -d /tmp/pg_flux.XXXXXX)
    [ "$(id -u)" != 0 ] || chown "$sandbox_user:" "$sandbox"
  fi
  close_leftovers
  as_sandbox_user mkdir "$sandbox/source" "$sandbox/output" "$sandbox/tmp"
  # Times are kept, so that make sees what has changed; what is built in the checkout stays there.
  tar -C "$checkout" --exclude=./.git --exclude=./test/output --exclude='*.o' --exclude='*.bc' --exclude='*.so' --exclude='*.d' -cf - . |
    as_sandbox_user tar -C "$sandbox/source" --no-same-owner -xf -
}

# Stops every server of the sandbox and removes all but the builds.
close_leftovers() {
  local pidfile signal
  for signal in INT QUIT; do # fast, then immediate
    while read -r pidfile; do
      stop_server "$pidfile" "$signal"
    done < <(as_sandbox_user find "$sandbox" -name postmaster.pid 2>/dev/null)
  done
  as_sandbox_user find "$sandbox" -mindepth 1 -maxdepth 1 ! -name 'build*' -exec rm -rf {} +
}

# stop_server PIDFILE SIGNAL: waits up to ten seconds for it to end.
stop_server() {
  local pid
  pid=$(as_sandbox_user head -n 1 "$1" 2>/dev/null) || return 0
  as_sandbox_user kill "-$2" "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do
    as_sandbox_user kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
}

close_sandbox() {
  [ -n "${sandbox:-}" ] || return 0
  close_leftovers
  [ -n "${BUILD_DIR:-}" ] || rm -rf "$sandbox"
}
