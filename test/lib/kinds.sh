# The kinds of test, one function each. A kind gets the names it is restricted to (none: all), writes what its runner
# prints to its standard output, and its verdicts, one line `ok NAME` or `not ok NAME` per test, to descriptor 3.
set -euo pipefail

source_dir=$sandbox/source

# judge NAME READER COMMAND…: runs a command, shows what it prints, and lets READER pick the verdicts from that. A command
# that fails without a failed test, or that ran no test at all, is itself a failed test; except that with quiet_is_ok
# set, its exit status is the test, unless it skipped everything.
judge() {
  local name=$1 reader=$2 log=$sandbox/tmp/judge.log verdicts=$sandbox/tmp/judge.verdicts status=0
  shift 2
  "$@" >"$log" 2>&1 || status=$?
  cat "$log"
  "$reader" <"$log" >"$verdicts"
  if [ "$status" != 0 ] && ! grep -q '^not ok' "$verdicts"; then
    echo "not ok $name: exit status $status" >>"$verdicts"
  elif [ ! -s "$verdicts" ] && ! grep -q '^1\.\.0 # SKIP' "$log"; then
    if [ -n "${quiet_is_ok:-}" ]; then echo "ok $name"; else echo "not ok $name: no test ran"; fi >"$verdicts"
  fi
  cat "$verdicts" >&3
  return "$status"
}

# judge_step NAME COMMAND…: a command that is one test.
judge_step() { quiet_is_ok=1 judge "$1" true "${@:2}"; }

# TAP, of prove -v, pg_prove -v and our own checks: with a number, for a bare `ok` is what prove says of a whole file.
# Indented lines are subtests, counted with their parent. What is skipped is no test, what is TODO passes.
read_tap() {
  sed -nE -e '/^ok.*# *skip/Id' -e 's/^not (ok .*# *TODO)/\1/I' -e 's/^(not )?ok [0-9]+( -)? ?(.*)/\1ok \3/p'
}

# pg_regress: `test NAME ... ok 12 ms` up to 15, TAP with a time at its end from 16 on.
read_regress() {
  sed -nE \
    -e 's/^(test|    ) +([^ ]+) +\.\.\. ok .*/ok \2/p' \
    -e 's/^(test|    ) +([^ ]+) +\.\.\. (FAILED|failed).*/not ok \2/p' \
    -e 's/^(not )?ok [0-9]+ +[-+] ([^ ]+).*/\1ok \2/p'
}

read_gtest() {
  sed -nE \
    -e 's/^\[       OK \] (.*) \([0-9]+ ms\)$/ok \1/p' \
    -e 's/^\[  FAILED  \] (.*) \([0-9]+ ms\)$/not ok \1/p'
}

jobs=-j$(nproc)

# The extension as tests use it, without bitcode, in the staging directory. A test of its own kind.
kind_build() {
  judge_step 'g++' flux_make build "$jobs" with_llvm=no install DESTDIR="$sandbox/stage"
  [ -n "${everything:-}" ] || return 0
  judge_step 'clang++' flux_make build-clang "$jobs" CXX="$(clang_compiler)" with_llvm=no
  if can_build_bitcode; then
    judge_step 'LLVM bitcode' flux_make build "$jobs" with_llvm=yes install DESTDIR="$sandbox/stage-bitcode"
  else
    echo "LLVM bitcode: left out, this PostgreSQL or this machine has none"
  fi
}
clang_compiler() { command -v clang++-14 || command -v clang++; }

kind_lint() {
  cd "$source_dir"
  judge lint read_tap test/lint
}

# NAME is a pattern of --gtest_filter.
kind_unit() {
  local IFS=:
  mkdir -p "$sandbox/build-unit"
  make -C "$sandbox/build-unit" -s --no-print-directory "$jobs" -f "$source_dir/test/lib/programs.mk" SOURCE="$source_dir" unit
  judge unit read_gtest without_aslr "$sandbox/build-unit/unit/run" --gtest_color=no --gtest_filter="${*:-*}"
}

# Address space layouts of some kernels are too random for the sanitizers of older compilers.
without_aslr() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

kind_regress() {
  blank_expectations "$source_dir/expected" "${*:-$(makefile_variable REGRESS)}"
  judge regress read_regress flux_make build with_llvm=no ISOLATION= ${1:+REGRESS="$*"} installcheck ||
    show_diffs "$sandbox/build/regression.diffs"
}

kind_isolation() {
  blank_expectations "$source_dir/test/isolation/expected" "${*:-$(makefile_variable ISOLATION)}"
  # A step that hangs ends after a minute.
  PGISOLATIONTIMEOUT=60 judge isolation read_regress flux_make build with_llvm=no REGRESS= ${1:+ISOLATION="$*"} installcheck ||
    show_diffs "$sandbox/build/output_iso/regression.diffs"
}

# blank_expectations DIRECTORY NAMES: pg_regress stops at a new test without expected file; this way it fails, shows what it
# printed, and leaves that in test/output to be read and kept.
blank_expectations() {
  local name
  mkdir -p "$1"
  for name in $2; do [ -e "$1/$name.out" ] || : >"$1/$name.out"; done
}

show_diffs() {
  cat "$1" 2>/dev/null || true
  return 1
}

# Each file in a fresh database that has pgtap and pg_flux. NAME is a file's name, with or without .sql.
kind_pgtap() {
  local file status=0
  createdb pgtap_template
  psql -X -q -v ON_ERROR_STOP=1 -d pgtap_template -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION pg_flux'
  cd "$source_dir"
  for file in $(files_named test/pgtap .sql "$@"); do
    createdb -T pgtap_template pgtap
    judge "$file" read_tap pg_prove --verbose --dbname pgtap "$file" || status=1
    dropdb --force pgtap
  done
  return "$status"
}

# PostgreSQL::Test::Cluster makes clusters of its own; TEMP_CONFIG lets them find the staged extension.
kind_recovery() {
  local tests
  tests=$(cd "$source_dir" && files_named test/recovery/t .pl "$@")
  TEMP_CONFIG=$sandbox/staging.conf judge recovery read_tap \
    flux_make build with_llvm=no REGRESS= ISOLATION= TAP_TESTS=1 PROVE_FLAGS=-v PROVE_TESTS="${tests//$'\n'/ }" installcheck
}

# files_named DIRECTORY SUFFIX NAME…: the files of these names, all without a name.
files_named() {
  local directory=$1 suffix=$2 name
  shift 2
  if [ $# = 0 ]; then
    printf '%s\n' "$directory"/*"$suffix"
  else
    for name in "$@"; do echo "$directory/$(basename "$name" "$suffix")$suffix"; done
  fi
}

# Each fuzzer for its share of FUZZ_SECONDS, starting from the inputs of test/fuzz/corpus/FUZZER.
kind_fuzz() {
  local program name seconds=${FUZZ_SECONDS:-60} count status=0
  mkdir -p "$sandbox/build-fuzz"
  make -C "$sandbox/build-fuzz" -s --no-print-directory "$jobs" -f "$source_dir/test/lib/programs.mk" SOURCE="$source_dir" fuzz
  set -- "$sandbox"/build-fuzz/fuzz/run/*
  count=$#
  for program in "$@"; do
    name=$(basename "$program")
    mkdir -p "$sandbox/tmp/corpus/$name" "$source_dir/test/fuzz/corpus/$name" "$sandbox/output/fuzz"
    judge_step "$name" without_aslr "$program" -max_total_time=$((seconds / count > 0 ? seconds / count : 1)) -print_final_stats=1 \
      -artifact_prefix="$sandbox/output/fuzz/$name-" "$sandbox/tmp/corpus/$name" "$source_dir/test/fuzz/corpus/$name" || status=1
  done
  return "$status"
}

# The checks that are scripts: test/NAME/check prints TAP, or is one test with its exit status. They find the private
# cluster in PGHOST, PGPORT and PGUSER, and may write below the current directory, a copy of the checkout.
kind_check() {
  local file name status=0
  cd "$source_dir"
  for file in test/*/check; do
    name=$(basename "$(dirname "$file")")
    [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
    quiet_is_ok=1 judge "$name" read_tap "$file" || status=1
  done
  return "$status"
}

# What the server said while all the others ran: one test.
kind_server_log() {
  judge_step 'server log without crash or leak' check_log
  if [ -d "$sandbox/output/valgrind" ]; then judge_step 'valgrind' check_valgrind; fi
}
check_log() {
  ! grep -nE 'was terminated by signal|PANIC:|TRAP:|leak:|problem in (alloc set|slab|generation)|runtime error:|ERROR: AddressSanitizer' "$sandbox/output/server.log"
}
# What valgrind says of calls that pg_flux is in: an error is a paragraph, and names functions and libraries.
check_valgrind() {
  local logs=("$sandbox"/output/valgrind/*.log)
  [ -e "${logs[0]}" ] || return 1
  ! sed -E 's/^==[0-9]+== ?//' "${logs[@]}" | awk -v RS= -v ORS='\n\n' '/pg_flux/' | grep .
}
