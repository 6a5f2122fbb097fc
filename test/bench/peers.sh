# The other migration tools: for each what it takes to roll back, to apply and to tell the state, and how its tracking rows
# are made without running anything. The working directory is $files of the N at hand; the database is `clone`.
set -euo pipefail

peers=()          # those that are here
missing_peers=()  # those that are not
find_peers() {
  dbmate=$(find "$sandbox/build-peers/node_modules/@dbmate" -type f -path '*/bin/dbmate' 2>/dev/null | head -n 1) || true
  node_pg_migrate=$sandbox/build-peers/node_modules/.bin/node-pg-migrate
  find_peer sql-migrate command -v sql-migrate
  find_peer sqitch sqitch engine --quiet
  find_peer dbmate "${dbmate:-false}" --version
  find_peer node-pg-migrate "$node_pg_migrate" --version
}
# find_peer NAME COMMAND…: it is here when the command succeeds.
find_peer() {
  local name=$1
  shift
  if (cd "$sandbox/tmp" && "$@") >/dev/null 2>&1; then peers+=("$name"); else missing_peers+=("$name"); fi
}
is_peer() { [[ " ${peers[*]} " == *" $1 "* ]]; }

export SQITCH_FULLNAME=Bench SQITCH_EMAIL=bench@example.org DBMATE_NO_DUMP_SCHEMA=true DBMATE_MIGRATIONS_DIR=./dbmate

# prepare_peers DATABASE: every migration counts as applied.
prepare_peers() {
  local database=$1
  connect_peers "$database"
  if is_peer sql-migrate; then
    sql-migrate status >/dev/null # makes its table
    psql_in "$database" -c "INSERT INTO gorp_migrations SELECT filename, now() FROM bench.workload"
  fi
  if is_peer dbmate; then
    "$dbmate" status >/dev/null # so does this, from 2 on
    psql_in "$database" -c "CREATE TABLE IF NOT EXISTS schema_migrations (version varchar PRIMARY KEY)" \
      -c "INSERT INTO schema_migrations SELECT split_part(filename, '_', 1) FROM bench.workload"
  fi
  if is_peer node-pg-migrate; then
    psql_in "$database" \
      -c "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)" \
      -c "INSERT INTO pgmigrations (name, run_on) SELECT replace(filename, '.sql', ''), now() FROM bench.workload ORDER BY sequence"
  fi
  if is_peer sqitch; then
    (cd sqitch && sqitch deploy --log-only --target "db:pg:$database") >/dev/null
  fi
}

# connect_peers DATABASE: how each of them is told where.
connect_peers() {
  cat >dbconfig.yml <<END
development:
  dialect: postgres
  datasource: host=$PGHOST port=$PGPORT user=$PGUSER dbname=$1 sslmode=disable
  dir: marked
END
  export DATABASE_URL="postgres://$PGUSER@localhost/$1?host=$PGHOST&port=$PGPORT&sslmode=disable"
}

# The value of each is what a user of the tool types. A rollback takes N and K.
rollback_sql_migrate() { sql-migrate down -limit="$2"; }
rollback_dbmate() { # one a call
  local i
  for ((i = 0; i < $2; i++)); do "$dbmate" rollback; done
}
rollback_node_pg_migrate() { "$node_pg_migrate" down "$2" -m node-pg-migrate --verbose false; }
rollback_sqitch() {
  if [ "$1" = "$2" ]; then set -- "$1"; else set -- "$1" --to "@HEAD^$2"; fi
  (cd sqitch && sqitch revert -y --target db:pg:clone "${@:2}")
}

apply_sql_migrate() { sql-migrate up; }
apply_dbmate() { "$dbmate" up; }
apply_node_pg_migrate() { "$node_pg_migrate" up -m node-pg-migrate --verbose false; }
apply_sqitch() { (cd sqitch && sqitch deploy --target db:pg:clone); }

status_sql_migrate() { sql-migrate status; }
status_dbmate() { "$dbmate" status; }
status_sqitch() { (cd sqitch && sqitch status --show-changes --target db:pg:clone); }
