# What it costs to try a migration out, and to know the database: both read the whole catalog, so by how many tables it has.
set -euo pipefail

# make_proof N: proof_N with N tables, and one more that migrations change.
make_proof() {
  psql_in postgres -c "CREATE DATABASE proof_$1 TEMPLATE base"
  psql_in "proof_$1" -c 'CALL bench.make_tables(0, 0)' -c "CALL bench.make_tables(1, $1)"
  psql_in "proof_$1" <<'END' >/dev/null
SELECT pg_flux.register('add_column.sql', E'-- +migrate Up\nALTER TABLE public.t_0 ADD COLUMN extra int;\n-- +migrate Down\nALTER TABLE public.t_0 DROP COLUMN extra;\n');
SELECT pg_flux.register('no_down.sql', E'-- +migrate Up\nALTER TABLE public.t_0 ADD COLUMN extra int;\n');
VACUUM ANALYZE;
END
}

# generate in this format has no Down to derive: what is left is the hash.
prove_query() {
  local add_column='ALTER TABLE public.t_0 ADD COLUMN extra int'
  case $1 in
  scan) echo 'SELECT bench.scan_catalogs()' ;;
  verify) echo "SELECT count(*) FROM pg_flux.verify('add_column.sql')" ;;
  generate_down) echo "SELECT length(pg_flux.generate_down('no_down.sql'))" ;;
  generate) echo "SELECT sum(length(body)) FROM pg_flux.generate('x', '$add_column', 'combined', false, true)" ;;
  hash) echo "SELECT sum(length(body)) FROM pg_flux.generate('x', '$add_column', 'separate', false, true)" ;;
  esac
}

# One warm session, in turns; the first round only warms up. Then each in a session of its own, for the memory.
part_prove() {
  local n round place name who=(scan verify generate_down generate hash)
  for n in $prove_tables; do
    progress "proving, $n tables"
    make_proof "$n"
    for ((round = 0; round <= prove_repetitions; round++)); do
      if [ "$round" = 1 ]; then say measured; fi
      for ((place = 0; place < ${#who[@]}; place++)); do
        set -- "${who[(place + round + ${#who[@]} - 1) % ${#who[@]}]}"
        timed_query "$(prove_query "$1")"
        say "prove $n 10 $1 scan ms :ms"
      done
    done >"$sandbox/tmp/prove.psql"
    psql_in "proof_$n" -f "$sandbox/tmp/prove.psql" 2>>"$log" | sed '1,/^measured$/d' >>"$samples"
    for name in "${who[@]}"; do
      memory_of "prove_memory $n 10 $name scan" "proof_$n" -c "$(prove_query "$name")"
    done
  done
}
