// The NOTICEs, WARNINGs and the error that tell what a run does, in the words of the command-line tool.
#pragma once

#include "postgres/compat.h"
#include "run/plan.h"

namespace pg_flux::run {

// "rollback F ...", "apply F ...", and in a dry run "would rollback F", "would apply F".
void announce_migration(const PlannedMigration &planned, bool dry_run);

// The same for a procedure, with how many of the run it is: "rollback F ... (3/10)".
void announce_migration_of(const PlannedMigration &planned, format::Direction direction, int number, int total);

// That a failure of a section leaves it half done.
void announce_transactions(const PlannedMigration &planned, int transactions);

// "skip F (no down SQL)", "skip F (baseline)".
void announce_skip(const PlannedMigration &planned);

// "Rolled back N migration(s).", "Applied N migration(s)."; nothing in a dry run.
void announce_end(format::Direction direction, int count, bool dry_run);

// That there was nothing to do at all.
void announce_nothing(const Plan &plan);

// The tip on how to give Down SQL to a migration that has none, where plan skipped such a one.
void announce_tip(const Plan &plan);

// A WARNING when the migration at index is rolled back although newer ones stay applied.
void warn_of_passed_skips(const Plan &plan, int index);

// A WARNING when the migration is applied although one with a greater name is applied already.
void warn_of_late_migration(const PlannedMigration &planned, std::string_view last_applied);

// Raises PF006: every migration of plan was skipped.
void refuse_all_skipped(const Plan &plan);

} // namespace pg_flux::run
