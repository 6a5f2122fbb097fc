#!/bin/bash
# Measures, inside the sandbox, as its unprivileged user: measure.sh SANDBOX. The samples go to output/samples, a line
# for each repetition: part, N, K, who, whom it is compared with, unit, value; report.pl makes the table of them.
set -euo pipefail

sandbox=$1
bench=$sandbox/source/test/bench
cd "$bench"
. ../lib/sandbox.sh
. ../lib/build.sh
. ../lib/cluster.sh
. ./peers.sh
. ./parts.sh
. ./proof.sh

export TMPDIR=$sandbox/tmp
samples=$sandbox/output/samples
log=$sandbox/output/bench.log

# N:K, how many of how many.
if [ -n "${QUICK:-}" ]; then
  : "${BENCH_PAIRS:=10:1 100:10}" "${BENCH_REPETITIONS:=3}" "${BENCH_WALL_REPETITIONS:=2}" "${BENCH_PEER_REPETITIONS:=1}" "${BENCH_PATIENCE:=1}"
  registered="100 1000" status_peers=100 many_texts="100 1000" big="1000:1000000" apply="10" memory_from=10
  prove_tables="0 50 200" prove_repetitions=3
else
  : "${BENCH_WALL_PAIRS:=${BENCH_PAIRS:-10:1 10:10 100:1 100:100 1000:1 1000:10 1000:100 1000:1000 5000:1 5000:1000 5000:5000}}"
  : "${BENCH_PAIRS:=10:1 10:10 100:1 100:10 100:100 1000:1 1000:10 1000:100 1000:1000 5000:1 5000:100 5000:1000}"
  : "${BENCH_REPETITIONS:=15}" "${BENCH_WALL_REPETITIONS:=7}" "${BENCH_PEER_REPETITIONS:=3}" "${BENCH_PATIENCE:=15}"
  registered="100 1000 10000 100000" status_peers=1000 many_texts="1000 10000" big="100000:6000000 50000:50000000" apply="100 1000" memory_from=100
  prove_tables="0 1000 5000 20000" prove_repetitions=11
fi
: "${BENCH_WALL_PAIRS:=$BENCH_PAIRS}"
: "${BENCH_PARTS:=work wall apply memory status many register big prove}"
peers_up_to=1000      # migrations; sqitch alone would take minutes to be told of 5,000
one_transaction=2000  # migrations that the lock table has room for, with its default size

part() { [[ " $BENCH_PARTS " == *" $1 "* ]]; }

# sample PART N K WHO WHOM UNIT VALUE
sample() { echo "$*" >>"$samples"; }

progress() { echo "$((SECONDS / 60)):$(printf %02d $((SECONDS % 60))) $*" >&2; }

psql_in() { psql -X -q -v ON_ERROR_STOP=1 -d "$@"; }

# clone TEMPLATE: a fresh database `clone`, as a first connection left it.
clone() {
  psql_in postgres -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS clone' -c "CREATE DATABASE clone TEMPLATE $1" >>"$log" 2>&1
  psql_in clone -c 'SELECT' >/dev/null
}

# The cluster is a server's with its defaults, but that nothing of its own accord comes between.
progress "building"
mkdir -p "$sandbox/files"
flux_make build -j"$(nproc)" with_llvm=no install DESTDIR="$sandbox/stage" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
{
  staging_settings "$sandbox/stage"
  cat <<'END'
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica
max_prepared_transactions = 0
shared_buffers = 512MB
max_wal_size = 32GB
checkpoint_timeout = 1h
autovacuum = off
END
} >"$sandbox/bench.conf"
start_cluster "$sandbox/bench.conf"
find_peers

# The base of every database: the extension and the benchmark's own schema.
createdb base
psql_in base -c 'CREATE EXTENSION pg_flux' -f setup.sql

# make_templates N: template_N with everything applied, in every tool's books; empty_N with everything pending in pg_flux's.
# Once each.
make_templates() {
  local n=$1 files=$sandbox/files/$1
  [ ! -d "$files" ] || return 0
  progress "preparing $n migrations"
  mkdir "$files"
  perl workload.pl files "$n" "$files"
  perl workload.pl table "$n" >"$files/table"
  psql_in postgres -c "CREATE DATABASE template_$n TEMPLATE base"
  psql_in "template_$n" -c '\copy bench.workload FROM '"'$files/table'" -c "SELECT count(*) FROM pg_flux.load('$files/marked')" >/dev/null
  psql_in postgres -c "CREATE DATABASE empty_$n TEMPLATE template_$n"
  psql_in "template_$n" -c 'SET client_min_messages = warning' -c 'CALL pg_flux.apply_each()'
  psql_in "template_$n" -c "INSERT INTO bench.applied (filename, checksum, baseline, applied_at, applied_by)
                            SELECT filename, checksum, baseline, applied_at, applied_by FROM pg_flux.applied ORDER BY sequence"
  if [ "$n" -le "$peers_up_to" ]; then (cd "$files" && prepare_peers "template_$n") >>"$log" 2>&1; fi
  psql_in "template_$n" -c 'VACUUM ANALYZE'
  psql_in "empty_$n" -c 'VACUUM ANALYZE'
}

# hand_written N K: what a person would have in a file, as one and with a transaction for each migration.
hand_written() {
  local n=$1 k=$2 files=$sandbox/files/$1
  psql_in "template_$n" -At -c "SELECT down FROM bench.workload ORDER BY sequence DESC LIMIT $k" | sed '/^$/d' >"$files/down_$k.sql"
  psql_in "template_$n" -At -c "SELECT E'BEGIN;\n' || down || 'COMMIT;' FROM bench.workload ORDER BY sequence DESC LIMIT $k" >"$files/down_each_$k.sql"
}

# leftovers: what is left of the workload in the clone, to see that everybody has done the same.
leftovers() {
  psql_in clone -At -c "SELECT (SELECT count(*) FROM pg_class WHERE relname ~ '^[tu]_\d'), (SELECT count(*) FROM pg_proc WHERE proname ~ '^touch_'),
                        (SELECT count(*) FROM pg_attribute WHERE attname ~ '^note_')"
}

# turns PART N K TEMPLATE REPETITIONS CONTESTANT…: whole processes. A contestant is WHO=WHOM: the function PART_WHO is
# timed, WHOM it is compared with. The places change from round to round; a peer that has had its repetitions, and whoever
# has used up the patience, is left out from then on.
turns() {
  local part=$1 n=$2 k=$3 template=$4 repetitions=$5 contestant who whom round place start end left expected=
  local -A spent=()
  shift 5
  for ((round = 0; round < repetitions; round++)); do
    for ((place = 0; place < $#; place++)); do
      contestant=${*:(place + round) % $# + 1:1}
      who=${contestant%=*} whom=${contestant#*=}
      [ "${spent[$who]:-0}" -lt $((BENCH_PATIENCE * 1000000)) ] || continue
      ! is_peer "$who" || [ "$round" -lt "$BENCH_PEER_REPETITIONS" ] || continue
      clone "$template"
      cd "$sandbox/files/$n"
      start=${EPOCHREALTIME/./}
      "${part}_${who//-/_}" "$n" "$k" </dev/null >"$sandbox/tmp/turn.log" 2>&1 || spent[$who]=failed
      end=${EPOCHREALTIME/./}
      cd "$bench"
      left=$(leftovers)
      : "${expected:=$left}"
      if [ "${spent[$who]:-}" = failed ] || [ "$left" != "$expected" ]; then
        echo "$part $n $k $who failed, or left $left instead of $expected:" | tee -a "$log" >&2
        tail -n 20 "$sandbox/tmp/turn.log" >>"$log"
        spent[$who]=999999999999
        continue
      fi
      spent[$who]=$((${spent[$who]:-0} + end - start))
      sample "$part" "$n" "$k" "$who" "$whom" ms "$(((end - start) / 1000)).$(printf %03d $(((end - start) % 1000)))"
    done
  done
}

{
  echo "machine: $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), $(awk '/MemTotal/ { printf "%d", $2 / 1048576 + 0.5 }' /proc/meminfo) GiB"
  echo "PostgreSQL: $(psql_in base -At -c 'SHOW server_version'), $(grep -E '^(fsync|synchronous_commit|full_page|wal_level|shared|max_wal|checkpoint|autovacuum)' "$sandbox/bench.conf" | tr -d ' ' | paste -sd ' ')"
  echo "date: $(date -u +%Y-%m-%d), load at the start $(cut -d ' ' -f 1 /proc/loadavg)"
  echo "peers: ${peers[*]:-none}${missing_peers[*]:+; missing: ${missing_peers[*]}}"
} >"$sandbox/output/machine"

# Also of a run that was broken off: what was measured by then.
report() {
  trap '' EXIT INT TERM
  [ -s "$samples" ] || return 0
  echo "took: $SECONDS s" >>"$sandbox/output/machine"
  cd "$bench"
  perl report.pl "$sandbox/output/machine" "$samples" "$sandbox/output/bench.json" | tee "$sandbox/output/bench.txt"
}
trap report EXIT
trap 'exit 143' INT TERM

for name in work wall apply memory status many register big prove; do
  if part "$name"; then "part_$name"; fi
done
progress "done"
