// What a run left behind that should have left nothing.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/extension.h"
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

// True when both rows, matched, have the same text in that column, or one that means the same.
bool same_value(const DescribedColumn &column, int index, const DescribedRow &before, const DescribedRow &after);

} // namespace pg_flux::snapshot
