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

// The migrations of a run that are done and not written yet.
struct Unwritten {
  postgres::Array<Record> records;
  postgres::Array<MemoryContext> memories; // of the same migrations
  std::size_t bytes;                       // of their sections
};

void write(const postgres::Extension &extension, Unwritten &unwritten) {
  if (unwritten.records.empty())
    return;
  const Oid role = GetUserId();
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  write_records(unwritten.records, role);
  postgres::end_own_queries(own);
  for (MemoryContext memory : unwritten.memories)
    MemoryContextDelete(memory);
  unwritten.records.clear();
  unwritten.memories.clear();
  unwritten.bytes = 0;
}

// Returns how long its statements took, in microseconds.
int64 execute(const postgres::Extension &extension, const PlannedMigration &planned, Unwritten &unwritten) {
  constexpr int most_records = 100;
  constexpr std::size_t most_bytes = std::size_t{1} << 20;
  // A migration that looks sees what the run did before.
  if (may_read_tables(planned.script))
    write(extension, unwritten);
  const Record record = execute_migration(planned);
  unwritten.records.append(record);
  unwritten.memories.append(planned.memory);
  unwritten.bytes += planned.script.text.size();
  if (unwritten.records.size() == most_records || unwritten.bytes >= most_bytes)
    write(extension, unwritten);
  return record.duration;
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
  Unwritten unwritten{};
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
    announce_migration(planned, dry_run);
    postgres::Column duration = null_column;
    if (!dry_run)
      duration = postgres::interval_column(execute(extension, planned, unwritten));
    postgres::append_row(fcinfo,
                         {text_column(planned.migration.filename), text_column(outcome_of(plan.direction, dry_run)),
                          null_column, int_column(planned.script.statements.size()), duration});
    done++;
  }
  write(extension, unwritten);
  if (done == 0 && !dry_run)
    refuse_all_skipped(plan);
  announce_tip(plan);
  announce_end(plan.direction, done, dry_run);
}

} // namespace pg_flux::run
