// How everything that changes pg_flux begins: one change at a time.
#pragma once

#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// Checks that function (its name, for messages) may change pg_flux now, takes the lock that every change holds to the end
// of its transaction, and counts the change. Waits where another session has the lock, after a NOTICE that says so, and
// obeys lock_timeout (55P03) and cancel (57014). Raises also what check_change_allowed() raises, 42704 where the extension
// is not installed, and 40001 where the caller's snapshot is older than the last change.
postgres::Extension begin_change(const char *function);

} // namespace pg_flux::run
