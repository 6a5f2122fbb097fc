// Runs a statement as if a client had sent it alone, so that what PostgreSQL refuses inside a transaction works.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::run {

// Runs text, one statement, in the transaction that is open and has done nothing yet. The statement may commit it and
// begin others; one is open afterwards. Rows go nowhere.
// For a background worker only: it has no portal around it. Raises what the statement raises.
void execute_top_level(const char *text);

} // namespace pg_flux::run
