#include "run/run.h"

#include "catalog/applied.h"
#include "postgres/query.h"
#include "postgres/rows.h"
#include "run/announcement.h"
#include "run/baseline_hash.h"
#include "run/execution.h"

namespace pg_flux::run {

namespace {

using format::Direction;
using postgres::int_column;
using postgres::null_column;
using postgres::text_column;

std::string_view last_applied(const postgres::Extension &extension) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const std::string_view filename = catalog::last_applied_filename(own.caller_memory);
  postgres::end_own_queries(own);
  return filename;
}

const char *outcome_of(Direction direction, bool dry_run) {
  if (direction == Direction::up)
    return dry_run ? "would apply" : "applied";
  return dry_run ? "would roll back" : "rolled back";
}

void skip(const PlannedMigration &planned, FunctionCallInfo fcinfo) {
  announce_skip(planned);
  postgres::append_row(fcinfo, {text_column(planned.migration.filename), text_column("skipped"),
                                text_column(planned.skipped), null_column, null_column});
}

void run_one(const postgres::Extension &extension, const PlannedMigration &planned, bool dry_run,
             FunctionCallInfo fcinfo) {
  announce_migration(planned, dry_run);
  const postgres::Column duration =
      dry_run ? null_column : postgres::interval_column(execute_migration(extension, planned));
  postgres::append_row(fcinfo, {text_column(planned.migration.filename),
                                text_column(outcome_of(planned.script.direction, dry_run)), null_column,
                                int_column(planned.script.statements.size()), duration});
}

} // namespace

void run_plan(const postgres::Extension &extension, Plan &plan, bool dry_run, FunctionCallInfo fcinfo) {
  check_plan(extension, plan);
  check_baseline_hash(extension, plan);
  if (plan.migrations.empty()) {
    announce_nothing(plan);
    return;
  }
  const bool up = plan.direction == Direction::up;
  const std::string_view last = up ? last_applied(extension) : std::string_view{};
  int done = 0;
  for (int index = 0; index < plan.migrations.size(); index++) {
    const PlannedMigration &planned = plan.migrations[index];
    if (planned.skipped != nullptr) {
      skip(planned, fcinfo);
      continue;
    }
    if (up)
      warn_of_late_migration(planned, last);
    else
      warn_of_passed_skips(plan, index);
    run_one(extension, planned, dry_run, fcinfo);
    done++;
    MemoryContextDelete(planned.memory);
  }
  if (done == 0 && !dry_run)
    refuse_all_skipped(plan);
  announce_tip(plan);
  announce_end(plan.direction, done, dry_run);
}

} // namespace pg_flux::run
