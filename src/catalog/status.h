// Reads what status() shows, between begin_own_queries() and end_own_queries().
#pragma once

#include "postgres/compat.h"

namespace pg_flux::catalog {

// Sends one row (status, filename, applied_at, down) for each migration to receiver, in file-name order. Reads no text
// of a migration. PostgreSQL errors may leave it.
void send_status(DestReceiver *receiver);

} // namespace pg_flux::catalog
