// The rows of all catalogs before and after, matched, and which of them are objects of their own.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "snapshot/matching.h"
#include "snapshot/observation.h"

namespace pg_flux::snapshot {

struct MatchedRow {
  const Description *description; // of its catalog, with the columns
  Match match;
};

// Matches all rows of observation, which has to live as long. PostgreSQL errors may leave it.
postgres::Array<MatchedRow> match_all(const Observation &observation);

// True for the row of the object itself, in its own catalog; false for that of a part, or of what hangs on it.
bool is_main(const MatchedRow &row, const DescribedRow &described);

// The objects that are on one side and not on the other. PostgreSQL errors may leave it.
ObjectSet one_sided(const postgres::Array<MatchedRow> &rows, const DescribedRow *Match::*side,
                    const DescribedRow *Match::*other, const postgres::Array<Dependency> &dependencies);

// The value of a column by its name; no data where there is none. Raises nothing.
std::string_view column_value(const MatchedRow &row, const DescribedRow &described, const char *column);

} // namespace pg_flux::snapshot
