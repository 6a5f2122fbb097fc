// What the client is told while a call goes on.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::postgres {

// Raises message as a NOTICE. PostgreSQL sends each NOTICE at once, and waking up the client takes about as long as a
// quick DROP; of those that follow each other within ten milliseconds only the first is sent at once, the others
// together with whatever comes next. PostgreSQL errors may leave it.
void gather_notice(const char *message);

} // namespace pg_flux::postgres
