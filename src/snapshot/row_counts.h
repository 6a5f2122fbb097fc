// What a subtransaction did to the rows of tables.
#pragma once

#include "postgres/array.h"
#include "postgres/compat.h"

namespace pg_flux::snapshot {

// The rows that the present subtransaction, with those inside it, wrote to one relation.
struct RowCounts {
  Oid relation;
  int64 inserted;
  int64 updated;
  int64 deleted;
  bool truncated; // or dropped
};

// Reads the counters of the cumulative statistics at the present nesting level, in the current memory context. What was
// written while track_counts was off is not known. PostgreSQL errors may leave it.
postgres::Array<RowCounts> read_row_counts();

} // namespace pg_flux::snapshot
