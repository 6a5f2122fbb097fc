// Which described row before is which one after.
#pragma once

#include "postgres/array.h"
#include "snapshot/description.h"

namespace pg_flux::snapshot {

// A row before, a row after, or both. same_key: it is the same row, perhaps with another name; else another row of the
// same identity.
struct Match {
  const DescribedRow *before;
  const DescribedRow *after;
  bool same_key;
};

// Matches the rows of one catalog: by primary key first, so that what was renamed is still itself, and what is left by
// type and identity. Neither may be changed as long as the result lives. PostgreSQL errors may leave it.
postgres::Array<Match> match_rows(const Description &before, const Description &after);

} // namespace pg_flux::snapshot
