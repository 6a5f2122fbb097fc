#include "run/plan.h"

#include "catalog/applied.h"
#include "catalog/progress.h"
#include "postgres/query.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/location.h"
#include "run/partial.h"
#include "run/registration.h"
#include "run/rights.h"

namespace pg_flux::run {

namespace {

using catalog::Applied;
using format::Direction;
using postgres::Extension;

PlannedMigration read_migration(std::string_view filename) {
  PlannedMigration planned{};
  planned.memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux migration", ALLOCSET_SMALL_SIZES);
  if (!catalog::find_migration(filename, planned.memory, planned.migration))
    refuse_unregistered(filename);
  return planned;
}

// Parses with the caller's settings and rights, so after the queries of our own.
void read_scripts(Plan &plan) {
  for (PlannedMigration &planned : plan.migrations) {
    if (planned.skipped != nullptr)
      continue;
    MemoryContext previous = MemoryContextSwitchTo(planned.memory);
    planned.script = read_script(planned.migration, plan.direction);
    MemoryContextSwitchTo(previous);
  }
}

const char *reason_to_skip(const Applied &applied, const catalog::Migration &migration) {
  if (applied.baseline)
    return "baseline";
  return migration.has_down ? nullptr : "no Down SQL";
}

// What is half done comes before everything else.
void append_partial(Plan &plan, int64 after, MemoryContext memory) {
  plan.any_partial = catalog::find_partial(memory, plan.partial);
  if (!plan.any_partial)
    return;
  const catalog::Partial &partial = plan.partial;
  // One that was applied before those that are asked for is not to be rolled back with them.
  Applied applied;
  if (after > 0 && catalog::find_applied(partial.filename, memory, applied) && applied.sequence <= after)
    refuse_half_done(partial);
  PlannedMigration planned = read_migration(partial.filename);
  planned.partial = true;
  if (partial.direction == plan.direction)
    planned.progress = catalog::read_progress(partial.filename, planned.memory);
  if (plan.direction == Direction::down && !planned.migration.has_down)
    planned.skipped = "no Down SQL";
  plan.migrations.append(planned);
}

bool is_planned(const Plan &plan, std::string_view filename) {
  return !plan.migrations.empty() && plan.migrations[0].migration.filename == filename;
}

// Newest first: at most count of the migrations that were applied after sequence.
Plan read_applied(int count, int64 after, MemoryContext memory) {
  Plan plan{};
  plan.direction = Direction::down;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  append_partial(plan, after, memory);
  for (const Applied &applied : catalog::newest_applied(after, count, memory)) {
    // The partial one may be among them.
    if (is_planned(plan, applied.filename) || plan.migrations.size() == count)
      continue;
    PlannedMigration planned = read_migration(applied.filename);
    planned.skipped = reason_to_skip(applied, planned.migration);
    plan.migrations.append(planned);
  }
  MemoryContextSwitchTo(previous);
  return plan;
}

void refuse_autocommit(const PlannedMigration &planned, const Statement &statement, Direction direction) {
  Location location;
  location.filename = planned.migration.filename;
  location.has_section = true;
  location.direction = direction;
  location.in_undo = planned.script.in_undo;
  location.statement = statement.number;
  location.line = statement.line;
  enter_location(location);
  ereport(ERROR, (errcode(ERRCODE_PG_FLUX_AUTOCOMMIT),
                  statement.autocommit != nullptr
                      ? errmsg("%s cannot run inside a transaction block", statement.autocommit)
                      : errmsg("a section marked notransaction cannot run inside a transaction block"),
                  statement.block > 0 ? errhint("Move it out of BEGIN ... COMMIT.")
                                      : errhint("CALL %s() runs it outside of one.", procedure_name(direction))));
}

void refuse_autocommit_in_block(const PlannedMigration &planned, Direction direction) {
  for (const Statement &statement : planned.script.statements)
    if (statement.autocommit != nullptr && statement.block > 0)
      refuse_autocommit(planned, statement, direction);
}

} // namespace

Plan plan_apply(const Extension &extension, int count) {
  Plan plan{};
  plan.direction = Direction::up;
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  MemoryContext previous = MemoryContextSwitchTo(own.caller_memory);
  append_partial(plan, 0, own.caller_memory);
  // One more than asked for, since the partial one is among the pending.
  for (const std::string_view filename : catalog::pending_migrations(count > 0 ? count + 1L : 0, {}, own.caller_memory))
    if (!is_planned(plan, filename) && (count == 0 || plan.migrations.size() < count))
      plan.migrations.append(read_migration(filename));
  MemoryContextSwitchTo(previous);
  postgres::end_own_queries(own);
  read_scripts(plan);
  return plan;
}

Plan plan_rollback(const Extension &extension, int count) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  Plan plan = read_applied(count, 0, own.caller_memory);
  postgres::end_own_queries(own);
  read_scripts(plan);
  return plan;
}

Plan plan_rollback_to(const Extension &extension, std::string_view filename) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  if (!catalog::is_registered(filename))
    refuse_unregistered(filename);
  Applied last;
  if (!catalog::find_applied(filename, own.caller_memory, last))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("migration \"%s\" is not applied", postgres::c_string(filename))));
  Plan plan = read_applied(PG_INT32_MAX, last.sequence, own.caller_memory);
  plan.stop = filename;
  postgres::end_own_queries(own);
  read_scripts(plan);
  return plan;
}

void check_plan(const Extension &extension, const Plan &plan) {
  if (plan.any_partial)
    refuse_half_done(plan.partial);
  for (const PlannedMigration &planned : plan.migrations) {
    if (planned.skipped != nullptr)
      continue;
    check_registrar(extension, planned.migration);
    if (const Statement *statement = first_autocommit_statement(planned.script))
      refuse_autocommit(planned, *statement, plan.direction);
  }
}

void check_each_plan(const Extension &extension, const Plan &plan, bool restart) {
  const bool may_turn = restart && plan.direction == Direction::down;
  if (plan.any_partial && plan.partial.direction != plan.direction && !may_turn)
    refuse_half_done(plan.partial);
  for (const PlannedMigration &planned : plan.migrations) {
    if (planned.skipped != nullptr)
      continue;
    check_registrar(extension, planned.migration);
    refuse_autocommit_in_block(planned, plan.direction);
  }
}

} // namespace pg_flux::run
