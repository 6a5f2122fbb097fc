# Building out of tree, and installing where no system sees it.
set -euo pipefail

PG_CONFIG=${PG_CONFIG:-pg_config}

# flux_make BUILD ARGUMENT…: make in $sandbox/BUILD, from the Makefile of the copied checkout. Only what goes wrong is printed.
flux_make() {
  local build=$sandbox/$1
  shift
  mkdir -p "$build"
  make -C "$build" -s --no-print-directory -f "$sandbox/source/Makefile" PG_CONFIG="$PG_CONFIG" "$@"
}

# makefile_variable NAME
makefile_variable() {
  make -s -f "$sandbox/source/Makefile" PG_CONFIG="$PG_CONFIG" "show-$1"
}

# Whether this PostgreSQL wants LLVM bitcode and the clang for it is here.
can_build_bitcode() {
  [ "$(makefile_variable with_llvm)" = yes ] && command -v "$(makefile_variable CLANG)" >/dev/null
}

# The settings with which a server finds the extension below a staging directory: extension_destdir is Debian's up to
# 17, extension_control_path everyone's from 18 on. Fails when the server has neither.
staging_settings() {
  local stage=$1 known
  known=$("$("$PG_CONFIG" --bindir)/postgres" --describe-config | cut -f 1)
  if grep -qx extension_control_path <<<"$known"; then
    echo "extension_control_path = '$stage$("$PG_CONFIG" --sharedir):\$system'"
    echo "dynamic_library_path = '$stage$("$PG_CONFIG" --pkglibdir):\$libdir'"
  elif grep -qx extension_destdir <<<"$known"; then
    echo "extension_destdir = '$stage'"
  else
    echo "this PostgreSQL can load extensions from its own directories only" >&2
    return 1
  fi
}
