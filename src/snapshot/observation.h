// What a subtransaction changed in the catalogs, seen from both sides of it.
#pragma once

#include "postgres/array.h"
#include "postgres/compat.h"
#include "postgres/extension.h"
#include "snapshot/dependencies.h"
#include "snapshot/description.h"
#include "snapshot/row_counts.h"
#include "snapshot/scan.h"

namespace pg_flux::snapshot {

// The rows of one catalog that the subtransaction ended, and those that it made.
struct CatalogChange {
  Description before;
  Description after;
};

struct Observation {
  postgres::Array<ChangedRows> changed;
  postgres::Array<CatalogChange> catalogs; // beside changed, one for one
  postgres::Array<Dependency> dependencies_before;
  postgres::Array<Dependency> dependencies_after;
  postgres::Array<RowCounts> row_counts;
};

// How the statements that make, drop and alter the objects of a catalog are found, if at all.
using ExtrasOf = Extras (*)(const char *catalog);

// Inside the subtransaction, whose id is since, as its last act: scans the catalogs and describes what is new, in the
// current memory context, which has to outlive the subtransaction. strict: the position of columns counts. PostgreSQL
// errors may leave it.
Observation observe_inside(const postgres::Extension &extension, TransactionId since, bool strict, ExtrasOf extras);

// After the subtransaction is rolled back, and before anything else: describes what it had ended. Raises 40001 where
// another session has changed it meanwhile.
void observe_outside(const postgres::Extension &extension, Observation &observation, bool strict, ExtrasOf extras);

} // namespace pg_flux::snapshot
