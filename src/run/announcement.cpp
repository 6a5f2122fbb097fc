#include "run/announcement.h"

#include "postgres/notices.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"

namespace pg_flux::run {

namespace {

using format::Direction;
using postgres::c_string;

constexpr const char *tip =
    "Add a \"-- +migrate Down\" section or an undo file to the migration and register it again.";
constexpr const char *baseline_tip = "A baselined migration never ran here: pg_flux.unbaseline() makes it pending.";

const char *name_of(const PlannedMigration &planned) { return c_string(planned.migration.filename); }

bool lacks_down(const PlannedMigration &planned) {
  return planned.skipped != nullptr && strcmp(planned.skipped, "baseline") != 0;
}

bool any_lacks_down(const Plan &plan) {
  for (const PlannedMigration &planned : plan.migrations)
    if (lacks_down(planned))
      return true;
  return false;
}

bool any_is_baseline(const Plan &plan) {
  for (const PlannedMigration &planned : plan.migrations)
    if (planned.skipped != nullptr && !lacks_down(planned))
      return true;
  return false;
}

const char *verb_of(Direction direction) { return direction == Direction::up ? "apply" : "rollback"; }

// Who waits wants to know for what.
void announce_start(const PlannedMigration &planned, const char *message) {
  if (is_brief(planned.script))
    postgres::gather_notice(message);
  else
    ereport(NOTICE, (errmsg_internal("%s", message)));
}

const char *skip_hint(const Plan &plan) {
  if (!any_lacks_down(plan))
    return baseline_tip;
  return any_is_baseline(plan) ? psprintf("%s %s", tip, baseline_tip) : tip;
}

} // namespace

void announce_migration(const PlannedMigration &planned, bool dry_run) {
  const char *verb = verb_of(planned.script.direction);
  if (dry_run)
    postgres::gather_notice(psprintf("would %s %s", verb, name_of(planned)));
  else
    announce_start(planned, psprintf("%s %s ...", verb, name_of(planned)));
}

void announce_migration_of(const PlannedMigration &planned, Direction direction, int number, int total) {
  announce_start(planned, psprintf("%s %s ... (%d/%d)", verb_of(direction), name_of(planned), number, total));
}

void announce_transactions(const PlannedMigration &planned, int transactions) {
  ereport(NOTICE, (errmsg("%s runs in %d transaction(s) outside of a transaction block, not atomically",
                          name_of(planned), transactions)));
}

void announce_skip(const PlannedMigration &planned) {
  // The tool's words have "down" where the column reason has "Down".
  ereport(NOTICE, (errmsg("skip %s (%s)", name_of(planned), lacks_down(planned) ? "no down SQL" : planned.skipped)));
}

void announce_end(Direction direction, int count, bool dry_run) {
  if (dry_run)
    return;
  ereport(NOTICE, (errmsg("%s %d migration(s).", direction == Direction::up ? "Applied" : "Rolled back", count)));
}

void announce_nothing(const Plan &plan) {
  if (plan.stop.data() != nullptr)
    ereport(NOTICE, (errmsg("no migrations applied after \"%s\"", c_string(plan.stop))));
  else
    ereport(NOTICE, (errmsg(plan.direction == Direction::up ? "no pending migrations" : "no applied migrations")));
}

void announce_tip(const Plan &plan) {
  if (any_lacks_down(plan))
    ereport(NOTICE, (errmsg("Tip: %s", tip)));
}

void warn_of_passed_skips(const Plan &plan, int index) {
  // Only the skips since the last migration that ran: the others were told of then.
  for (int newer = index - 1; newer >= 0 && plan.migrations[newer].skipped != nullptr; newer--)
    ereport(WARNING, (errmsg("migration \"%s\" is rolled back although the newer \"%s\" stays applied",
                             name_of(plan.migrations[index]), name_of(plan.migrations[newer]))));
}

void warn_of_late_migration(const PlannedMigration &planned, std::string_view last_applied) {
  if (last_applied.data() == nullptr || planned.migration.filename >= last_applied)
    return;
  ereport(WARNING, (errmsg("migration \"%s\" is applied after \"%s\", which comes later by name", name_of(planned),
                           c_string(last_applied))));
}

void refuse_all_skipped(const Plan &plan) {
  StringInfoData names;
  initStringInfo(&names);
  for (const PlannedMigration &planned : plan.migrations)
    appendStringInfo(&names, "%s%s (%s)", names.len > 0 ? ", " : "", name_of(planned), planned.skipped);
  ereport(ERROR, (errcode(ERRCODE_PG_FLUX_ALL_SKIPPED), errmsg("no migration was rolled back"),
                  errdetail("Skipped: %s.", names.data), errhint("%s", skip_hint(plan))));
}

} // namespace pg_flux::run
