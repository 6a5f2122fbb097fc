# The parts of the benchmark: what is measured, and against what.
set -euo pipefail

# say WORD…: psql input that prints the words.
say() { printf '\\echo %s\n' "$*"; }

# timed_query QUERY: psql input that leaves in :ms how long the query took, by the server's clock. The three columns are
# worked out from left to right, the middle one when its turn comes.
timed_query() {
  echo "SELECT clock_timestamp() AS started, ($1) AS result, clock_timestamp() AS ended \\gset"
  echo "SELECT 1000 * extract(epoch FROM :'ended'::timestamptz - :'started') AS ms \\gset"
}

# timed_work COUNT PART N K WHO WHOM: psql input that times the rollback of COUNT and takes it back.
timed_work() {
  local count=$1
  shift
  echo 'BEGIN;'
  case $4 in
  floor | naive) echo "SELECT bench.$4($count) AS ms \\gset" ;; # they look at the clock themselves
  pg_flux) timed_query "SELECT count(*) FROM pg_flux.rollback($count)" ;;
  pg_flux_quiet)
    echo 'SET LOCAL client_min_messages = warning;'
    timed_query "SELECT count(*) FROM pg_flux.rollback($count)"
    ;;
  esac
  echo 'ROLLBACK;'
  say "$* ms :ms"
}

# Work time: one warm session, every repetition undone, in turns. The first round only warms up.
part_work() {
  local n k round place who=(floor naive pg_flux pg_flux_quiet)
  while IFS=: read -r n k; do
    [ "$k" -le "$one_transaction" ] || continue
    make_templates "$n"
    progress "work time, $k of $n"
    clone "template_$n"
    for ((round = 0; round <= BENCH_REPETITIONS; round++)); do
      if [ "$round" = 1 ]; then say measured; fi
      for ((place = 0; place < ${#who[@]}; place++)); do
        timed_work "$k" work "$n" "$k" "${who[(place + round + ${#who[@]} - 1) % ${#who[@]}]}" floor
      done
    done >"$sandbox/tmp/work.psql"
    psql_in clone -f "$sandbox/tmp/work.psql" 2>>"$log" | sed '1,/^measured$/d' >>"$samples"
  done < <(tr ' ' '\n' <<<"$BENCH_PAIRS")
}

# Wall time: whole processes, with their start, connection and commits.
part_wall() {
  local n k who name
  while IFS=: read -r n k; do
    make_templates "$n"
    hand_written "$n" "$k"
    progress "wall time, $k of $n"
    who=()
    if [ "$k" -le "$one_transaction" ]; then who+=(by_hand=by_hand pg_flux=by_hand); fi
    if [ "$k" = 1 ]; then who+=(psql_c=psql_c pg_flux_c=psql_c); fi # the same call, beside its own measure
    who+=(one_transaction_each=one_transaction_each pg_flux_each=one_transaction_each)
    if [ "$n" -le "$peers_up_to" ]; then
      for name in ${peers[@]+"${peers[@]}"}; do who+=("$name=pg_flux"); done
    fi
    connect_peers_in "$n"
    turns wall "$n" "$k" "template_$n" $((k == 1 ? 2 * BENCH_WALL_REPETITIONS : BENCH_WALL_REPETITIONS)) "${who[@]}"
  done < <(tr ' ' '\n' <<<"$BENCH_WALL_PAIRS")
}
connect_peers_in() { cd "$sandbox/files/$1" && connect_peers clone && cd "$bench"; }
wall_by_hand() { psql_in clone -1 -f "down_$2.sql"; }
wall_one_transaction_each() { psql_in clone -f "down_each_$2.sql"; }
wall_psql_c() { psql_in clone -c "$(<"down_$2.sql")"; }
wall_pg_flux() { psql_in clone -c "SELECT * FROM pg_flux.rollback($2)"; }
wall_pg_flux_c() { wall_pg_flux "$@"; }
wall_pg_flux_each() { psql_in clone -c "CALL pg_flux.rollback_each($2)"; }
wall_sql_migrate() { rollback_sql_migrate "$@"; }
wall_dbmate() { rollback_dbmate "$@"; }
wall_node_pg_migrate() { rollback_node_pg_migrate "$@"; }
wall_sqitch() { rollback_sqitch "$@"; }

# Everything forward, whole processes.
part_apply() {
  local n who name
  for n in $apply; do
    make_templates "$n"
    progress "apply, $n"
    psql_in "template_$n" -At -c "SELECT up FROM bench.workload ORDER BY sequence" >"$sandbox/files/$n/up.sql"
    psql_in "template_$n" -At -c "SELECT E'BEGIN;\n' || up || 'COMMIT;' FROM bench.workload ORDER BY sequence" >"$sandbox/files/$n/up_each.sql"
    who=(by_hand=by_hand pg_flux=by_hand one_transaction_each=one_transaction_each pg_flux_each=one_transaction_each)
    if [ "$n" -le "$peers_up_to" ]; then
      for name in ${peers[@]+"${peers[@]}"}; do who+=("$name=pg_flux"); done
    fi
    connect_peers_in "$n"
    turns apply "$n" "$n" "empty_$n" $((BENCH_WALL_REPETITIONS / 2 + 1)) "${who[@]}"
    clone "empty_$n"
    memory_of "apply_memory $n $n by_hand by_hand" clone -c BEGIN -f "$sandbox/files/$n/up.sql" -c COMMIT
    clone "empty_$n"
    memory_of "apply_memory $n $n pg_flux by_hand" clone -c 'SELECT * FROM pg_flux.apply()'
    clone "empty_$n"
    memory_of "apply_memory $n $n pg_flux_each by_hand" clone -c 'CALL pg_flux.apply_each()'
  done
}
apply_by_hand() { psql_in clone -1 -f up.sql; }
apply_one_transaction_each() { psql_in clone -f up_each.sql; }
apply_pg_flux() { psql_in clone -c 'SELECT * FROM pg_flux.apply()'; }
apply_pg_flux_each() { psql_in clone -c 'CALL pg_flux.apply_each()'; }

# memory_of SAMPLE DATABASE ARGUMENT…: how much psql with these arguments makes its backend's peak memory grow, in a session
# of its own. SAMPLE is a sample's beginning.
memory_of() {
  local begin=$1 database=$2 before after
  shift 2
  { read -r before && read -r after; } < <(psql_in "$database" -At -c 'SELECT bench.peak_memory()' -c '\o /dev/null' "$@" -c '\o' -c 'SELECT bench.peak_memory()' 2>>"$log")
  sample "$begin" MB "$(awk "BEGIN { print ($after - $before) / 1024 }")"
}

# Peak memory of rolling back.
part_memory() {
  local n k who
  local -A statements=()
  while IFS=: read -r n k; do
    [ "$k" -ge "$memory_from" ] || continue
    make_templates "$n"
    progress "memory, $k of $n"
    statements=([floor]="SELECT bench.floor($k)" [naive]="SELECT bench.naive($k)" [pg_flux]="SELECT * FROM pg_flux.rollback($k)"
      [pg_flux_each]="CALL pg_flux.rollback_each($k)")
    for who in floor naive pg_flux pg_flux_each; do
      [ "$k" -le "$one_transaction" ] || [ "$who" = pg_flux_each ] || continue
      clone "template_$n"
      memory_of "memory $n $k $who floor" clone -c "${statements[$who]}"
    done
  done < <(tr ' ' '\n' <<<"$BENCH_WALL_PAIRS")
}

# A database with many registered migrations, nine of ten applied, the tables only of the last 80 of those.
make_many() {
  local x=$1 last=$(($1 * 9 / 10))
  last=$((last / 4 * 4))
  [ ! -f "$sandbox/files/many_$x" ] || return 0
  perl workload.pl table "$x" >"$sandbox/files/many_$x"
  psql_in postgres -c "CREATE DATABASE many_$x TEMPLATE base"
  psql_in "many_$x" <<END >/dev/null
\\copy bench.workload FROM '$sandbox/files/many_$x'
SELECT pg_flux.register(filename, body) FROM bench.workload WHERE sequence <= 4;
INSERT INTO pg_flux.migration (filename, body, undo, checksum, has_down, registered_by, registered_at)
SELECT filename, body, NULL, encode(sha256(convert_to(up, 'UTF8')), 'hex'), true, current_user, now()
FROM bench.workload WHERE sequence > 4;
INSERT INTO pg_flux.applied (filename, checksum, baseline, applied_at, applied_by)
SELECT filename, checksum, false, now(), current_user FROM pg_flux.migration ORDER BY filename LIMIT $last;
SELECT up FROM bench.workload WHERE sequence > $last - 80 AND sequence <= $last ORDER BY sequence \\gexec
VACUUM ANALYZE;
END
}

# status(), its rows sent to the client, against a plain join of the two tables.
part_status() {
  local x round name
  local join="SELECT CASE WHEN a.filename IS NULL THEN 'pending' ELSE 'applied' END, m.filename, a.applied_at, m.has_down
              FROM pg_flux.migration m LEFT JOIN pg_flux.applied a USING (filename) ORDER BY m.filename;"
  for x in $registered; do
    [ "$x" -ge 1000 ] || continue
    progress "status of $x"
    make_many "$x"
    for ((round = 0; round <= BENCH_REPETITIONS; round++)); do
      say "status $x $x plain_join plain_join ms"
      echo "$join"
      say "status $x $x pg_flux plain_join ms"
      echo 'SELECT * FROM pg_flux.status();'
    done >"$sandbox/tmp/status.psql"
    psql_in "many_$x" -c '\timing on' -c '\o /dev/null' -f "$sandbox/tmp/status.psql" | read_timings 2 >>"$samples"
    memory_of "status_memory $x $x plain_join plain_join" "many_$x" -c "$join"
    memory_of "status_memory $x $x pg_flux plain_join" "many_$x" -c 'SELECT * FROM pg_flux.status()'
  done
  make_templates "$status_peers"
  progress "status of $status_peers, whole processes"
  connect_peers_in "$status_peers"
  set -- pg_flux=pg_flux
  for name in ${peers[@]+"${peers[@]}"}; do
    if [ "$name" != node-pg-migrate ]; then set -- "$@" "$name=pg_flux"; fi # which has no such command
  done
  turns status_wall "$status_peers" "$status_peers" "template_$status_peers" "$BENCH_WALL_REPETITIONS" "$@"
}
status_wall_pg_flux() { psql_in clone -c 'SELECT * FROM pg_flux.status()'; }
status_wall_sql_migrate() { status_sql_migrate; }
status_wall_dbmate() { status_dbmate; }
status_wall_sqitch() { status_sqitch; }

# read_timings SKIP: joins each echoed line with psql's `Time: … ms` after it, and leaves the first ones out.
read_timings() { sed -nE '/^Time: /!h; /^Time: /{s/^Time: ([0-9.]+) ms.*/\1/; H; x; s/\n/ /p}' | tail -n +$(($1 + 1)); }

# Whether one migration takes longer to roll back where many are registered: two databases in turns, blocks of eight,
# two of each kind of migration. rollback(1) is undone, rollback_each(1) goes on to the next.
part_many() {
  local few=100 many=${registered##* } x block
  progress "rollback of 1, of $few and of $many registered"
  make_many "$few"
  make_many "$many"
  for x in $few $many; do
    psql_in postgres -c "DROP DATABASE IF EXISTS used_$x" -c "CREATE DATABASE used_$x TEMPLATE many_$x" 2>>"$log"
  done
  for x in $few $many; do
    memory_of "many_memory $x 1 pg_flux few" "many_$x" -c BEGIN -c 'SELECT * FROM pg_flux.rollback(1)' -c ROLLBACK
  done
  for ((block = 0; block < 5; block++)); do
    for x in $few $many; do
      {
        for _ in 1 2 3 4 5 6 7 8; do timed_work 1 many "$x" 1 pg_flux few; done
      } >"$sandbox/tmp/many.psql"
      psql_in "many_$x" -f "$sandbox/tmp/many.psql" 2>>"$log" | tail -n +4 >>"$samples"
      for _ in 1 2 3 4 5 6 7 8; do
        say "many_each $x 1 pg_flux_each few ms"
        echo 'CALL pg_flux.rollback_each(1);'
      done >"$sandbox/tmp/many.psql"
      psql_in "used_$x" -c '\timing on' -f "$sandbox/tmp/many.psql" 2>>"$log" | read_timings 4 >>"$samples"
    done
  done
}

# Storing texts: with a call for each, in one transaction and in one each, from a directory, and merely kept.
part_register() {
  local n who
  for n in $many_texts; do
    progress "register and load, $n"
    mkdir -p "$sandbox/files/$n"
    [ -d "$sandbox/files/$n/marked" ] || perl workload.pl files "$n" "$sandbox/files/$n"
    perl workload.pl calls "$n" >"$sandbox/files/$n/calls.sql"
    perl workload.pl inserts "$n" >"$sandbox/files/$n/inserts.sql"
    who=(inserts=inserts pg_flux_register=inserts inserts_each=inserts_each pg_flux_register_each=inserts_each pg_flux_load=inserts)
    turns register "$n" "$n" base 3 "${who[@]}"
    clone base
    memory_of "register_memory $n $n inserts inserts" clone -c BEGIN -f "$sandbox/files/$n/inserts.sql" -c COMMIT
    clone base
    memory_of "register_memory $n $n pg_flux_register inserts" clone -c BEGIN -f "$sandbox/files/$n/calls.sql" -c COMMIT
    clone base
    memory_of "register_memory $n $n pg_flux_load inserts" clone -c "SELECT * FROM pg_flux.load('$sandbox/files/$n/marked')"
  done
}
register_inserts() { psql_in clone -1 -f inserts.sql; }
register_inserts_each() { psql_in clone -f inserts.sql; }
register_pg_flux_register() { psql_in clone -1 -f calls.sql; }
register_pg_flux_register_each() { psql_in clone -f calls.sql; }
register_pg_flux_load() { psql_in clone -c "SELECT * FROM pg_flux.load('$PWD/marked')"; }

# One Down of many statements, and one of many bytes.
part_big() {
  local pair count bytes round who
  for pair in $big; do
    IFS=: read -r count bytes <<<"$pair"
    progress "a Down of $count statements, $((bytes / 1000000)) MB"
    perl workload.pl body "$count" "$bytes" >"$sandbox/files/big.sql"
    clone base
    psql_in clone <<END >/dev/null
SELECT pg_flux.register('big.sql', pg_read_file('$sandbox/files/big.sql'));
CREATE TABLE big (id int, note text);
INSERT INTO pg_flux.applied (filename, checksum, baseline, applied_at, applied_by)
SELECT filename, checksum, false, now(), current_user FROM pg_flux.migration;
INSERT INTO bench.workload
SELECT 1, filename, body, '', split_part(body, E'-- +migrate Down\n', 2) FROM pg_flux.migration;
INSERT INTO bench.applied (filename, checksum, baseline, applied_at, applied_by)
SELECT filename, checksum, baseline, applied_at, applied_by FROM pg_flux.applied;
END
    for ((round = 0; round < 3; round++)); do
      for who in floor naive pg_flux; do
        { echo 'SELECT bench.peak_memory() AS before \gset'
          timed_work 1 big "$count" "$((bytes / 1000000))" "$who" floor
          echo 'SELECT round((bench.peak_memory() - :before) / 1024.0, 1) AS mb \gset'
          say "big_memory $count $((bytes / 1000000)) $who floor MB :mb"
        } >"$sandbox/tmp/big.psql"
        psql_in clone -f "$sandbox/tmp/big.psql" 2>>"$log" >>"$samples"
      done
    done
  done
}
