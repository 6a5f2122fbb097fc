// Rows that have only their names in common.
#pragma once

#include "postgres/array.h"
#include "snapshot/matched.h"

namespace pg_flux::snapshot {

// The objects whose rows ended, so that at most others have their names. PostgreSQL errors may leave it.
ObjectSet find_gone(const postgres::Array<MatchedRow> &rows);

// rows, in which two that are matched because of their identity, but belong to objects of which the first is still
// there, perhaps with another name, are none of one another. So is what leads a partition to its parent where that, or
// the bounds, are others. PostgreSQL errors may leave it.
postgres::Array<MatchedRow> separate_namesakes(const postgres::Array<MatchedRow> &rows);

} // namespace pg_flux::snapshot
