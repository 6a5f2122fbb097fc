// The runs that happen inside the caller's transaction: all or nothing.
#pragma once

#include "postgres/compat.h"
#include "postgres/extension.h"
#include "run/plan.h"

namespace pg_flux::run {

// Runs plan, or in a dry run only tells, with NOTICEs as it goes and one row (filename, outcome, reason, statements,
// duration) for each migration into the materialized result of fcinfo. Raises what check_plan(),
// check_baseline_hash() and execute_migration() raise, and PF006 when a rollback had to skip all of them.
void run_plan(const postgres::Extension &extension, Plan &plan, bool dry_run, FunctionCallInfo fcinfo);

} // namespace pg_flux::run
