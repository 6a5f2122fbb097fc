// The runs of the procedures: a transaction for each migration.
#pragma once

#include <string_view>

#include "format/sections.h"
#include "postgres/compat.h"
#include "run/section.h"

namespace pg_flux::run {

// What a procedure was asked for.
struct EachRequest {
  const char *procedure; // its name, for messages
  format::Direction direction;
  int count;             // 0 for all
  std::string_view stop; // rollback_to_each: the migration that stays; else without data
  bool dry_run;
  Resume resume;
  bool force = false;
};

// Runs it, committing as it goes. Raises 25001 where it is not the only statement of a transaction, what
// check_each_plan(), check_baseline_hash(), execute_migration() and run_in_worker() raise, PF006 when a rollback had to
// skip all, and 53000 where no background worker can be had, before anything ran.
void run_each(FunctionCallInfo fcinfo, const EachRequest &request);

} // namespace pg_flux::run
