// Looks for indexes that a concurrent statement made or left, between begin_own_queries() and end_own_queries().
// PostgreSQL errors may leave all of these.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"

namespace pg_flux::catalog {

// An index by its qualified and quoted name.
struct Index {
  std::string_view name;
  Oid oid;
  Oid table;
  bool valid;
};

// The names of the indexes of table (none for InvalidOid) and of all invalid indexes, as text[].
Datum index_names(Oid table, MemoryContext memory);

// The indexes that are not in before (text[], 0 for an empty one): those of table, or for InvalidOid the transient ones
// of REINDEX CONCURRENTLY anywhere.
postgres::Array<Index> new_indexes(Oid table, Datum before, MemoryContext memory);

} // namespace pg_flux::catalog
