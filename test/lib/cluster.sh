# A private cluster on a socket of its own, without a port, in the sandbox. The distribution's clusters are never touched.
set -euo pipefail

# server_program: prints what to start: the server, or a script that runs it under valgrind (VALGRIND=1), or with the
# sanitizers that SANITIZE=1 built in.
server_program() {
  local postgres program=$sandbox/tmp/postgres
  postgres=$("$PG_CONFIG" --bindir)/postgres
  if [ -n "${VALGRIND:-}" ]; then
    as_sandbox_user mkdir "$sandbox/output/valgrind"
    as_sandbox_user tee "$program" >/dev/null <<END
#!/bin/sh
exec valgrind --quiet --leak-check=no --trace-children=yes --num-callers=40 \
  --suppressions='$sandbox/source/test/lib/valgrind.supp' --log-file='$sandbox/output/valgrind/%p.log' '$postgres' "\$@"
END
  elif [ -n "${SANITIZE:-}" ]; then
    as_sandbox_user tee "$program" >/dev/null <<END
#!/bin/sh
export LD_PRELOAD='$(g++ -print-file-name=libasan.so)' ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
exec '$postgres' "\$@"
END
  else
    echo "$postgres"
    return
  fi
  as_sandbox_user chmod +x "$program"
  echo "$program"
}

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
  as_sandbox_user "$bin/pg_ctl" start -w -s -p "$(server_program)" -D "$sandbox/data" -l "$sandbox/output/server.log" >/dev/null ||
    { cat "$sandbox/output/server.log" >&2; return 1; }
}
