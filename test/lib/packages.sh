# What a machine needs, kind of test by kind of test, and how it gets there.
#
# Each need is probed for as the thing itself (a command, a file), so that any Linux will do; what is missing is
# installed on Debian and Ubuntu as root or with sudo, and named exactly everywhere else.
set -euo pipefail

PG_CONFIG=${PG_CONFIG:-pg_config}

# The PostgreSQL to use: the one of pg_config, else the distribution's default, else a placeholder for the message.
postgres_major() {
  local major
  major=$("$PG_CONFIG" --version 2>/dev/null | sed -nE 's/^PostgreSQL ([0-9]+).*/\1/p')
  if [ -z "$major" ] && command -v apt-cache >/dev/null; then
    major=$(apt-cache depends postgresql 2>/dev/null | sed -nE 's/.*Depends: postgresql-([0-9]+)$/\1/p' | head -n 1)
  fi
  echo "${major:-N}"
}

# postgresql-client brings the makefiles of PGXS, but not the headers.
has_pgxs() { [ -f "$("$PG_CONFIG" --pgxs 2>/dev/null)" ] && [ -f "$("$PG_CONFIG" --includedir-server)/postgres.h" ]; }
has_server() { [ -x "$("$PG_CONFIG" --bindir 2>/dev/null)/initdb" ]; }
has_pgtap() { [ -f "$("$PG_CONFIG" --sharedir 2>/dev/null)/extension/pgtap.control" ]; }
has_ipc_run() { perl -MIPC::Run -e 1 2>/dev/null; }
has_gtest() { [ -f /usr/include/gtest/gtest.h ] || echo '#include <gtest/gtest.h>' | g++ -E -x c++ - >/dev/null 2>&1; }
has_fuzzer() {
  echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }' |
    clang++ -x c++ -fsanitize=fuzzer,address -o /dev/null -
}

# need PACKAGE PROBE…: adds the package to the missing ones unless the probe finds the thing.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

# missing_for KIND…: fills the array `missing`.
missing_for() {
  local kind major
  major=$(postgres_major)
  missing=()
  for kind in "$@"; do
    case $kind in
    compiler)
      need g++ command -v g++
      need make command -v make
      ;;
    clang) need clang command -v clang++ ;;
    server)
      need "postgresql-server-dev-$major" has_pgxs
      need "postgresql-$major" has_server
      ;;
    unit) need libgtest-dev has_gtest ;;
    pgtap)
      need "postgresql-$major-pgtap" has_pgtap
      need libtap-parser-sourcehandler-pgtap-perl command -v pg_prove
      ;;
    recovery) need libipc-run-perl has_ipc_run ;;
    valgrind) need valgrind command -v valgrind ;;
    fuzz)
      need clang command -v clang++
      need libclang-rt-dev has_fuzzer
      ;;
    lint) # pinned: other majors format and warn differently
      need clang-format-14 command -v clang-format-14
      need clang-tidy-14 command -v clang-tidy-14
      need shellcheck command -v shellcheck
      ;;
    esac
  done
  # One name once, in order.
  mapfile -t missing < <(printf '%s\n' ${missing[@]+"${missing[@]}"} | awk 'NF && !seen[$0]++')
}

# become_root COMMAND…: fails where there is no way to become root.
become_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}
can_become_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; }

apt_knows() { apt-cache show "$1" >/dev/null 2>&1; }

# quietly COMMAND…: shows what it printed only when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" = 0 ] || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# apt_install PACKAGE…: exactly these, no recommendations, and no cluster of the distribution's is created on the way.
apt_install() {
  local settings=/etc/postgresql-common/createcluster.d/pg_flux.conf status=0
  become_root mkdir -p "$(dirname "$settings")"
  echo 'create_main_cluster = false' | become_root tee "$settings" >/dev/null
  quietly become_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@" || status=$?
  become_root rm -f "$settings"
  return "$status"
}

# install_missing: the packages of the array `missing` that the distribution has.
install_missing() {
  local package known=()
  for package in "${missing[@]}"; do
    if apt_knows "$package"; then known+=("$package"); fi
  done
  [ ${#known[@]} -gt 0 ] || return 0
  echo "installing: ${known[*]}" >&2
  apt_install "${known[@]}"
}

# ensure_packages KIND…: returns when everything these kinds need is there, ends the script otherwise.
ensure_packages() {
  local missing package fatal=()
  if [ "$PG_CONFIG" != pg_config ] && ! command -v "$PG_CONFIG" >/dev/null; then
    echo "PG_CONFIG=$PG_CONFIG is not there" >&2
    exit 1
  fi
  missing_for "$@"
  [ ${#missing[@]} -gt 0 ] || return 0

  if command -v apt-get >/dev/null && can_become_root; then
    quietly become_root apt-get -q update || echo "apt-get update failed; going on with the lists at hand" >&2
    missing_for "$@" # again: now the lists tell the default major
    install_missing || echo "apt-get install failed" >&2
    missing_for "$@"
  fi

  for package in ${missing[@]+"${missing[@]}"}; do
    case $package in
    clang-format-14 | clang-tidy-14) # newer distributions have no 14: test/lint leaves these checks out and says so
      if command -v apt-cache >/dev/null && apt_knows make && ! apt_knows "$package"; then continue; fi
      ;;
    esac
    fatal+=("$package")
  done
  if [ ${#fatal[@]} -gt 0 ]; then
    {
      echo "Missing, and not installed (that takes apt-get and root or sudo). In Debian's names:"
      printf '  %s\n' "${fatal[@]}"
    } >&2
    exit 1
  fi
}
