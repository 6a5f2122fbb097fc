// What a run left behind that should have left nothing.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/extension.h"
#include "snapshot/matched.h"
#include "snapshot/observation.h"

namespace pg_flux::snapshot {

// One line of a proof that failed.
struct Difference {
  std::string_view type;
  std::string_view object;
  const char *change; // left behind, missing, differs or recreated
  std::string_view expected;
  std::string_view actual;
};

// Compares both sides of observation, in the state before the run: what is there after it and was not before, what was
// and is not, what differs, and what holds other data. Objects that come and go with others are left out beside those.
// Texts of expressions that differ are compared again as they print once they have been read. The result lives in the
// current memory context. PostgreSQL errors may leave it.
postgres::Array<Difference> find_differences(const postgres::Extension &extension, const Observation &observation);

// True when the matched rows have the same in that column, given by its number: the same is stored in the same row, or
// the texts are the same, or mean the same. PostgreSQL errors may leave it.
bool same_value(const MatchedRow &row, int index);

} // namespace pg_flux::snapshot
