# What proving and deriving cost as the database grows: a part of the benchmark.
set -euo pipefail

# make_grown X: a database with the table that a migration changes, and X others of ten columns with a primary key each.
make_grown() {
  local x=$1
  progress "preparing $x tables"
  psql_in postgres -c "CREATE DATABASE grown_$x TEMPLATE base"
  psql_in "grown_$x" <<END >/dev/null
CREATE TABLE subject (id int PRIMARY KEY, name text);
-- In pieces that the lock table has room for.
DO \$\$
BEGIN
    FOR i IN 1 .. $x LOOP
        EXECUTE format('CREATE TABLE grown_%s (id bigint PRIMARY KEY, name text NOT NULL, email text, amount numeric(12,2),
            active boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL DEFAULT now(), note text, kind int,
            day date, data jsonb)', i);
        IF i % 500 = 0 THEN COMMIT; END IF;
    END LOOP;
END \$\$;
SELECT pg_flux.register('1_with_down.sql', 'ALTER TABLE subject ADD COLUMN city text;', 'ALTER TABLE subject DROP COLUMN city;');
SELECT pg_flux.register('2_without_down.sql', 'ALTER TABLE subject ADD COLUMN city text;');
VACUUM ANALYZE;
END
}

# prove_call WHO: the call; a file in the format separate gets the hash and is not tried out.
prove_call() {
  case $1 in
  verify) echo "SELECT count(*) FROM pg_flux.verify('1_with_down.sql')" ;;
  generate_down) echo "SELECT length(pg_flux.generate_down('2_without_down.sql'))" ;;
  generate) echo "SELECT count(*) FROM pg_flux.generate('city', 'ALTER TABLE subject ADD COLUMN city text', 'combined', dry_run => true)" ;;
  hash) echo "SELECT count(*) FROM pg_flux.generate('city', 'ALTER TABLE subject ADD COLUMN city text', 'separate', false, true)" ;;
  scan) echo "SELECT bench.scan_catalogs()" ;;
  esac
}

# In one warm session, in turns, after a round to warm up; then the memory of each in a session of its own.
part_prove() {
  local x who round place whose=(scan verify generate_down generate hash) before after
  for x in $grown; do
    make_grown "$x"
    progress "verify() and generate() with $x tables"
    {
      echo 'SET client_min_messages = warning;'
      for ((round = 0; round <= prove_repetitions; round++)); do
        if [ "$round" = 1 ]; then say measured; fi
        for ((place = 0; place < ${#whose[@]}; place++)); do
          who=${whose[(place + round) % ${#whose[@]}]}
          timed_query "$(prove_call "$who")"
          say "prove $x 1 $who scan ms :ms"
        done
      done
    } >"$sandbox/tmp/prove.psql"
    psql_in "grown_$x" -f "$sandbox/tmp/prove.psql" 2>>"$log" | sed '1,/^measured$/d' >>"$samples"
    for who in "${whose[@]}"; do
      { read -r before && read -r after; } < <(psql_in "grown_$x" -At -c 'SELECT bench.peak_memory()' -c '\o /dev/null' -c "$(prove_call "$who")" -c '\o' -c 'SELECT bench.peak_memory()' 2>>"$log")
      sample prove_memory "$x" 1 "$who" scan MB "$(awk "BEGIN { print ($after - $before) / 1024 }")"
    done
    psql_in postgres -c "DROP DATABASE grown_$x"
  done
}
