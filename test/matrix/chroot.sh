# Debian chroots, each with a major of PostgreSQL: made once, kept packed in a cache, unpacked for a run, entered in
# namespaces of their own.
set -euo pipefail

recipe=$(cksum <"${BASH_SOURCE[0]}" | cut -d ' ' -f 1)
cache=${PG_FLUX_MATRIX_CACHE:-${XDG_CACHE_HOME:-/var/cache}/pg_flux-matrix}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# suite_of MAJOR: no suite has 14 or 16.
suite_of() {
  case $1 in
  15) echo bookworm ;;
  17) echo trixie ;;
  18) echo sid ;;
  19) echo experimental ;; # on top of sid
  *) return 1 ;;
  esac
}

# The Debian archive that this machine itself uses, as apt knows it; nothing where it uses none.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null |
    head -n 1
}

# Nothing where chroots can be had.
why_no_chroots() {
  local missing=()
  if [ "$(id -u)" != 0 ]; then
    echo 'a chroot takes root'
  elif ! command -v apt-get >/dev/null; then
    echo 'a chroot is made of packages, and there is no apt here'
  else
    need mmdebstrap command -v mmdebstrap
    need zstd command -v zstd
    # A fresh machine has no package lists, and without them apt does not know whose archives they are.
    if [ ${#missing[@]} -gt 0 ] || [ -z "$(debian_mirror)" ]; then quietly apt-get -q update || true; fi
    [ ${#missing[@]} = 0 ] || install_missing || true
    if [ -z "$(debian_mirror)" ]; then
      echo 'no Debian archive is among the sources of apt'
    elif ! unshare --mount --pid --ipc --fork --kill-child --propagation private mount -t tmpfs tmpfs /mnt 2>/dev/null; then
      echo 'no namespaces and mounts are allowed here'
    elif ! command -v mmdebstrap >/dev/null || ! command -v zstd >/dev/null; then
      echo "not here, and cannot be installed: ${missing[*]}"
    fi
  fi
}

# make_chroot MAJOR DIRECTORY: becomes the maker; a minute, and 0.7 GB.
make_chroot() {
  local major=$1 directory=$2 mirror suite packages sources development
  mirror=$(debian_mirror)
  suite=$(suite_of "$major")
  packages=postgresql-$major,libipc-run-perl,g++,make
  if [ "$suite" = experimental ]; then # nothing comes from there by itself; and it has no pgTAP
    suite=sid
    sources=("deb $mirror sid main" "deb $mirror experimental main")
    packages+=,libpq5/experimental,libpq-dev/experimental
  else
    sources=("deb $mirror $suite main")
    packages+=,libpq-dev,postgresql-$major-pgtap,libtap-parser-sourcehandler-pgtap-perl
  fi
  development=(postgresql-server-dev-"$major")
  if [ "$suite" = trixie ]; then # 15 beside it, for pg_upgrade: what trixie has itself is newer, so only that comes from there
    sources+=("deb $mirror bookworm main")
    packages+=,postgresql-15
    development+=(postgresql-server-dev-15)
  fi
  # A server's development package is unpacked, not installed: it wants clang and LLVM, for bitcode that no test here
  # needs. The Release files of a sid that stands still have expired.
  exec timeout 600 mmdebstrap --quiet --variant=apt --mode=root --keyring="$keyring" --include="$packages" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook='mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
    --customize-hook='chroot "$1" sh -ec "cd /var/tmp; apt-get -q download '"${development[*]}"'; for package in *.deb; do dpkg -x \$package /; done; rm *.deb"' \
    "$suite" "$directory" "${sources[@]}"
}

# Its name changes with this file.
packed_chroot() { echo "$cache/$1-$recipe.tar.zst"; }

# ensure_chroot MAJOR: makes and packs it, unless the cache has it.
ensure_chroot() (
  packed=$(packed_chroot "$1")
  umask 022
  mkdir -p "$cache"
  exec 9>"$cache/lock-$1"
  flock 9 # another matrix may be making it
  [ ! -f "$packed" ] || exit 0
  making=$(mktemp -d "$cache/making.XXXXXX")
  maker=
  trap '[ -z "$maker" ] || { kill "$maker" && wait "$maker"; } 2>/dev/null; rm -rf --one-file-system "$making"' EXIT
  trap 'exit 130' INT TERM HUP
  make_chroot "$1" "$making/root" &
  maker=$!
  wait "$maker" &&
    tar -C "$making/root" --numeric-owner -cf - . | zstd -q -3 -T0 -o "$making/packed" &&
    rm -f "$cache/$1"-*.tar.zst && mv "$making/packed" "$packed"
)

# unpack_chroot MAJOR DIRECTORY
unpack_chroot() {
  mkdir "$2"
  zstd -dcq "$(packed_chroot "$1")" | tar -C "$2" --numeric-owner -xpf -
}

# enter_chroot DIRECTORY SOURCE [NAME=VALUE…] COMMAND…: SOURCE is /src inside. When the first process ends, so do all others and every mount.
enter_chroot() {
  exec setpriv --pdeathsig KILL unshare --mount --pid --ipc --fork --kill-child --propagation private bash -euc '
    root=$1 source=$2
    shift 2
    mkdir -p "$root/dev/shm" "$root/src"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount --bind "$source" "$root/src"
    exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
  ' bash "$@"
}
