# A private cluster on a socket of its own, without a port, in the sandbox. The distribution's clusters are never touched.
set -euo pipefail

# start_cluster SETTINGS: SETTINGS is a file that is appended to postgresql.conf. Exports PGHOST, PGPORT and PGUSER.
start_cluster() {
  local bin
  bin=$("$PG_CONFIG" --bindir)
  export PGHOST=$sandbox/socket PGPORT=5432 PGUSER=postgres PATH=$bin:$PATH
  as_sandbox_user mkdir "$PGHOST"
  as_sandbox_user "$bin/initdb" -D "$sandbox/data" -A trust -U postgres -N --locale=C -E UTF8 >"$sandbox/tmp/initdb.log" 2>&1 ||
    { cat "$sandbox/tmp/initdb.log" >&2; return 1; }
  as_sandbox_user tee -a "$sandbox/data/postgresql.conf" >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$PGHOST'
port = $PGPORT
log_line_prefix = '%m [%p] %q%a '
# Nothing here outlives the run.
fsync = off
synchronous_commit = off
full_page_writes = off
# A test that hangs ends one day.
statement_timeout = 10min
# Migrations may use these.
wal_level = logical
max_prepared_transactions = 10
$(cat "$1")
END
  as_sandbox_user "$bin/pg_ctl" start -w -s -D "$sandbox/data" -l "$sandbox/output/server.log" >/dev/null ||
    { cat "$sandbox/output/server.log" >&2; return 1; }
}
