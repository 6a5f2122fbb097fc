// Writes pg_flux.state, between begin_own_queries() and end_own_queries().
#pragma once

#include "postgres/extension.h"

namespace pg_flux::catalog {

// Updates the one row. Raises 40001 in a REPEATABLE READ or SERIALIZABLE transaction whose snapshot is older than the
// last change that another session committed: such a caller would choose by what is no longer true.
void count_change(const postgres::Extension &extension);

} // namespace pg_flux::catalog
