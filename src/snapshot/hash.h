// One figure for the structure of a whole database.
#pragma once

#include <string_view>

#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::snapshot {

// "sha256:" and 64 hexadecimal digits, in the current memory context: the hash of all that the catalogs of this
// database say of the user's objects. It knows no OIDs, no data and no history, so that a dump restored elsewhere on
// the same major has the same one. Neither pg_flux nor the members of other extensions count, nor what the cluster
// shares: roles, databases, tablespaces. Reads every row of the catalogs; holds 32 bytes for each that counts. Changes
// nothing, and works on a standby. PostgreSQL errors may leave it.
std::string_view catalog_hash(const postgres::Extension &extension);

} // namespace pg_flux::snapshot
