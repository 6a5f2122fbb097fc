#!/bin/bash
# Runs kinds of test inside the sandbox, as its unprivileged user, and counts: suite.sh SANDBOX WORD…, where the words are
# kinds, each followed by the names it is restricted to; without words it is everything. Leaves its counts, passed and
# failed, in SANDBOX/counts.
set -euo pipefail

sandbox=$1
shift
cd "$(dirname "$0")"
. ./sandbox.sh
. ./build.sh
. ./cluster.sh
. ./kinds.sh

export TMPDIR=$sandbox/tmp
all_kinds=(build lint unit regress pgtap isolation recovery fuzz check) # fast ones first

is_kind() { [[ " ${all_kinds[*]} " == *" $1 "* ]]; }
needs_server() { [[ " regress pgtap isolation recovery check " == *" $1 "* ]]; }

# Whether there is anything of a kind to run.
has_tests() {
  case $1 in
  build) compgen -G "$source_dir/src/*/*.cpp" ;;
  lint) true ;;
  unit) compgen -G "$source_dir/test/unit/*_test.cpp" ;;
  regress) [ -n "$(makefile_variable REGRESS)" ] ;;
  pgtap) compgen -G "$source_dir/test/pgtap/*.sql" ;;
  isolation) [ -n "$(makefile_variable ISOLATION)" ] ;;
  recovery) compgen -G "$source_dir/test/recovery/t/*.pl" ;;
  fuzz) compgen -G "$source_dir/test/fuzz/*.cpp" ;;
  check) compgen -G "$source_dir/test/*/check" ;;
  esac >/dev/null
}

passed=0
failed=0

# run_kind KIND NAME…: one line with its counts; when something failed, which tests, and the end of what was printed.
run_kind() {
  local kind=$1 log=$sandbox/output/$1.log verdicts=$sandbox/tmp/$1.verdicts start=$SECONDS status ok not_ok
  shift
  : >"$verdicts"
  set +e # not `if`, in which bash would forget set -e inside too
  (
    set -e
    if needs_server "$kind"; then need_server; fi
    "kind_$kind" "$@"
  ) >"$log" 2>&1 3>"$verdicts" </dev/null
  status=$?
  set -e
  if [ ! -s "$verdicts" ]; then
    echo "not ok $kind: no test ran (exit status $status)" >"$verdicts"
  elif [ "$status" != 0 ] && ! grep -q '^not ok' "$verdicts"; then
    echo "not ok $kind: broke off (exit status $status)" >>"$verdicts"
  fi
  ok=$(grep -c '^ok' "$verdicts") || true
  not_ok=$(grep -c '^not ok' "$verdicts") || true
  passed=$((passed + ok))
  failed=$((failed + not_ok))
  printf '%-10s %5d ok %4d failed %5d s\n' "$kind" "$ok" "$not_ok" $((SECONDS - start))
  if [ "$not_ok" -gt 0 ]; then
    sed -n 's/^not ok/    FAILED/p' "$verdicts"
    echo "    -- the end of $kind.log, without what passed:"
    grep -vE '^(ok |\[ RUN |\[       OK )' "$log" | tail -n 100 | sed 's/^/    | /'
  else
    sed -n 's/^left out: /    left out: /p' "$log"
  fi
}

# The cluster is started once, for the first kind that needs it, with the extension that the build staged.
start_server_once() {
  [ -z "${server:-}" ] || return 0
  server=missing
  if ! grep -qx 'ok g++' "$sandbox/tmp/build.verdicts"; then
    echo "no server: the build failed" >"$sandbox/output/start.log"
  elif staging_settings "$sandbox/stage" >"$sandbox/staging.conf" && start_cluster "$sandbox/staging.conf"; then
    server=running
  fi 2>"$sandbox/output/start.log"
}
need_server() { [ "$server" = running ] || { cat "$sandbox/output/start.log"; return 1; }; }

declare -A names=()
chosen=()
for word in "$@"; do
  if is_kind "$word"; then
    chosen+=("$word")
    kind=$word
  elif [ -n "${kind:-}" ]; then
    names[$kind]+=" $word"
  else
    echo "no kind of test: $word (there are: ${all_kinds[*]})" >&2
    exit 2
  fi
done
if [ ${#chosen[@]} = 0 ]; then
  everything=1
  for kind in "${all_kinds[@]}"; do
    if has_tests "$kind"; then chosen+=("$kind"); fi
  done
elif [ "${chosen[0]}" != build ]; then
  for kind in "${chosen[@]}"; do
    if needs_server "$kind"; then
      chosen=(build "${chosen[@]}")
      break
    fi
  done
fi

for kind in "${chosen[@]}"; do
  if needs_server "$kind"; then start_server_once; fi
  # The names are words: no file of the tests has a blank in its name.
  # shellcheck disable=SC2086
  run_kind "$kind" ${names[$kind]:-}
done
if [ "${server:-}" = running ]; then run_kind server_log; fi

# What the tests printed, for a look or for expected/, and the logs of the clusters of recovery tests.
for results in results output_iso tmp_check/log; do
  if [ -d "$sandbox/build/$results" ]; then cp -r "$sandbox/build/$results" "$sandbox/output/"; fi
done

echo "$passed $failed" >"$sandbox/counts"
[ "$failed" = 0 ]
