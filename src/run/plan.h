// What a run will do, found out whole before it does anything.
#pragma once

#include <string_view>

#include "catalog/migration.h"
#include "catalog/progress.h"
#include "postgres/array.h"
#include "postgres/compat.h"
#include "postgres/extension.h"
#include "run/script.h"

namespace pg_flux::run {

// One migration of a run.
struct PlannedMigration {
  MemoryContext memory; // holds everything below; deleted when the migration is done
  catalog::Migration migration;
  Script script;
  const char *skipped;                         // why it is skipped; NULL when it runs
  bool partial;                                // it is half done
  postgres::Array<catalog::Progress> progress; // where it is half done in the direction of the plan: how far it got
};

// The migrations of a run in the order in which it takes them.
struct Plan {
  format::Direction direction;
  postgres::Array<PlannedMigration> migrations;
  std::string_view stop; // of a rollback to a migration: that one; else without data
  bool any_partial;
  catalog::Partial partial; // where any_partial: the one that is half done, planned or not
  bool force = false;       // apply although the catalog is not what it should be
};

// A migration that is half done comes first in a run of a procedure and counts towards its number. In functions it is
// refused: see check_plan().

// The first count pending migrations, or all where count is 0. Raises what read_script() raises.
Plan plan_apply(const postgres::Extension &extension, int count);

// The last count applied migrations, newest first. Raises what read_script() raises.
Plan plan_rollback(const postgres::Extension &extension, int count);

// All migrations that were applied after filename, newest first. Raises 42704 where it is not registered, 55000 where
// it is not applied, and what read_script() raises.
Plan plan_rollback_to(const postgres::Extension &extension, std::string_view filename);

// Refuses what can be known to fail inside the caller's transaction: 42501 where a migration that runs was registered
// by a role with fewer rights, PF010 where it has a statement that cannot run in a transaction, and PF011 where a
// migration is half done.
void check_plan(const postgres::Extension &extension, const Plan &plan);

// The same for a procedure: 42501; PF010 where a statement that cannot run inside a transaction stands between BEGIN
// and COMMIT; and PF011 where a migration is half done in the other direction, unless that is a half applied one which
// restart is to roll back whole.
void check_each_plan(const postgres::Extension &extension, const Plan &plan, bool restart);

} // namespace pg_flux::run
