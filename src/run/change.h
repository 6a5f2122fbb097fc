// How everything that changes pg_flux begins: one change at a time.
#pragma once

#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// Checks that function (its name, for messages) may change pg_flux now, takes the lock that every change holds to the
// end of its transaction, and counts the change. Waits where another session has the lock, after a NOTICE that says so,
// and obeys lock_timeout (55P03) and cancel (57014). Raises also what check_change_allowed() raises, 42704 where the
// extension is not installed, and 40001 where the caller's snapshot is older than the last change.
postgres::Extension begin_change(const char *function);

// The same for a procedure, whose lock belongs to the session and outlasts its transactions; an error releases it. To
// be called without a snapshot, or what the holder of the lock runs may wait for us. Does not count the change.
postgres::Extension begin_session_change(const char *function);

// Releases that lock.
void end_session_change(const postgres::Extension &extension);

// True when process, by its PID, waits for the lock of changes: a worker of ours that does waits for its own caller.
// Takes no snapshot. PostgreSQL errors may leave it.
bool waits_for_changes(const postgres::Extension &extension, int process);

// The lock that a background worker holds while it lives, so that whoever comes after a caller that died waits for it.
void lock_as_worker(const postgres::Extension &extension);

} // namespace pg_flux::run
