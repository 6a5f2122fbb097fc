// Which statements PostgreSQL refuses inside a transaction.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::run {

// The command, as PostgreSQL names it, where statement (a raw parse tree) needs a transaction of its own; NULL where it
// does not. Looks at the catalog for the kinds that depend on it, without locks: what another session or an earlier
// statement changes is found out only when the statement runs. PostgreSQL errors may leave it.
const char *autocommit_command(Node *statement);

} // namespace pg_flux::run
