// Whether the database is the one that a migration was written against.
#pragma once

#include "postgres/compat.h"
#include "postgres/extension.h"
#include "run/plan.h"

namespace pg_flux::run {

// Raises PF002 where the first migration that plan applies carries a baseline hash which is not that of the catalog; a
// WARNING where plan.force is set. Later ones were written against what is not there yet, and one that is half done
// against what is there no more. Raises also what catalog_hash() raises.
void check_baseline_hash(const postgres::Extension &extension, const Plan &plan);

} // namespace pg_flux::run
